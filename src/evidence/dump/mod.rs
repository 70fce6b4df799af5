//! Kernel dumps (MEMORY.DMP) of 64-bit Windows, read by the kdmp-parser crate: the machine, its drivers, the tags in
//! their images, and pool use by tag if its tables are found without symbols.

mod error;
mod header;
mod pool_table;

use std::cell::Cell;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::rc::Rc;
use std::sync::Arc;

use kdmp_parser::gxa::{Gva, Gxa};
use kdmp_parser::parse::KernelDumpParser;
use kdmp_parser::virt;

use super::drivers::{self, Layout, TagInFile};
use super::poolmon::{PoolSnapshot, SnapshotSource};
use super::tag::Tag;
use crate::base::SnapshotPlace;
use crate::base::catch_panic::{ReaderPanic, catch_panic};
use crate::base::time::Timestamp;
use crate::log::Bytes;

pub use error::{DumpError, DumpWarning, MemoryError, PageMapError, PoolTableError};
pub use header::{DumpKind, Header, is_dump};

/// Size of a page in bytes.
const PAGE: usize = 4096;
/// Names of kernel files.
const KERNELS: [&str; 4] = ["ntoskrnl.exe", "ntkrnlmp.exe", "ntkrnlpa.exe", "ntkrpamp.exe"];
/// Maximum size of a driver in memory.
const LARGEST_MODULE: u64 = 256 << 20;
/// Maximum number of file reads for one query: lists in a damaged dump can be circular. An intact dump of a machine
/// with 1 TB needs a third of this for its map of pages.
const MOST_READS: u64 = 96_000_000;

/// A loaded driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedDriver {
    /// Driver file name.
    pub name: String,
    /// Path in the kernel's list.
    pub path: String,
    /// First address.
    pub start: u64,
    /// Size in memory, bytes.
    pub size: u64,
}

/// An open dump.
pub struct Dump {
    /// Header of the dump.
    pub header: Header,
    /// Loaded drivers, by address.
    pub drivers: Vec<LoadedDriver>,
    /// Parts that could not be read.
    pub warnings: Vec<DumpWarning>,
    memory: Option<KernelDumpParser>,
    reads: Rc<Cell<u64>>,
}

/// The dump's bytes for the parser, with a limited number of reads.
struct Budgeted {
    bytes: Cursor<Shared>,
    reads: Rc<Cell<u64>>,
}

#[derive(Clone)]
struct Shared(Arc<Bytes>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Read for Budgeted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.reads.get().checked_sub(1) {
            Some(left) => self.reads.set(left),
            None => return Err(io::Error::other("its lists are circular")),
        }
        self.bytes.read(buffer)
    }
}

impl Seek for Budgeted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

impl Dump {
    /// Opens a dump.
    ///
    /// # Errors
    /// If its header is truncated, or it is of a kind without useful content.
    pub fn open(bytes: Bytes) -> Result<Self, DumpError> {
        let header = Header::parse(&bytes)?;
        let reads = Rc::new(Cell::new(MOST_READS));
        let mut dump = Self { header, drivers: Vec::new(), warnings: Vec::new(), memory: None, reads };
        if let Err(why) = header::check_pages(&bytes) {
            dump.warnings.push(MemoryError::from(why).into());
            return Ok(dump);
        }
        let reader = Budgeted { bytes: Cursor::new(Shared(Arc::new(bytes))), reads: dump.reads.clone() };
        let opened = catch_panic(|| KernelDumpParser::with_reader(reader)).map_err(MemoryError::from);
        match opened.and_then(|parser| parser.map_err(|e| MemoryError::Parser(e.to_string()))) {
            Ok(parser) => {
                dump.drivers = loaded(&parser);
                dump.memory = Some(parser);
                if dump.drivers.is_empty() {
                    dump.warnings.push(DumpWarning::NoDriverList);
                }
            }
            Err(e) => dump.warnings.push(e.into()),
        }
        Ok(dump)
    }

    /// Runs a query against the memory, with its own number of reads.
    fn ask<T>(&self, ask: impl FnOnce(&KernelDumpParser) -> T) -> Option<Result<T, ReaderPanic>> {
        let parser = self.memory.as_ref()?;
        self.reads.set(MOST_READS);
        Some(catch_panic(|| ask(parser)))
    }

