//! Which pool tags cause a pool's growth, and which drivers own them.

mod lead;
mod owners;
mod single;
mod snapshots;
mod track;

use crate::base::Pool;
use crate::case::Case;
use crate::detect::Trend;
use crate::evidence::Tag;
use crate::evidence::consistency::Inconsistency;
use crate::evidence::owner::OwnerDisagreement;
use crate::evidence::poolmon::{Ordering, PoolSnapshot, SnapshotSource};
use crate::model::Time;

use super::suspect::Suspect;
pub use lead::{LIKELY, Lead, LeadDriver, Seen};
pub use single::{LargestTag, TagShare};

/// Growth in snapshots, as a share of the pool, that counters should show too.
const GROWTH_IN_SNAPSHOTS: f64 = 0.25;
const GROWTH_THAT_COUNTS: f64 = 64.0 * crate::base::units::MB;

/// Snapshots count from this many sample intervals before growth starts: the start is between two samples and is
/// uncertain by one more.
const BEFORE_THE_BEGIN: f64 = 2.0;

/// A snapshot and its hours since the machine's first sample, if its time is known.
type Timed = (Option<f64>, PoolSnapshot);

/// What tags show of a pool's growth.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    /// Suspected tags and drivers.
    pub suspects: Vec<Suspect>,
    pub reasons: Vec<TagReason>,
    /// Where sources contradict each other.
    pub disagreements: Vec<TagDisagreement>,
    /// The one or two tags that the verdict names.
    pub leads: Vec<Lead>,
    /// Growth over several snapshots.
    pub series: Option<Grown>,
    /// Largest tags of the only snapshot.
    pub largest: Vec<TagShare>,
}

#[derive(Clone, Copy, Debug)]
pub struct Grown {
    /// Bytes by which the pool grew.
    pub bytes: f64,
    /// Number of snapshots.
    pub snapshots: usize,
    /// Hours from the first to the last snapshot, if known.
    pub hours: Option<f64>,
}

/// What tags show, with the figures.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TagReason {
    /// In several snapshots, no tag rose by more than chance.
    NothingRose {
        sources: Vec<SnapshotSource>,
        /// Number of snapshots.
        snapshots: usize,
        /// Hours from the first to the last.
        hours: Option<f64>,
    },
    /// The pool grew over several snapshots, and these tags with it.
    Grew {
        sources: Vec<SnapshotSource>,
        /// Number of snapshots.
        snapshots: usize,
        /// Times of the first and the last snapshot.
        window: Option<(Time, Time)>,
        /// How the order of the snapshots is known.
        ordering: Option<Ordering>,
        /// Bytes by which the pool grew.
        bytes: f64,
        /// The tags and how many bytes each gained; empty if no tag has [`SUSPICIOUS_SHARE`] of the growth.
        tags: Vec<(Tag, f64)>,
        /// Share of the growth that these tags explain, 0 to 1.
        explained: f64,
    },
    /// Allocations of these tags rise by whole multiples of each other, step by step.
    InStep {
        /// The largest of the tags.
        lead: Tag,
        /// Allocations that the largest tag gained.
        allocations: u64,
        /// The other tags, their pools and the allocations that they gained.
        with: Vec<(Tag, Pool, u64)>,
        pool: Pool,
    },
    /// PoolMon shows 32 bits of a tag's bytes; the higher bits are restored from its allocations.
    WholeBytes,
    /// The snapshots are from another time than the leak, but show the same rate.
    OtherTimeSameRate {
        pool: Pool,
        /// Bytes an hour in the snapshots.
        snapshots: f64,
        /// Bytes an hour in the log.
        log: f64,
    },
    /// A single snapshot shows what is in the pool, not what grows.
    OneSnapshot {
        source: SnapshotSource,
        /// Largest tags of the snapshot.
        largest: Vec<TagShare>,
    },
    /// Output of the debugger's `!vm`.
    VirtualMemory {
        file: String,
        /// Bytes in the pool.
        used: u64,
        /// Maximum size of the pool, bytes.
        maximum: Option<u64>,
        usage: Usage,
    },
    /// Windows allocates the tag on behalf of any caller.
    AllocatedForOthers(Tag),
    /// None of the scanned driver files contains the tags.
    NotInScannedFiles {
        /// Number of scanned files.
        files: usize,
        tags: Vec<Tag>,
    },
    /// The tag is smaller than one of Windows' own, but shows which component requests the memory.
    LeadsToWhoAsks {
        lead: Tag,
        /// Windows' own tag.
        own: String,
    },
}

