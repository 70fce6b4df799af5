//! All evidence on one machine besides counter logs, on the machine's time line.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "shares of sizes, and `as` saturates")]

use std::collections::BTreeMap;

use super::consistency::{ImpossibleRam, Inconsistency};
use super::events::{Event, EventKind};
use super::owner::Ownership;
use super::poolmon::{Ordering, PoolSnapshot, SnapshotNote};
use super::tag::Tag;
use super::windbg::VirtualMemory;
use crate::base::boot::SAME_BOOT_EVENTS_SECONDS;
use crate::base::time::FileTime;
use crate::base::{Pool, Ram, RamSource};

/// All evidence on one machine besides its counter logs.
#[derive(Clone, Debug, Default)]
pub struct MachineEvidence {
    /// The machine's first sample; hours are counted from it.
    pub begin: Option<FileTime>,
    /// Pool use by tag, in order of time, with hours since the machine's first sample if known.
    pub snapshots: Vec<(Option<f64>, PoolSnapshot)>,
    /// How the order of the snapshots is known.
    pub ordering: Option<Ordering>,
    /// Set if the snapshots cannot be from this machine and time.
    pub inconsistency: Option<Inconsistency>,
    /// Events, with hours since the machine's first sample.
    pub events: Vec<(f64, Event)>,
    /// Owners of the relevant tags.
    pub owners: BTreeMap<Tag, Ownership>,
    /// Every `!vm`, with its file.
    pub memory: Vec<(String, VirtualMemory)>,
    /// Number of scanned driver files.
    pub scanned: usize,
    /// Whether a list of pool tags was used in addition to the built-in table.
    pub has_list: bool,
    /// Ignored items and assumptions.
    pub notes: Vec<EvidenceNote>,
}

/// An ignored item or an assumption about evidence on a machine's time line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EvidenceNote {
    /// No log records the machine's time zone, so times of events are UTC.
    TimeZoneUnknown,
    /// Dates of snapshots are valid as both month/day and day/month; they were read as month/day.
    AmbiguousDates,
    /// Snapshots that could not be used, or whose order is in doubt.
    Snapshots(SnapshotNote),
    /// Ignored a `!vm` whose amount of RAM is impossible for this machine.
    VmOfOtherMachine {
        /// File of the `!vm`.
        file: String,
        /// RAM in that `!vm`, bytes.
        bytes: u64,
        /// Why it is impossible.
        reason: ImpossibleRam,
    },
    /// Ignored an amount of RAM that is impossible for this machine.
    RamOfOtherMachine {
        /// Source of the amount.
        source: RamSource,
        /// RAM in bytes.
        bytes: u64,
        /// Why it is impossible.
        reason: ImpossibleRam,
    },
}

/// Facts about the machine in the evidence.
#[derive(Clone, Debug, Default)]
pub struct MachineFacts {
    /// Physical memory in bytes, and its source.
    pub physical_memory: Option<(u64, RamSource)>,
    /// Windows build number.
    pub build: Option<u32>,
}

impl MachineFacts {
    /// Physical memory and its source.
    #[must_use]
    pub fn ram(&self) -> Option<Ram> {
        let (bytes, source) = self.physical_memory.clone()?;
        Some(Ram { bytes, source })
    }
}

impl MachineEvidence {
    /// System starts in the events. Both the kernel and the event log record each start.
    #[must_use]
    pub fn boots(&self) -> Vec<FileTime> {
        let started = self.events.iter().filter(|(_, event)| event.kind == EventKind::Boot);
        let mut boots: Vec<FileTime> = started.filter_map(|(hours, _)| Some(self.begin?.plus_hours(*hours))).collect();
        boots.sort_unstable();
        boots.dedup_by(|later, earlier| later.seconds_since(*earlier) < SAME_BOOT_EVENTS_SECONDS);
        boots
    }
}

/// Maximum number of tags of a pool whose owners are looked up: further tags explain little.
const MOST_TAGS: usize = 8;
/// Owners are looked up for tags with at least this share of the growth or of the pool.
const LEAST_SHARE: f64 = 0.03;

/// The tags whose owners are looked up: those that grew most; with a single snapshot, the largest.
#[must_use]
pub fn tags_that_matter(snapshots: &[(Option<f64>, PoolSnapshot)]) -> Vec<Tag> {
    let mut tags = Vec::new();
    for pool in Pool::BOTH {
        let mut sizes: BTreeMap<Tag, (u64, u64)> = BTreeMap::new();
        for (_, snapshot) in snapshots {
            for tag_use in snapshot.tags.iter().filter(|t| t.pool == pool) {
                let entry = sizes.entry(tag_use.tag).or_insert((tag_use.bytes, 0));
                entry.1 = tag_use.bytes;
            }
        }
        let alone = snapshots.len() < 2;
        let mut ranked: Vec<(Tag, u64)> = sizes
            .into_iter()
            .map(|(tag, (first, last))| (tag, if alone { last } else { last.saturating_sub(first) }))
            .filter(|(_, size)| *size > 0)
            .collect();
        // Include the largest tag: a pool can be exhausted by earlier growth.
        tags.extend(sizes_now(snapshots, pool).into_iter().max_by_key(|(_, bytes)| *bytes).map(|(tag, _)| tag));
        let all: u64 = ranked.iter().fold(0, |sum, (_, size)| sum.saturating_add(*size));
        ranked.sort_by_key(|(tag, size)| (std::cmp::Reverse(*size), *tag));
        let least = (LEAST_SHARE * all as f64) as u64;
        tags.extend(ranked.into_iter().take(MOST_TAGS).filter(|(_, size)| *size >= least).map(|(tag, _)| tag));
    }
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// Use of a pool by each tag in the last snapshot.
fn sizes_now(snapshots: &[(Option<f64>, PoolSnapshot)], pool: Pool) -> Vec<(Tag, u64)> {
    let last = snapshots.last().map(|(_, s)| s.tags.as_slice()).unwrap_or_default();
    last.iter().filter(|t| t.pool == pool).map(|t| (t.tag, t.bytes)).collect()
}