    /// The loaded drivers that contain tags. `name` is the dump's file name.
    #[must_use]
    pub fn find(&self, tags: &[Tag], name: &str) -> Vec<TagInFile> {
        let look = |parser: &KernelDumpParser| {
            let mut found = Vec::new();
            for driver in &self.drivers {
                let Some(image) = read_range(parser, driver.start, driver.size) else { continue };
                let Ok(hits) = drivers::look_at(&image, Layout::Memory, tags) else { continue };
                let path = format!("{name}: {}", driver.path);
                found.extend(hits.into_iter().map(|hit| TagInFile {
                    name: driver.name.clone(),
                    path: path.clone(),
                    ..hit
                }));
            }
            found
        };
        let mut found = self.ask(look).and_then(Result::ok).unwrap_or_default();
        found.sort_by_cached_key(|f| (f.tag, f.rank()));
        found
    }

    /// Pool use by tag, as `!poolused` prints it.
    ///
    /// # Errors
    /// If the tables cannot be found without symbols.
    pub fn pools(&self, file: &str) -> Result<PoolSnapshot, PoolTableError> {
        let nt = self.drivers.iter().find(|d| KERNELS.iter().any(|kernel| d.name.eq_ignore_ascii_case(kernel)));
        let processors = self.header.processors as usize;
        let found = self.ask(|parser| {
            let image = nt.and_then(|nt| read_range(parser, nt.start, nt.size)).unwrap_or_default();
            pool_table::find(parser, &image, processors, self.header.physical_memory)
        });
        let tags = found.ok_or(PoolTableError::NoMemory)???;
        let mut snapshot = PoolSnapshot::new(SnapshotSource::Dump, SnapshotPlace::File(file.to_owned()));
        snapshot.time = self.header.time.map(Timestamp::Utc);
        snapshot.totals.physical = self.header.physical_memory;
        snapshot.tags = tags;
        snapshot.sort();
        Ok(snapshot)
    }
}

fn loaded(parser: &KernelDumpParser) -> Vec<LoadedDriver> {
    let mut drivers: Vec<LoadedDriver> = parser
        .kernel_modules()
        .map(|(range, path)| {
            let path: String = path.chars().take(400).collect();
            let name = path.rsplit(['\\', '/']).next().unwrap_or(&path).to_owned();
            let (start, end) = (range.start.u64(), range.end.u64());
            LoadedDriver { name, path, start, size: end.saturating_sub(start) }
        })
        .collect();
    drivers.sort_by_key(|d| d.start);
    drivers
}

/// Memory at an address, with zeros for pages that are not in the dump. `None` if all are missing, or it is too large.
fn read_range(parser: &KernelDumpParser, start: u64, size: u64) -> Option<Vec<u8>> {
    let size = usize::try_from(size).ok().filter(|size| *size as u64 <= LARGEST_MODULE && *size > 0)?;
    let reader = virt::Reader::new(parser);
    let mut memory = vec![0; size];
    let mut any = false;
    for (number, page) in memory.chunks_mut(PAGE).enumerate() {
        let at = start.checked_add((number * PAGE) as u64)?;
        any |= reader.read_exact(Gva::new(at), page).is_ok();
    }
    any.then_some(memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_dumps_are_refused_with_advice() {
        let small = [&b"PAGEDUMP"[..], &[0; 8192]].concat();
        let e = Dump::open(Bytes::Owned(small)).err().unwrap();
        assert_eq!(e, DumpError::Bits32);
        assert!(e.to_string().contains("!poolused"), "{e}");
        let mut mini = [&b"PAGEDU64"[..], &[0; 9000]].concat();
        mini[0xF98] = 4;
        let e = Dump::open(Bytes::Owned(mini)).err().unwrap();
        assert_eq!(e, DumpError::SmallDump);
        let cut = Dump::open(Bytes::Owned(b"PAGEDU64".to_vec())).err().unwrap();
        assert_eq!(cut, DumpError::CutOff { need: 0x2000, have: 8 });
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_safe(bytes: Vec<u8>, kind in 1..11_u8, pages in 0..5_u64) {
            let mut dump = vec![0_u8; 0x2000];
            dump[..8].copy_from_slice(b"PAGEDU64");
            dump[0xF98] = kind;
            dump[0x88] = 1;
            dump[0xA0..0xA8].copy_from_slice(&pages.to_le_bytes());
            dump.extend(bytes);
            if let Ok(dump) = Dump::open(Bytes::Owned(dump)) {
                let _ = dump.find(&[Tag(*b"Leak")], "x");
                let _ = dump.pools("x");
            }
        }
    }
}
