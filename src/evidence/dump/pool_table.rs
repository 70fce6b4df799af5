//! The kernel's table of tags, found through the debugger data block.
//!
//! `KDDEBUGGER_DATA64.PoolTrackTable` (wdbgexts.h of the Windows SDK) points to the variable that points to the table
//! of the first processor. Each processor has a table, with each tag in the same row. An array in the kernel points to
//! all tables; it has no name without symbols, but it starts with the first table, and all tables have the same tags.
//! The layout of a row is undocumented and differs between versions: use the one with plausible figures. Without one,
//! nothing is read.

use super::PAGE;
use super::error::PoolTableError;
use super::header::Header;
use super::memory::Memory;
use crate::base::Pool;
use crate::evidence::poolmon::TagUse;
use crate::evidence::tag::Tag;

/// Size of the counts of allocations and frees. Byte counts always have 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CountSize {
    Bits32,
    Bits64,
}

/// Offsets of the figures in a row: allocations, frees, bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RowLayout {
    stride: usize,
    counts: CountSize,
    nonpaged: [usize; 3],
    paged: [usize; 3],
}

/// Known layouts: 64-bit Windows up to 10, and later ones with wider counts, with and without padding at the end.
const LAYOUTS: [RowLayout; 5] = [
    RowLayout { stride: 0x28, counts: CountSize::Bits32, nonpaged: [0x04, 0x08, 0x10], paged: [0x18, 0x1C, 0x20] },
    RowLayout { stride: 0x38, counts: CountSize::Bits64, nonpaged: [0x10, 0x18, 0x08], paged: [0x28, 0x30, 0x20] },
    RowLayout { stride: 0x38, counts: CountSize::Bits64, nonpaged: [0x08, 0x10, 0x18], paged: [0x20, 0x28, 0x30] },
    RowLayout { stride: 0x40, counts: CountSize::Bits64, nonpaged: [0x10, 0x18, 0x08], paged: [0x28, 0x30, 0x20] },
    RowLayout { stride: 0x50, counts: CountSize::Bits64, nonpaged: [0x10, 0x18, 0x08], paged: [0x28, 0x30, 0x20] },
];

/// Maximum size of a table.
const MOST_BYTES: usize = 8 << 20;
/// Offsets in the debugger data block: its mark, and `PoolTrackTable`.
const OWNER_TAG: u64 = 0x10;
const POOL_TRACK_TABLE: u64 = 0x1B8;
/// Start of kernel addresses.
const KERNEL: u64 = 0xFFFF_8000_0000_0000;
/// Minimum number of plausible rows of an accepted layout: every Windows version has hundreds of tags.
const LEAST_ROWS: usize = 50;
/// Maximum percentage of implausible rows: counting continued while the dump was written.
const MOST_BAD: usize = 3;

/// Pool use by tag. `kernel` is the kernel's image.
pub fn find(memory: &Memory, header: &Header, kernel: &[u8]) -> Result<Vec<TagUse>, PoolTableError> {
    let (processors, physical) = (header.processors as usize, header.physical_memory);
    let block = header.addresses.data_block;
    let field = |offset| memory.long(block.checked_add(offset)?);
    let mark = field(OWNER_TAG).ok_or(PoolTableError::NoDataBlock)?;
    if mark.to_le_bytes()[..4] != *b"KDBG" {
        return Err(PoolTableError::EncodedDataBlock);
    }
    let variable = field(POOL_TRACK_TABLE).ok_or(PoolTableError::NoDataBlock)?;
    let table = memory.long(variable).ok_or(PoolTableError::NoVariable)?;
    // The tables of all processors are in the file; adjacent ones are read twice.
    let fair = usize::try_from(2 * memory.size()).unwrap_or(usize::MAX) / processors;
    let reader = TableReader { memory, most: fair.min(MOST_BYTES) };
    let first = reader.read(table).ok_or(PoolTableError::NoTable)?;
    let tables = if processors == 1 {
        vec![first]
    } else {
        reader.all(kernel, table, first, processors).ok_or(PoolTableError::NotAllTables { processors })?
    };
    let best = LAYOUTS.iter().filter_map(|layout| rows(&tables, *layout, physical)).max_by_key(Vec::len);
    best.ok_or(PoolTableError::UnknownLayout)
}

