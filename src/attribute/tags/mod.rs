//! Which pool tags hold a pool's growth, and which drivers own them.

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

/// Growth in snapshots, as a share of the pool and in bytes, that counters should show too.
const GROWTH_IN_SNAPSHOTS: f64 = 0.25;
const GROWTH_THAT_COUNTS: f64 = 64.0 * crate::base::units::MB;

/// Snapshots count from so many sample intervals before growth began: its begin lies between two samples, and is known to
/// within another.
const BEFORE_THE_BEGIN: f64 = 2.0;

/// A snapshot and its hours from the machine's first sample, where its time is known.
type Timed = (Option<f64>, PoolSnapshot);

/// What tags show of a pool's growth.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    /// Tags and drivers.
    pub suspects: Vec<Suspect>,
    /// The figures behind them.
    pub reasons: Vec<TagReason>,
    /// Where sources contradict each other.
    pub disagreements: Vec<TagDisagreement>,
    /// The tags that the verdict names, one or two.
    pub leads: Vec<Lead>,
    /// Several snapshots in which the pool grew.
    pub series: Option<Grown>,
    /// The largest tags of the only snapshot.
    pub largest: Vec<TagShare>,
}

/// Growth over several snapshots.
#[derive(Clone, Copy, Debug)]
pub struct Grown {
    /// Bytes that the pool gained.
    pub bytes: f64,
    /// Snapshots.
    pub snapshots: usize,
    /// Hours from the first to the last, where known.
    pub hours: Option<f64>,
}

/// What tags show, with the figures.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TagReason {
    /// Over several snapshots nothing rose by more than chance.
    NothingRose {
        /// What the snapshots are.
        sources: Vec<SnapshotSource>,
        /// How many there are.
        snapshots: usize,
        /// From the first to the last.
        hours: Option<f64>,
    },
    /// The pool grew over several snapshots, and these tags with it.
    Grew {
        /// What the snapshots are.
        sources: Vec<SnapshotSource>,
        /// How many there are.
        snapshots: usize,
        /// Times of the first and the last.
        window: Option<(Time, Time)>,
        /// How their order is known.
        ordering: Option<Ordering>,
        /// Bytes that the pool gained.
        bytes: f64,
        /// The tags, and bytes that each gained; none where no tag makes [`SUSPICIOUS_SHARE`] of it.
        tags: Vec<(Tag, f64)>,
        /// Share of the growth that they explain.
        explained: f64,
    },
    /// Tags whose allocations rise by whole multiples of each other's, step by step.
    InStep {
        /// The tag that holds most.
        lead: Tag,
        /// Allocations that it gained.
        allocations: u64,
        /// The others, the pool that they are of, and allocations that they gained.
        with: Vec<(Tag, Pool, u64)>,
        /// The pool that is judged.
        pool: Pool,
    },
    /// The display shows 32 bits of a tag's bytes; they were made whole by its allocations.
    WholeBytes,
    /// The snapshots are not of the time of the leak, but show the same rate.
    OtherTimeSameRate {
        /// The pool.
        pool: Pool,
        /// Bytes an hour in the snapshots.
        snapshots: f64,
        /// Bytes an hour in the log.
        log: f64,
    },
    /// One snapshot shows what is there, not what grows.
    OneSnapshot {
        /// What the snapshot is.
        source: SnapshotSource,
        /// Its largest tags.
        largest: Vec<TagShare>,
    },
    /// `!vm` of the debugger.
    VirtualMemory {
        /// The file.
        file: String,
        /// Bytes of the pool.
        used: u64,
        /// Its maximum.
        maximum: Option<u64>,
        /// Whether it calls the usage excessive.
        usage: Usage,
    },
    /// Windows allocates the tag for whoever asks.
    AllocatedForOthers(Tag),
    /// None of the scanned driver files has the tags.
    NotInScannedFiles {
        /// How many were scanned.
        files: usize,
        /// The tags.
        tags: Vec<Tag>,
    },
    /// The tag holds less than one of Windows' own, but shows who asks.
    LeadsToWhoAsks {
        /// The tag.
        lead: Tag,
        /// Windows' own.
        own: String,
    },
}

/// How the debugger's `!vm` calls the usage of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Nothing is said of it.
    Normal,
    /// `Excessive … Usage`.
    Excessive,
}

/// Where tags contradict counters, or each other.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TagDisagreement {
    /// The snapshots cannot be of this machine and time. `shown` are the tags that grow in them.
    Inconsistent {
        /// Why they cannot be.
        why: Inconsistency,
        /// Tags that grow in them.
        shown: Vec<Lead>,
    },
    /// The tags that grow explain only this share of what the pool gained.
    Unexplained {
        /// 0 to 1.
        explained: f64,
    },
    /// The snapshots grow at another rate than the log's leak.
    OtherRate {
        /// Bytes an hour in the snapshots.
        snapshots: f64,
        /// Bytes an hour in the log.
        log: f64,
        /// When they were taken.
        taken: Taken,
        /// Tags that grow in them.
        shown: Vec<Lead>,
    },
    /// The snapshots show growth that the counters do not.
    NotInCounters {
        /// Bytes that the pool gained in the snapshots.
        bytes: f64,
        /// Tags that grow in them.
        shown: Vec<Lead>,
    },
    /// Sources name different drivers for a tag.
    Owner(OwnerDisagreement),
}

/// When snapshots were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// While the log's leak grew.
    DuringTheLeak,
    /// At another time.
    AtAnotherTime,
}

/// What tags show. `trend` is the pool's growth, where there is one.
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
        // Shown, but nobody is suspected by it.
        let shown = std::mem::take(&mut tags.leads);
        tags = Tags::default();
        tags.disagreements.push(TagDisagreement::Inconsistent { why: why.clone(), shown });
    }
    debuggers(case, pool, &mut tags);
    tags
}

/// What snapshots show of a pool that does not leak by its counters; `None` when they agree.
#[must_use]
pub fn contradiction(case: &Case<'_>, pool: Pool, now: f64) -> Option<TagDisagreement> {
    let tags = find(case, pool, None);
    let grown = tags.series.filter(|g| g.bytes >= GROWTH_IN_SNAPSHOTS * now && g.bytes >= GROWTH_THAT_COUNTS)?;
    Some(TagDisagreement::NotInCounters { bytes: grown.bytes, shown: tags.leads })
}

/// What holds most of a pool that does not grow, by the last whole snapshot.
#[must_use]
pub fn largest(case: &Case<'_>, pool: Pool) -> Option<LargestTag> {
    single::largest(case.evidence, pool)
}

/// What `!vm` shows of the pool.
fn debuggers(case: &Case<'_>, pool: Pool, tags: &mut Tags) {
    for (file, memory) in &case.evidence.memory {
        if let Some(used) = memory.used(pool) {
            let usage = if memory.excessive.contains(&pool) { Usage::Excessive } else { Usage::Normal };
            let (file, maximum) = (file.clone(), memory.maximum(pool));
            tags.reasons.push(TagReason::VirtualMemory { file, used, maximum, usage });
        }
    }
}
