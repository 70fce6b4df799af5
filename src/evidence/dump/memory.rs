//! Virtual memory of the kernel in a dump: page tables of x64 processors.

use std::cell::Cell;

use super::error::PageMapError;
use super::header::{DumpKind, u64_at};
use super::page_map::PageMap;
use super::{LARGEST_MODULE, PAGE};
use crate::log::Bytes;

/// Bits of an entry that are a physical address.
const ADDRESS: u64 = 0x0000_FFFF_FFFF_F000;
/// Bits of an entry: the page is valid; the entry maps a large page; the page is another one's prototype; the page is in
/// transition, that is, still in memory.
const VALID: u64 = 1;
const LARGE: u64 = 1 << 7;
const PROTOTYPE: u64 = 1 << 10;
const TRANSITION: u64 = 1 << 11;

/// Memory that the dump contains.
pub struct Memory {
    bytes: Bytes,
    map: PageMap,
    /// Address of the root of the page tables.
    root: u64,
    /// Pages that the current query may still ask for.
    left: Cell<u64>,
}

impl Memory {
    /// The memory of a dump whose header was read.
    ///
    /// # Errors
    /// If the map of pages is invalid.
    pub fn open(bytes: Bytes, kind: DumpKind, root: u64) -> Result<Self, PageMapError> {
        let map = PageMap::read(&bytes, kind)?;
        let memory = Self { bytes, map, root, left: Cell::new(0) };
        memory.begin();
        Ok(memory)
    }

    /// Begins a query. In an intact dump each page of drivers and tables is in the file once, so a query that asks for
    /// many times the file's pages follows a forged list.
    pub fn begin(&self) {
        let pages = 4 * self.size() / PAGE as u64;
        self.left.set(pages + 2 * LARGEST_MODULE / PAGE as u64);
    }

    /// Size of the dump in bytes.
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Fills the buffer from an address. `None` if a page is missing; then the buffer is partly filled.
    pub fn read(&self, address: u64, buffer: &mut [u8]) -> Option<()> {
        let mut at = address;
        let mut rest = buffer;
        while !rest.is_empty() {
            self.left.set(self.left.get().checked_sub(1)?);
            let physical = self.physical(at)?;
            let within = usize::try_from(at % PAGE as u64).ok()?;
            let (now, later) = rest.split_at_mut((PAGE - within).min(rest.len()));
            let page = self.page(physical)?;
            now.copy_from_slice(page.get(within..within + now.len())?);
            at = at.checked_add(now.len() as u64).or_else(|| later.is_empty().then_some(0))?;
            rest = later;
        }
        Some(())
    }

    /// The number at an address.
    pub fn long(&self, address: u64) -> Option<u64> {
        let mut bytes = [0; 8];
        self.read(address, &mut bytes)?;
        Some(u64::from_le_bytes(bytes))
    }

    /// Memory at an address, with zeros for pages that are not in the dump. `None` if all are missing, or it is too
    /// large, or has more pages than the file.
    pub fn image(&self, start: u64, size: u64) -> Option<Vec<u8>> {
        let size = usize::try_from(size).ok().filter(|size| *size as u64 <= LARGEST_MODULE && *size > 0)?;
        let in_file = self.size() / PAGE as u64;
        let mut image = vec![0; size];
        let mut found = 0;
        for (number, page) in image.chunks_mut(PAGE).enumerate() {
            let at = start.checked_add((number * PAGE) as u64)?;
            found += u64::from(self.read(at, page).is_some());
            if found > in_file || self.left.get() == 0 {
                return None;
            }
        }
        (found > 0).then_some(image)
    }

    /// The part of the file that is a page of physical memory. The last page of a file can be cut off.
    fn page(&self, physical: u64) -> Option<&[u8]> {
        let offset = usize::try_from(self.map.offset(physical / PAGE as u64)?).ok()?;
        let rest = self.bytes.get(offset..)?;
        Some(&rest[..rest.len().min(PAGE)])
    }

    fn entry(&self, table: u64, index: u64) -> Option<u64> {
        let index = usize::try_from(index & 511).ok()?;
        u64_at(self.page(table & ADDRESS)?, index * 8)
    }

    /// The physical address of a page of virtual memory: four levels of tables, and two sizes of large pages.
    fn physical(&self, address: u64) -> Option<u64> {
        let mut table = self.root;
        for shift in [39, 30, 21] {
            let entry = self.entry(table, address >> shift).filter(|entry| entry & VALID != 0)?;
            if entry & LARGE != 0 && shift < 39 {
                let within = (1 << shift) - 1;
                return Some((entry & ADDRESS & !within) | (address & within));
            }
            table = entry;
        }
        let entry = self.entry(table, address >> 12)?;
        let present = entry & VALID != 0 || entry & (TRANSITION | PROTOTYPE) == TRANSITION;
        present.then_some(entry & ADDRESS)
    }
}