/// Reads tables.
struct TableReader<'m> {
    memory: &'m Memory,
    /// Maximum size of a table.
    most: usize,
}

impl TableReader<'_> {
    /// The part of a table that is in the dump.
    fn read(&self, at: u64) -> Option<Vec<u8>> {
        if at < KERNEL {
            return None;
        }
        let mut table = Vec::new();
        while table.len() < self.most {
            let mut page = [0; PAGE];
            let address = at.checked_add(table.len() as u64)?;
            // A table may start within a page.
            let size = PAGE - usize::try_from(address % PAGE as u64).unwrap_or(0);
            if self.memory.read(address, &mut page[..size]).is_none() {
                break;
            }
            table.extend_from_slice(&page[..size]);
        }
        (!table.is_empty()).then_some(table)
    }

    /// The tables of all processors, from the array in the kernel's data that starts with the first table.
    fn all(&self, kernel: &[u8], table: u64, first: Vec<u8>, processors: usize) -> Option<Vec<Vec<u8>>> {
        let wanted = table.to_le_bytes();
        let places = memchr::memmem::find_iter(kernel, &wanted).filter(|at| at % 8 == 0).take(64);
        let mut found = places.filter_map(|at| {
            let array = kernel.get(at..at.checked_add(8 * processors)?)?;
            let pointers: Vec<u64> =
                array.chunks_exact(8).filter_map(|b| Some(u64::from_le_bytes(b.try_into().ok()?))).collect();
            let mut distinct = pointers.clone();
            distinct.sort_unstable();
            distinct.dedup();
            if distinct.len() != processors {
                return None;
            }
            let same = |pointer: &u64| self.read(*pointer).filter(|other| same_tags(&first, other));
            pointers[1..].iter().map(same).collect::<Option<Vec<_>>>()
        });
        let others = found.next()?;
        drop(found);
        Some(std::iter::once(first).chain(others).collect())
    }
}

/// Whether a table has the same tags as another in its used rows, in some layout.
fn same_tags(first: &[u8], other: &[u8]) -> bool {
    LAYOUTS.iter().any(|layout| {
        let keys = |table: &[u8]| -> Vec<[u8; 4]> {
            table.chunks_exact(layout.stride).take(512).map(|row| [row[0], row[1], row[2], row[3]]).collect()
        };
        let both: Vec<_> =
            keys(first).into_iter().zip(keys(other)).filter(|(a, b)| *a != [0; 4] && *b != [0; 4]).collect();
        both.len() >= 16 && both.iter().all(|(a, b)| a == b)
    })
}

/// The rows in a layout, added up over processors: 32-bit counts wrap, and one processor may free what another
/// allocated. `None` if they are implausible.
fn rows(tables: &[Vec<u8>], layout: RowLayout, physical: Option<u64>) -> Option<Vec<TagUse>> {
    let mut uses = Vec::new();
    let (mut good, mut bad, mut run) = (0, 0, 0);
    let count = tables.iter().map(|table| table.len() / layout.stride).min()?;
    for row in 0..count {
        let at = row * layout.stride;
        let keys = tables.iter().map(|table| &table[at..at + 4]);
        let Some(key) = keys.clone().find(|key| **key != [0; 4]) else { continue };
        let tag = Tag(key.try_into().ok()?);
        // The highest bit marks protected pool in older versions.
        let tag = Tag([tag.0[0], tag.0[1], tag.0[2], tag.0[3] & 0x7F]);
        let of = |places: [usize; 3]| sums(tables, at, places, layout.counts);
        let (nonpaged, paged) = (of(layout.nonpaged)?, of(layout.paged)?);
        let holds = tag.is_printable() && [&nonpaged, &paged].iter().all(|sums| sums.hold(physical));
        if !holds {
            bad += 1;
            run += 1;
            // Bytes after the table's end are arbitrary.
            if run >= 4 {
                bad -= run;
                break;
            }
            continue;
        }
        run = 0;
        good += 1;
        for (pool, sums) in [(Pool::Nonpaged, nonpaged), (Pool::Paged, paged)] {
            if sums.outstanding > 0 {
                uses.push(TagUse {
                    tag,
                    pool,
                    allocs: Some(sums.allocs),
                    frees: Some(sums.frees),
                    outstanding: sums.outstanding,
                    bytes: sums.bytes,
                });
            }
        }
    }
    (good >= LEAST_ROWS && bad * 100 <= MOST_BAD * good && !uses.is_empty()).then_some(uses)
}

