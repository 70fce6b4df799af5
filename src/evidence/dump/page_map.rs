//! Where the pages of physical memory lie in a dump.
//!
//! Layouts: `PHYSICAL_MEMORY_DESCRIPTOR` of the Windows SDK, and the documentation of the kdmp-parser crate.

use super::PAGE;
use super::error::PageMapError;
use super::header::{DumpKind, SIZE, u32_at, u64_at};

/// Runs that the header of a full dump has room for.
const MOST_RUNS: u32 = 42;
/// First bytes of the second header.
const HEADER: usize = SIZE;
/// The first page number that no processor can address.
const PAGE_NUMBERS: u64 = 1 << 40;

/// Pages that follow one another both in memory and in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    first: u64,
    pages: u64,
    offset: u64,
}

/// The map of pages, in order of page numbers.
#[derive(Debug)]
pub struct PageMap {
    runs: Vec<Run>,
}

impl PageMap {
    /// Reads the map.
    ///
    /// # Errors
    /// If it is damaged, or lists more pages than the file has.
    pub fn read(bytes: &[u8], kind: DumpKind) -> Result<Self, PageMapError> {
        let mut map = match kind {
            DumpKind::Full => full(bytes),
            DumpKind::Bitmap | DumpKind::Live => bitmap(bytes),
            DumpKind::Kernel | DumpKind::KernelAndUser => ranges(bytes, u64::MAX),
            DumpKind::Complete => ranges(bytes, u64_at(bytes, HEADER + 0x28).ok_or(PageMapError::CutOff)?),
        }?;
        map.runs.sort_unstable_by_key(|run| run.first);
        let overlap = map.runs.windows(2).any(|pair| pair[0].first + pair[0].pages > pair[1].first);
        if overlap { Err(damaged(map_offset(kind))) } else { Ok(Self { runs: map.runs }) }
    }

    /// Offset of a page in the file.
    pub fn offset(&self, page: u64) -> Option<u64> {
        let after = self.runs.partition_point(|run| run.first <= page);
        let run = self.runs.get(after.checked_sub(1)?)?;
        let within = page - run.first;
        (within < run.pages).then(|| run.offset + within * PAGE as u64)
    }
}

fn map_offset(kind: DumpKind) -> usize {
    match kind {
        DumpKind::Full => 0x98,
        DumpKind::Bitmap | DumpKind::Live => HEADER + 0x38,
        DumpKind::Kernel | DumpKind::KernelAndUser | DumpKind::Complete => HEADER + 0x30,
    }
}

fn damaged(offset: usize) -> PageMapError {
    PageMapError::Damaged { offset: offset as u64 }
}

/// The runs as they are read. Their pages lie in the file one after the other.
struct Pages {
    runs: Vec<Run>,
    /// Number of pages so far.
    count: u64,
    /// Offset of the next page in the file.
    next: u64,
    /// Number of pages that fit into the file.
    in_file: u64,
}

impl Pages {
    fn new(bytes: &[u8], first_page: u64) -> Self {
        Self { runs: Vec::new(), count: 0, next: first_page, in_file: (bytes.len() / PAGE) as u64 }
    }

    /// Adds a run that was read at an offset of the file.
    fn push(&mut self, first: u64, pages: u64, at: usize) -> Result<(), PageMapError> {
        self.count = self.count.saturating_add(pages);
        if self.count > self.in_file {
            return Err(PageMapError::TooManyPages { pages: self.count, in_file: self.in_file });
        }
        // There are few pages: the sums below cannot overflow.
        if first >= PAGE_NUMBERS {
            return Err(damaged(at));
        }
        let offset = self.next;
        self.next = offset.checked_add(pages * PAGE as u64).ok_or_else(|| damaged(at))?;
        match self.runs.last_mut() {
            Some(last) if last.first + last.pages == first => last.pages += pages,
            _ => self.runs.push(Run { first, pages, offset }),
        }
        Ok(())
    }
}

/// The runs in the header of a full dump.
fn full(bytes: &[u8]) -> Result<Pages, PageMapError> {
    let count = u32_at(bytes, 0x88).ok_or(PageMapError::CutOff)?;
    if count > MOST_RUNS {
        return Err(damaged(0x88));
    }
    let mut found = Pages::new(bytes, SIZE as u64);
    for run in 0..count as usize {
        let at = 0x98 + 16 * run;
        let (first, pages) = pair(bytes, at)?;
        found.push(first, pages, at)?;
    }
    Ok(found)
}

/// The ranges after the header of a kernel dump. A complete dump states how many pages they have.
fn ranges(bytes: &[u8], total: u64) -> Result<Pages, PageMapError> {
    let head = bytes.get(HEADER..HEADER + 0x30).ok_or(PageMapError::CutOff)?;
    if head[..4] != 0x40_u32.to_le_bytes() || head[4..12] != *b"RDMPDUMP" {
        return Err(damaged(HEADER));
    }
    let (size, first_page) = pair(bytes, HEADER + 0x10)?;
    let fits = size.checked_sub(0x20).is_some_and(|size| first_page.checked_sub(0x2040) == Some(size));
    if !fits || size % 16 != 0 {
        return Err(damaged(HEADER + 0x10));
    }
    let mut found = Pages::new(bytes, first_page);
    for range in 0..size / 16 {
        if found.count >= total {
            break;
        }
        let at = usize::try_from(range).ok().and_then(|range| range.checked_mul(16)?.checked_add(HEADER + 0x30));
        let at = at.ok_or(PageMapError::CutOff)?;
        let (first, pages) = pair(bytes, at)?;
        if first == 0 {
            break;
        }
        found.push(first, pages, at)?;
    }
    if found.count > total { Err(damaged(HEADER + 0x28)) } else { Ok(found) }
}

