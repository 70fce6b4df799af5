//! Why a kernel dump, or a part of it, could not be read.

use crate::base::catch_panic::ReaderPanic;

/// A dump that cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DumpError {
    /// A dump of 32-bit Windows.
    #[error(
        "is a dump of 32-bit Windows, which is not supported: open it in WinDbg, run !vm 1, !poolused 2 and !poolused 4, \
         save the output as text and analyze that file"
    )]
    Bits32,
    /// The header is incomplete.
    #[error("is a kernel dump that is cut off within its header: the header has {need} bytes, the file {have}")]
    CutOff {
        /// Required size of the header in bytes.
        need: usize,
        /// Size of the file in bytes.
        have: usize,
    },
    /// A small memory dump.
    #[error(
        "is a small memory dump, which contains neither the pools nor the memory of drivers: set the machine to write \
         kernel memory dumps (System Properties, Startup and Recovery)"
    )]
    SmallDump,
    /// A type that is not in Microsoft's documentation.
    #[error("is a kernel dump of the unknown type {0} (at offset 0xf98)")]
    UnknownType(u32),
}

/// Why the map of pages is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageMapError {
    /// The file ends within it.
    #[error("its map of pages is cut off")]
    CutOff,
    /// It lists more pages than the file contains.
    #[error("its map lists {pages} pages, but the file has only {in_file}; the file is cut off or damaged")]
    TooManyPages {
        /// Number of pages in the map, as far as it was read.
        pages: u64,
        /// Number of pages that fit into the file.
        in_file: u64,
    },
    /// It contains impossible values.
    #[error("its map of pages is damaged at offset {offset:#x}")]
    Damaged {
        /// Offset of the value in the file.
        offset: u64,
    },
}

/// Why the memory in a dump cannot be read although its header can.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MemoryError {
    /// The map of pages is invalid.
    #[error(transparent)]
    PageMap(#[from] PageMapError),
    /// The parser returned an error.
    #[error("{0}")]
    Parser(String),
    /// The parser panicked.
    #[error(transparent)]
    Panic(#[from] ReaderPanic),
}

/// Why pool use by tag cannot be read without symbols.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolTableError {
    /// The memory cannot be read.
    #[error("its memory cannot be read")]
    NoMemory,
    /// The debugger data block is not in the dump.
    #[error("its debugger data block is not in it")]
    NoDataBlock,
    /// The debugger data block is encoded.
    #[error("its debugger data block is encoded")]
    EncodedDataBlock,
    /// The variable that points to the table is not in the dump.
    #[error("nt!PoolTrackTable is not in it")]
    NoVariable,
    /// The table is not in the dump.
    #[error("the table that nt!PoolTrackTable points to is not in it")]
    NoTable,
    /// The tables of some processors were not found.
    #[error("the tables of its {processors} processors were not found")]
    NotAllTables {
        /// Number of processors of the machine.
        processors: usize,
    },
    /// No known row layout fits.
    #[error("the rows of its table have an unknown layout")]
    UnknownLayout,
    /// The parser panicked.
    #[error(transparent)]
    Panic(#[from] ReaderPanic),
}

/// A part of a dump that could not be read although its header was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DumpWarning {
    /// Memory: only the header was read.
    #[error("its memory cannot be read: {0}; only the header was read")]
    Memory(#[from] MemoryError),
    /// The list of loaded drivers is missing.
    #[error("the list of its drivers is not in it")]
    NoDriverList,
    /// Pool use by tag.
    #[error(
        "pool use by tag cannot be read from it without symbols ({0}); open it in WinDbg, run !vm 1, !poolused 2 and \
         !poolused 4, save the output as text and analyze that file"
    )]
    Pools(#[from] PoolTableError),
}