/// How the debugger's `!vm` rates the usage of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// `!vm` shows no warning.
    Normal,
    /// `Excessive … Usage`.
    Excessive,
}

/// Where tags contradict counters, or each other.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TagDisagreement {
    /// The snapshots cannot be from this machine and time.
    Inconsistent {
        why: Inconsistency,
        /// Tags that grow in the snapshots.
        shown: Vec<Lead>,
    },
    /// The growing tags explain only this share of the pool's growth.
    Unexplained {
        /// Share of the growth, 0 to 1.
        explained: f64,
    },
    /// The snapshots grow at another rate than the leak in the log.
    OtherRate {
        /// Bytes an hour in the snapshots.
        snapshots: f64,
        /// Bytes an hour in the log.
        log: f64,
        taken: Taken,
        /// Tags that grow in the snapshots.
        shown: Vec<Lead>,
    },
    /// The snapshots show growth that the counters do not.
    NotInCounters {
        /// Bytes by which the pool grew in the snapshots.
        bytes: f64,
        /// Tags that grow in the snapshots.
        shown: Vec<Lead>,
    },
    /// Sources name different drivers for a tag.
    Owner(OwnerDisagreement),
}

/// When snapshots were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// While the leak in the log grew.
    DuringTheLeak,
    AtAnotherTime,
}

/// Evaluates the tags. `trend` is the pool's growth, if any.
#[must_use]
pub fn find(case: &Case<'_>, pool: Pool, trend: Option<&Trend>) -> Tags {
    let evidence = case.evidence;
    let lists = |snapshot: &PoolSnapshot| snapshot.tags.iter().any(|t| t.pool == pool);
    let all: Vec<&Timed> = evidence.snapshots.iter().filter(|(_, s)| lists(s)).collect();
    // Snapshots from before the growth show little of it.
    let within = |hours: &Option<f64>| match (hours, trend) {
        (Some(hours), Some(trend)) => !trend.began_within || *hours >= trend.hours.0 - BEFORE_THE_BEGIN * case.step(),
        _ => true,
    };
    let mut used: Vec<&Timed> = all.iter().copied().filter(|s| within(&s.0)).collect();
    if used.len() < 2 && all.len() >= 2 {
        used = all;
    }
    let mut tags = Tags::default();
    let whole = used.iter().filter(|(_, s)| !s.partial).count();
    if used.len() >= 2 && (whole >= 2 || whole == 0) {
        snapshots::several(case, pool, trend, &used, &mut tags);
    } else if let Some((_, snapshot)) = used.last() {
        single::alone(case, pool, trend, snapshot, &mut tags);
    }
    if let Some(why) = &evidence.inconsistency {
        // Show the tags, but suspect none of them.
        let shown = std::mem::take(&mut tags.leads);
        tags = Tags::default();
        tags.disagreements.push(TagDisagreement::Inconsistent { why: why.clone(), shown });
    }
    debuggers(case, pool, &mut tags);
    tags
}

/// Growth in snapshots of a pool that does not leak by its counters; `None` if they agree.
#[must_use]
pub fn contradiction(case: &Case<'_>, pool: Pool, now: f64) -> Option<TagDisagreement> {
    let tags = find(case, pool, None);
    let grown = tags.series.filter(|g| g.bytes >= GROWTH_IN_SNAPSHOTS * now && g.bytes >= GROWTH_THAT_COUNTS)?;
    Some(TagDisagreement::NotInCounters { bytes: grown.bytes, shown: tags.leads })
}

/// The largest tag of a pool that does not grow, in the last complete snapshot.
#[must_use]
pub fn largest(case: &Case<'_>, pool: Pool) -> Option<LargestTag> {
    single::largest(case.evidence, pool)
}

/// Output of `!vm` about the pool.
fn debuggers(case: &Case<'_>, pool: Pool, tags: &mut Tags) {
    for (file, memory) in &case.evidence.memory {
        if let Some(used) = memory.used(pool) {
            let usage = if memory.excessive.contains(&pool) { Usage::Excessive } else { Usage::Normal };
            let (file, maximum) = (file.clone(), memory.maximum(pool));
            tags.reasons.push(TagReason::VirtualMemory { file, used, maximum, usage });
        }
    }
}