/// The bitmap after the header of a bitmap dump: one bit a page.
fn bitmap(bytes: &[u8]) -> Result<Pages, PageMapError> {
    let head = bytes.get(HEADER..HEADER + 8).ok_or(PageMapError::CutOff)?;
    if !matches!(head, b"SDMPDUMP" | b"FDMPDUMP") {
        return Err(damaged(HEADER));
    }
    let first_page = u64_at(bytes, HEADER + 0x20).ok_or(PageMapError::CutOff)?;
    let bits = u64_at(bytes, HEADER + 0x30).ok_or(PageMapError::CutOff)?;
    let start = HEADER + 0x38;
    let end = usize::try_from(bits.div_ceil(8)).ok().and_then(|size| start.checked_add(size));
    let map = end.and_then(|end| bytes.get(start..end)).ok_or(PageMapError::CutOff)?;
    let mut found = Pages::new(bytes, first_page);
    for (number, byte) in map.iter().enumerate() {
        let page = number as u64 * 8;
        match byte {
            0 => (),
            0xFF if page + 8 <= bits => found.push(page, 8, start + number)?,
            _ => {
                for page in (page..bits.min(page + 8)).filter(|page| byte >> (page % 8) & 1 == 1) {
                    found.push(page, 1, start + number)?;
                }
            }
        }
    }
    Ok(found)
}

fn pair(bytes: &[u8], at: usize) -> Result<(u64, u64), PageMapError> {
    u64_at(bytes, at).zip(u64_at(bytes, at + 8)).ok_or(PageMapError::CutOff)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of this many pages after the headers, with these values at these offsets.
    fn file(pages: usize, values: &[(usize, &[u8])]) -> Vec<u8> {
        let mut file = vec![0; 0x3000 + pages * PAGE];
        for (at, value) in values {
            file[*at..at + value.len()].copy_from_slice(value);
        }
        file
    }

    fn longs<const N: usize>(values: [u64; N]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    fn ranged(total: u64, ranges: &[u64]) -> Vec<u8> {
        let ranges: Vec<u8> = ranges.iter().flat_map(|value| value.to_le_bytes()).collect();
        let head = [&0x40_u32.to_le_bytes()[..], b"RDMPDUMP"].concat();
        let sizes = longs([0x40, 0x2060]);
        file(8, &[(0x2000, &head), (0x2010, &sizes), (0x2028, &longs([total])), (0x2030, &ranges)])
    }

    #[test]
    fn each_kind_of_map_finds_its_pages() {
        let full = file(8, &[(0x88, &[2]), (0x98, &longs([7, 2, 3, 1]))]);
        let map = PageMap::read(&full, DumpKind::Full).unwrap();
        let offsets: Vec<_> = [7, 8, 9, 3, 4, 2].map(|page| map.offset(page)).into();
        assert_eq!(offsets, [Some(0x2000), Some(0x3000), None, Some(0x4000), None, None]);

        let map = PageMap::read(&ranged(0, &[5, 2, 9, 1, 0, 0]), DumpKind::Kernel).unwrap();
        assert_eq!([5, 6, 7, 9].map(|page| map.offset(page)), [Some(0x2060), Some(0x3060), None, Some(0x4060)]);
        let map = PageMap::read(&ranged(2, &[5, 2, 9, 1]), DumpKind::Complete).unwrap();
        assert_eq!([6, 9].map(|page| map.offset(page)), [Some(0x3060), None]);

        let bits = [0xFF, 0b1000_0001, 0xFF];
        let head = longs([0x3000, 0, 18]);
        let bitmap = file(16, &[(0x2000, b"SDMPDUMP"), (0x2020, &head), (0x2038, &bits)]);
        for kind in [DumpKind::Bitmap, DumpKind::Live] {
            let map = PageMap::read(&bitmap, kind).unwrap();
            let found: Vec<u64> = (0..30).filter(|page| map.offset(*page).is_some()).collect();
            assert_eq!(found, [0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17]);
            assert_eq!([8, 15, 17].map(|page| map.offset(page)), [Some(0xB000), Some(0xC000), Some(0xE000)]);
        }
    }

    #[test]
    fn a_map_that_is_impossible_is_an_error() {
        let of = |file: &[u8], kind| PageMap::read(file, kind).unwrap_err();
        let runs = file(8, &[(0x88, &[43])]);
        assert_eq!(of(&runs, DumpKind::Full), PageMapError::Damaged { offset: 0x88 });
        let twice = file(8, &[(0x88, &[2]), (0x98, &longs([7, 2, 8, 1]))]);
        assert_eq!(of(&twice, DumpKind::Full), PageMapError::Damaged { offset: 0x98 });
        let far = file(8, &[(0x88, &[1]), (0x98, &longs([u64::MAX, 2]))]);
        assert_eq!(of(&far, DumpKind::Full), PageMapError::Damaged { offset: 0x98 });
        let many = ranged(u64::MAX, &[5, u64::MAX]);
        assert_eq!(of(&many, DumpKind::Complete), PageMapError::TooManyPages { pages: u64::MAX, in_file: 11 });
        assert_eq!(of(&ranged(1, &[5, 2]), DumpKind::Complete), PageMapError::Damaged { offset: 0x2028 });
        assert_eq!(of(&file(8, &[]), DumpKind::Kernel), PageMapError::Damaged { offset: 0x2000 });
        let long = longs([0x3000, 0, u64::MAX]);
        let bitmap = file(8, &[(0x2000, b"FDMPDUMP"), (0x2020, &long)]);
        assert_eq!(of(&bitmap, DumpKind::Live), PageMapError::CutOff);
        assert_eq!(of(&bitmap[..0x2004], DumpKind::Live), PageMapError::CutOff);
    }
}
