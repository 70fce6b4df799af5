//! All other evidence on one machine, on its time line, as the judgement asks for it.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "shares of sizes, and `as` saturates")]

use std::collections::BTreeMap;

use super::Tag;
use super::events::{Event, EventKind};
use super::owner::Ownership;
use super::poolmon::{Ordering, PoolSnapshot};
use super::windbg::VirtualMemory;
use crate::base::time::TICKS_PER_SECOND;
use crate::log::FileTime;
use crate::machine::Pool;

/// Evidence on one machine.
#[derive(Clone, Debug, Default)]
pub struct Clues {
    /// The machine's first sample, from which hours are counted.
    pub begin: Option<FileTime>,
    /// Pools by tag, in order; with the hours from the machine's first sample, where times are known.
    pub snapshots: Vec<(Option<f64>, PoolSnapshot)>,
    /// How the order of snapshots is known.
    pub ordering: Option<Ordering>,
    /// Why the snapshots cannot be of this machine and time, where they cannot.
    pub misfit: Option<String>,
    /// Events, by hours from the machine's first sample.
    pub events: Vec<(f64, Event)>,
    /// Who owns the tags that matter.
    pub owners: BTreeMap<Tag, Ownership>,
    /// What `!vm` said, and in which file.
    pub memory: Vec<(String, VirtualMemory)>,
    /// Driver files scanned.
    pub scanned: usize,
    /// Whether a list of tags was at hand beside the built-in table.
    pub has_list: bool,
    /// What was odd.
    pub notes: Vec<String>,
}

impl Clues {
    /// When the system started, by events: two that are close are of one start.
    #[must_use]
    pub fn boots(&self) -> Vec<FileTime> {
        let started = self.events.iter().filter(|(_, event)| event.kind == EventKind::Boot);
        let mut boots: Vec<FileTime> = started.filter_map(|(hours, _)| self.time(*hours)).collect();
        boots.sort_unstable();
        boots.dedup_by(|later, earlier| later.seconds_since(*earlier) < SAME_BOOT_SECONDS);
        boots
    }

    fn time(&self, hours: f64) -> Option<FileTime> {
        let ticks = hours * 3600.0 * TICKS_PER_SECOND as f64;
        self.begin.map(|begin| FileTime(begin.0.saturating_add(ticks.round() as i64)))
    }
}

/// The kernel and the event log both write when the system starts, within minutes.
const SAME_BOOT_SECONDS: f64 = 600.0;

/// Tags of a pool that are looked up: beyond these none explains much.
const MOST_TAGS: usize = 8;
/// Of the growth, or of what the pool holds, that a tag must make to be looked up.
const LEAST_SHARE: f64 = 0.03;

/// The tags of snapshots whose owners may be asked for: those that grew most, and where there is one snapshot those
/// that hold most.
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
        // What holds most is asked for as well: a pool may be full of what grew long ago.
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

/// What each tag holds of a pool by the last snapshot.
fn sizes_now(snapshots: &[(Option<f64>, PoolSnapshot)], pool: Pool) -> Vec<(Tag, u64)> {
    let last = snapshots.last().map(|(_, s)| s.tags.as_slice()).unwrap_or_default();
    last.iter().filter(|t| t.pool == pool).map(|t| (t.tag, t.bytes)).collect()
}
