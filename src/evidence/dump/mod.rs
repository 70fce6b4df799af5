//! Kernel dumps (MEMORY.DMP) of 64-bit Windows: the machine, its drivers, the tags in their images, and pool use by tag
//! if its tables are found without symbols. Every address, length and list in a dump is untrusted.

mod error;
mod header;
mod memory;
mod modules;
mod page_map;
mod pool_table;

use super::drivers::{self, Layout, TagInFile};
use super::poolmon::{PoolSnapshot, SnapshotSource};
use super::tag::Tag;
use crate::base::SnapshotPlace;
use crate::base::time::Timestamp;
use crate::log::Bytes;
use memory::Memory;
use modules::ListEnd;

pub use error::{DumpError, DumpWarning, PageMapError, PoolTableError};
pub use header::{DumpKind, Header, is_dump};

/// Size of a page in bytes.
const PAGE: usize = 4096;
/// Names of kernel files.
const KERNELS: [&str; 4] = ["ntoskrnl.exe", "ntkrnlmp.exe", "ntkrnlpa.exe", "ntkrpamp.exe"];
/// Maximum size of a driver in memory.
const LARGEST_MODULE: u64 = 256 << 20;

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

/// Result of the search for tags in the drivers of a dump.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagsInDump {
    /// Drivers that contain tags.
    pub found: Vec<TagInFile>,
    /// Number of drivers that are not in the dump or damaged, or larger than a dump of its size can contain.
    pub not_searched: usize,
}

/// An open dump.
pub struct Dump {
    /// Header of the dump.
    pub header: Header,
    /// Loaded drivers, by address.
    pub drivers: Vec<LoadedDriver>,
    /// Parts that could not be read.
    pub warnings: Vec<DumpWarning>,
    memory: Option<Memory>,
}

impl Dump {
    /// Opens a dump.
    ///
    /// # Errors
    /// If its header is truncated, or it is of a kind without useful content.
    pub fn open(bytes: Bytes) -> Result<Self, DumpError> {
        let header = Header::parse(&bytes)?;
        let mut dump = Self { header, drivers: Vec::new(), warnings: Vec::new(), memory: None };
        let addresses = dump.header.addresses;
        match Memory::open(bytes, dump.header.kind, addresses.page_tables) {
            Ok(memory) => {
                let (drivers, end) = modules::read(&memory, addresses.drivers);
                match end {
                    _ if drivers.is_empty() => dump.warnings.push(DumpWarning::NoDriverList),
                    ListEnd::Missing => dump.warnings.push(DumpWarning::DriverListEnds { read: drivers.len() }),
                    ListEnd::Reached => (),
                }
                dump.drivers = drivers;
                dump.memory = Some(memory);
            }
            Err(why) => dump.warnings.push(why.into()),
        }
        Ok(dump)
    }

    /// The loaded drivers that contain tags. `name` is the dump's file name.
    #[must_use]
    pub fn find(&self, tags: &[Tag], name: &str) -> TagsInDump {
        let Some(memory) = &self.memory else { return TagsInDump::default() };
        memory.begin();
        let (mut found, mut not_searched) = (Vec::new(), 0);
        for driver in &self.drivers {
            let image = memory.image(driver.start, driver.size);
            let Some(hits) = image.and_then(|image| drivers::look_at(&image, Layout::Memory, tags).ok()) else {
                not_searched += 1;
                continue;
            };
            let path = format!("{name}: {}", driver.path);
            found.extend(hits.into_iter().map(|hit| TagInFile {
                name: driver.name.clone(),
                path: path.clone(),
                ..hit
            }));
        }
        found.sort_by_cached_key(|f| (f.tag, f.rank()));
        TagsInDump { found, not_searched }
    }

    /// Pool use by tag, as `!poolused` prints it.
    ///
    /// # Errors
    /// If the tables cannot be found without symbols.
    pub fn pools(&self, file: &str) -> Result<PoolSnapshot, PoolTableError> {
        let nt = self.drivers.iter().find(|d| KERNELS.iter().any(|kernel| d.name.eq_ignore_ascii_case(kernel)));
        let memory = self.memory.as_ref().ok_or(PoolTableError::NoMemory)?;
        memory.begin();
        let image = nt.and_then(|nt| memory.image(nt.start, nt.size)).unwrap_or_default();
        let tags = pool_table::find(memory, &self.header, &image)?;
        let mut snapshot = PoolSnapshot::new(SnapshotSource::Dump, SnapshotPlace::File(file.to_owned()));
        snapshot.time = self.header.time.map(Timestamp::Utc);
        snapshot.totals.physical = self.header.physical_memory;
        snapshot.tags = tags;
        snapshot.sort();
        Ok(snapshot)
    }
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