struct Sums {
    allocs: u64,
    frees: u64,
    outstanding: u64,
    bytes: u64,
}

impl Sums {
    /// Whether the figures of a tag are plausible: bytes if there are allocations, at least one per allocation, and no
    /// more than RAM and paging file can provide.
    fn hold(&self, physical: Option<u64>) -> bool {
        let most = physical.unwrap_or(1 << 46).saturating_mul(8);
        (self.outstanding == 0) == (self.bytes == 0) && self.bytes >= self.outstanding && self.bytes <= most
    }
}

fn sums(tables: &[Vec<u8>], row: usize, places: [usize; 3], counts: CountSize) -> Option<Sums> {
    let mut sums = [0_u64; 3];
    for table in tables {
        for (number, (sum, place)) in sums.iter_mut().zip(places).enumerate() {
            let at = row + place;
            let value = if counts == CountSize::Bits64 || number == 2 {
                u64::from_le_bytes(table.get(at..at + 8)?.try_into().ok()?)
            } else {
                u64::from(u32::from_le_bytes(table.get(at..at + 4)?.try_into().ok()?))
            };
            *sum = sum.wrapping_add(value);
        }
    }
    let [allocs, frees, bytes] = sums;
    // 32-bit counts wrap automatically.
    let difference = allocs.wrapping_sub(frees);
    let outstanding = match counts {
        CountSize::Bits32 => difference & u64::from(u32::MAX),
        CountSize::Bits64 => difference,
    };
    Some(Sums { allocs, frees, outstanding, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table as two processors would have it, in this layout.
    fn tables(layout: RowLayout) -> Vec<Vec<u8>> {
        let mut tables = vec![vec![0; layout.stride * 300]; 2];
        for row in 0..120_u32 {
            let at = row as usize * 2 * layout.stride;
            let allocs = [1000 + row, 500];
            // The second processor frees more than it allocates.
            let frees = [200, 600 + row];
            for (cpu, table) in tables.iter_mut().enumerate() {
                let name = format!("T{row:03}");
                table[at..at + 4].copy_from_slice(name.as_bytes());
                let bytes = (i64::from(allocs[cpu]) - i64::from(frees[cpu])) * 64;
                for (number, place) in layout.nonpaged.into_iter().enumerate() {
                    let value = [u64::from(allocs[cpu]), u64::from(frees[cpu]), bytes.cast_unsigned()][number];
                    let size = if layout.counts == CountSize::Bits64 || number == 2 { 8 } else { 4 };
                    table[at + place..at + place + size].copy_from_slice(&value.to_le_bytes()[..size]);
                }
            }
        }
        tables
    }

    #[test]
    fn the_layout_whose_figures_hold_is_taken() {
        for layout in LAYOUTS {
            let tables = tables(layout);
            let best =
                LAYOUTS.iter().filter_map(|l| Some((*l, rows(&tables, *l, Some(1 << 33))?))).max_by_key(|b| b.1.len());
            let (found, uses) = best.unwrap_or_else(|| panic!("{layout:?}"));
            assert_eq!(found, layout);
            assert_eq!(uses.len(), 120);
            assert_eq!((uses[3].outstanding, uses[3].bytes), (700, 700 * 64));
            assert!(same_tags(&tables[0], &tables[1]));
        }
        let noise: Vec<u8> = (0..80_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert!(LAYOUTS.iter().all(|l| rows(std::slice::from_ref(&noise), *l, Some(1 << 33)).is_none()));
    }
}
