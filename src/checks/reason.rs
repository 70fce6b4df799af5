//! The evidence for a finding, as enums and figures.

use crate::attribute::events::{Arrival, ContradictedEvents, ExhaustedEvents};
use crate::attribute::origin::OriginReason;
use crate::attribute::pool_evidence::Contradiction;
use crate::attribute::tags::{TagDisagreement, TagReason};
use crate::attribute::timing::CorrelatedProcess;
use crate::base::Pool;
use crate::counters::ProcessField;
use crate::detect::{Evidence, RestartSummary};
use crate::model::{Subject, Time, Unit};

/// One item of evidence. Sizes are in bytes and shares are 0 to 1 unless stated otherwise.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reason {
    Assessed(Evidence),
    /// Assessments between restarts.
    Restarts(RestartSummary),
    Origin(OriginReason),
    Tag(TagReason),
    /// Events record that the pool was exhausted.
    PoolExhausted(ExhaustedEvents),
    /// An installation shortly before the growth started.
    Installed(Arrival),
    /// The pool grows while a process runs, but the growth is not charged to it.
    Correlated(CorrelatedProcess),
    /// Level before the first and after the last run of a process.
    GrewWhileItRan {
        levels: (f64, f64),
        runs: Runs,
    },
    /// Each time the pool fell, this process ended and another of its name started.
    RestartedAtEachFall {
        process: String,
    },
    /// The pool falls sharply, but no process restarts with it.
    FallsWithoutRestart {
        /// Number of falls.
        falls: usize,
    },
    /// The pool varies too much, but the memory charged to processes rises steadily.
    ChargedRises {
        /// Growth in bytes.
        growth: f64,
        /// Share of the pool, 0 to 1.
        share: f64,
    },
    /// Processes of a name gained pool and ended, and the pool fell with them.
    ReleasedAddedBack {
        process: String,
        /// Number of processes that ended.
        ends: usize,
    },
    /// Available memory at the start and end of the growth.
    AvailableMemory {
        /// Bytes at the start.
        first: f64,
        /// Bytes at the end.
        last: f64,
        /// Pool growth as a share of this loss, if at most 1.
        share: Option<f64>,
    },
    /// Allocations during the growth, and handles that all processes opened meanwhile.
    WithGrowth {
        /// Number of allocations, and bytes per allocation.
        allocations: Option<(f64, f64)>,
        /// Number of handles, and bytes per handle.
        handles: Option<(f64, f64)>,
    },
    /// The date of exhaustion uses the rate of the second half, which is certainly higher. Rates per hour.
    DateByRateOfSecondHalf {
        late: f64,
        whole: f64,
    },
    /// The counter has no values in the last hours of the log.
    EndsEarly {
        hours: f64,
    },
    /// Samples were ignored in which a counter read 0 that is never 0.
    Zeros {
        /// Number of samples.
        samples: usize,
    },
    /// Single values far from those before and after them were ignored.
    StandsAlone {
        /// Number of values.
        values: usize,
        /// The value farthest from the level at the end, in the unit of the finding.
        farthest: f64,
        /// Time of that value.
        at: Option<Time>,
    },
    /// Implausible values were ignored.
    Rejected {
        /// Largest plausible value, in the unit of the finding.
        most: f64,
        /// Number of ignored values.
        values: usize,
    },
    /// The paging file was nearly full.
    PagingFile {
        /// Highest usage, percent.
        highest: f64,
        /// Usage at the end, percent.
        last: f64,
    },
    /// Evidence about committed memory.
    Commit(CommitReason),
    /// Free system page table entries.
    SystemPtes {
        /// At the start of the growth.
        first: f64,
        /// At its end.
        last: f64,
        /// Highest number in the log.
        most: f64,
    },
    /// Any use of memory makes available memory less.
    AnyUseOfMemory,
    /// Growth counts the entries in use.
    CountsEntriesInUse,
    /// A working set grows, but private bytes do not.
    WorkingSetAlone,
    /// Memory of a process grows by a counter that shows it less directly than private bytes, which were not logged.
    NoPrivateBytes(ProcessField),
    /// The series is the sum of all processes of a name.
    SumOfTheName,
    /// Other counters of the same process that rose meanwhile, with first and last value.
    RoseAsWell(Vec<(ProcessField, Unit, f64, f64)>),
    /// The process ended before the log did.
    ProcessEnded,
    /// Other processes of this name grew alike and ended.
    OthersOfTheName {
        processes: usize,
    },
}

/// Evidence about committed memory. Sizes are in bytes, shares 0 to 1.
#[derive(Clone, Debug)]
pub enum CommitReason {
    /// Shares of the growth of committed memory.
    Shares {
        /// Private memory of processes.
        processes: f64,
        /// Nonpaged pool.
        nonpaged: f64,
        /// Paged pool.
        paged: f64,
        /// The rest, if large enough.
        other: Option<f64>,
    },
    /// The log has no counters that show what grows in committed memory.
    HolderUnknown {
        /// Share of the pools, if they are logged.
        pools: Option<f64>,
    },
    /// The pools' part of committed memory is charged to processes.
    PoolsChargedToProcesses,
    /// Usage of the commit limit.
    Used {
        /// Share of the limit that is committed.
        share: f64,
        /// Commit limit.
        limit: f64,
    },
    /// A pool will be exhausted before committed memory.
    PoolExhaustedFirst {
        pool: Subject,
        /// When the pool is exhausted.
        pool_at: Time,
        /// When committed memory is exhausted.
        at: Time,
        /// Hours from the last sample until the pool is exhausted.
        hours_ahead: f64,
    },
    /// Committed memory will be exhausted before the pools.
    ExhaustedFirst {
        at: Time,
        /// Hours from the last sample until then.
        hours_ahead: f64,
    },
}

/// Whether a process ran once or more often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    One,
    Several,
}

/// A contradiction between sources.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Disagreement {
    Tags(TagDisagreement),
    /// Events record an exhausted pool, but the pool was larger later.
    Events(ContradictedEvents),
    /// Evidence against the verdict that a pool does not leak.
    NoGrowth(Pool, Contradiction),
}

/// What would change a verdict.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum WouldChange {
    /// A different movement of the series.
    Assessed(crate::detect::AssessmentChange),
    /// Growth the next time that this process runs.
    GrowthWhenItRunsAgain {
        /// Base name of the process.
        process: String,
    },
    /// Growth of private bytes as well.
    PrivateBytesGrow,
}
