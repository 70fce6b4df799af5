//! The header of a kernel dump.
//!
//! Layout: `DUMP_HEADER64` of the Windows SDK, and the documentation of the kdmp-parser crate.

use chrono::NaiveDateTime;

use super::error::DumpError;
use crate::base::time::FileTime;

/// Size of the header in bytes.
pub const SIZE: usize = 0x2000;
const PAGE: u64 = 4096;

/// Fields of the header.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    /// Windows build number.
    pub build: u32,
    /// Number of processors.
    pub processors: u32,
    /// Bug check code; 0 if there was none.
    pub bug_check: u32,
    /// Physical memory, bytes.
    pub physical_memory: Option<u64>,
    /// Time of the dump, UTC.
    pub time: Option<NaiveDateTime>,
    /// Hours since boot.
    pub up_hours: Option<f64>,
    /// Kind of the dump.
    pub kind: DumpKind,
    /// Where things are in memory.
    pub(super) addresses: Addresses,
}

/// Addresses that the header states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Root of the page tables; physical.
    pub page_tables: u64,
    /// Head of the list of loaded drivers.
    pub drivers: u64,
    /// The debugger data block.
    pub data_block: u64,
}

/// Supported kinds of kernel dumps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DumpKind {
    /// All physical memory, in the format up to Windows 7.
    #[default]
    Full,
    /// Complete memory dump.
    Complete,
    /// Kernel memory.
    Kernel,
    /// Kernel and user memory.
    KernelAndUser,
    /// Kernel memory with a bitmap of its pages.
    Bitmap,
    /// Live kernel dump, written without a bug check.
    Live,
}

/// Whether a file is a kernel dump of any kind.
#[must_use]
pub fn is_dump(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PAGEDU64") || bytes.starts_with(b"PAGEDUMP")
}

/// The number at an offset.
pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// The number at an offset.
pub fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

/// Value of fields that were not set.
const FILLER: u64 = 0x4547_4150_4547_4150;

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    /// If the dump is truncated, or of a kind without useful content.
    pub fn parse(bytes: &[u8]) -> Result<Self, DumpError> {
        if bytes.starts_with(b"PAGEDUMP") {
            return Err(DumpError::Bits32);
        }
        if bytes.len() < SIZE {
            return Err(DumpError::CutOff { need: SIZE, have: bytes.len() });
        }
        let long = |at| u64_at(bytes, at).filter(|value| *value != FILLER);
        let word = |at| u32_at(bytes, at).unwrap_or(0);
        let kind = match word(0xF98) {
            1 => DumpKind::Full,
            4 => return Err(DumpError::SmallDump),
            5 => DumpKind::Bitmap,
            6 => DumpKind::Live,
            8 => DumpKind::Kernel,
            9 => DumpKind::KernelAndUser,
            10 => DumpKind::Complete,
            other => return Err(DumpError::UnknownType(other)),
        };
        // PHYSICAL_MEMORY_DESCRIPTOR: runs, then pages.
        let pages = long(0x90).filter(|pages| (1..1 << 40).contains(pages));
        let ticks = |at| long(at).and_then(|ticks| i64::try_from(ticks).ok()).filter(|ticks| *ticks > 0);
        Ok(Self {
            build: word(0xC),
            processors: word(0x34).clamp(1, 2048),
            bug_check: word(0x38),
            physical_memory: pages.map(|pages| pages * PAGE),
            time: ticks(0xFA8).and_then(|ticks| FileTime(ticks).to_naive()),
            up_hours: ticks(0x1030).map(|ticks| ticks as f64 / 3.6e10).filter(|hours| *hours < 1e6),
            kind,
            addresses: Addresses {
                page_tables: long(0x10).unwrap_or(0),
                drivers: long(0x20).unwrap_or(0),
                data_block: long(0x80).unwrap_or(0),
            },
        })
    }
}
