//! Snapshots of pool use by tag: from `PoolMon`'s text, tables of scripts, debuggers, dumps and event 2004.

mod display;
mod file_name;
mod row;
mod series;
mod table;
mod warning;

use super::dates::AmbiguousDate;
use super::tag::Tag;
use crate::base::time::Timestamp;
use crate::base::{Pool, SnapshotPlace};

pub use display::{is_display, parse_display};
pub use file_name::of_file_name;
pub use row::parse_row;
pub use series::{Ordered, Ordering, SnapshotNote, in_order};
pub use table::{is_table, parse_table};
pub use warning::SnapshotWarning;

/// Use of one pool by one tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagUse {
    /// The tag.
    pub tag: Tag,
    /// The pool.
    pub pool: Pool,
    /// Allocations since boot, if in the source.
    pub allocs: Option<u64>,
    /// Frees since boot, if in the source.
    pub frees: Option<u64>,
    /// Allocations outstanding.
    pub outstanding: u64,
    /// Bytes outstanding.
    pub bytes: u64,
}

/// Pool sizes at the time of a snapshot, from the lines above its table; bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Nonpaged pool, bytes.
    pub nonpaged: Option<u64>,
    /// Paged pool, bytes.
    pub paged: Option<u64>,
    /// Physical memory, bytes.
    pub physical: Option<u64>,
    /// Available memory, bytes.
    pub available: Option<u64>,
}

impl Totals {
    /// The size of a pool, bytes.
    #[must_use]
    pub fn of(&self, pool: Pool) -> Option<u64> {
        match pool {
            Pool::Nonpaged => self.nonpaged,
            Pool::Paged => self.paged,
        }
    }
}

/// The tool that took a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SnapshotSource {
    /// Microsoft's PoolMon.
    PoolMon,
    /// A script that wrote a table.
    Script,
    /// `!poolused` of the debugger.
    Debugger,
    /// A kernel dump.
    Dump,
    /// Event 2004, which names only the largest tags.
    Event,
}

/// Pool use by tag at one point in time.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolSnapshot {
    /// The tool that took it.
    pub taken_by: SnapshotSource,
    /// Where it was found.
    pub place: SnapshotPlace,
    /// Time of the snapshot, if in the source.
    pub time: Option<Timestamp>,
    /// Date as printed, whose order of day and month may be unknown.
    pub printed: Option<AmbiguousDate>,
    /// Index of the file among those read: snapshots of one file are in order.
    pub file: usize,
    /// Number in the file name.
    pub number: Option<u64>,
    /// Last write time of the file.
    pub modified: Option<Timestamp>,
    /// Whether used tags may be missing.
    pub partial: bool,
    /// Sizes of the pools.
    pub totals: Totals,
    /// Pool use by tag.
    pub tags: Vec<TagUse>,
}

impl PoolSnapshot {
    /// Creates a snapshot without tags.
    #[must_use]
    pub fn new(taken_by: SnapshotSource, place: SnapshotPlace) -> Self {
        Self {
            taken_by,
            place,
            time: None,
            printed: None,
            file: 0,
            number: None,
            modified: None,
            partial: false,
            totals: Totals::default(),
            tags: Vec::new(),
        }
    }

    /// Use of a pool by a tag; `None` if not listed. A complete snapshot lists every used tag.
    #[must_use]
    pub fn find(&self, pool: Pool, tag: Tag) -> Option<&TagUse> {
        let at = self.tags.binary_search_by_key(&(tag, pool), |t| (t.tag, t.pool)).ok()?;
        self.tags.get(at)
    }

    /// Size of a pool in bytes: from the heading, else the sum of its tags.
    #[must_use]
    pub fn pool_bytes(&self, pool: Pool) -> Option<u64> {
        self.totals.of(pool).or_else(|| (!self.partial).then(|| self.tag_bytes(pool)).filter(|bytes| *bytes > 0))
    }

    /// Sum of all listed tags of a pool, bytes.
    #[must_use]
    pub fn tag_bytes(&self, pool: Pool) -> u64 {
        self.tags.iter().filter(|t| t.pool == pool).fold(0, |sum, t| sum.saturating_add(t.bytes))
    }

    /// Sorts tags for [`PoolSnapshot::find`]; if a tag is listed twice, keeps the larger use.
    pub(super) fn sort(&mut self) {
        self.tags.sort_by_key(|t| (t.tag, t.pool, std::cmp::Reverse(t.bytes)));
        self.tags.dedup_by_key(|t| (t.tag, t.pool));
    }
}

/// Snapshots of one file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// Snapshots in the order of the file.
    pub snapshots: Vec<PoolSnapshot>,
    /// Drivers in a `/g` column, by tag.
    pub mapped: Vec<(Tag, String)>,
    /// Ignored and corrected parts.
    pub warnings: Vec<SnapshotWarning>,
}

/// 32-bit values wrap here.
const WRAP: u64 = 1 << 32;

/// Bytes of a tag of which the display shows only 32 bits, corrected by its bytes per allocation: the figures of a row
/// must agree within one byte per allocation. `None` if they already do.
#[must_use]
pub fn unwrap_by_size(outstanding: u64, bytes: u64, per_allocation: u64) -> Option<u64> {
    let product = outstanding.checked_mul(per_allocation)?;
    let missing = product.checked_sub(bytes)?;
    let wraps = (missing + WRAP / 2) / WRAP;
    let corrected = bytes.checked_add(wraps.checked_mul(WRAP)?)?;
    (wraps > 0 && corrected.abs_diff(product) <= outstanding).then_some(corrected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_32_bits_are_made_whole() {
        // 29.4 million allocations of 160 bytes are 4.7 GB, of which the display shows 0.4 GB.
        let true_bytes = 29_400_000 * 160;
        assert_eq!(unwrap_by_size(29_400_000, true_bytes % WRAP, 160), Some(true_bytes));
        assert_eq!(unwrap_by_size(29_400_000, true_bytes, 160), None);
        assert_eq!(unwrap_by_size(10, 16_005, 1600), None, "rounded down, not wrapped");
        assert_eq!(unwrap_by_size(0, 5, 0), None);
        assert_eq!(unwrap_by_size(u64::MAX, 0, 9), None);
        // A wrong size proves nothing.
        assert_eq!(unwrap_by_size(1000, 5000, 99_000_000), None);
    }
}
