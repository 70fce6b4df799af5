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

/// One item of evidence. Sizes are bytes and shares 0 to 1 unless said otherwise.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reason {
    /// How the series moves.
    Assessed(Evidence),
    /// The stretches between restarts.
    Restarts(RestartSummary),
    /// Who holds the growth.
    Origin(OriginReason),
    /// What pool tags show.
    Tag(TagReason),
    /// The pool was exhausted.
    PoolExhausted(ExhaustedEvents),
    /// Something was installed shortly before the growth began.
    Installed(Arrival),
    /// The growth comes while a process runs that holds none of it.
    Correlated(CorrelatedProcess),
    /// The level before a process first ran, and after it last did.
    GrewWhileItRan {
        /// Both levels.
        levels: (f64, f64),
        /// How often it ran.
        runs: Runs,
    },
    /// Each time that the pool fell back this process had ended and a new one of its name began.
    RestartedAtEachFall {
        /// Base name.
        process: String,
    },
    /// The pool falls back at once, but no process begins anew with it.
    FallsWithoutRestart {
        /// How often.
        falls: usize,
    },
    /// The pool moves too much, but what is charged to processes rises steadily.
    ChargedRises {
        /// By so many bytes.
        growth: f64,
        /// Share of the pool.
        share: f64,
    },
    /// Processes of a name gained pool and ended, and the pool fell with them.
    ReleasedAddedBack {
        /// Base name.
        process: String,
        /// How often one ended.
        ends: usize,
    },
    /// Available memory at the begin and end of the growth.
    AvailableMemory {
        /// At its begin.
        first: f64,
        /// At its end.
        last: f64,
        /// Share of the loss that the pool's growth makes, where it is no more than all of it.
        share: Option<f64>,
    },
    /// Allocations that came with the growth, and handles that all processes opened meanwhile.
    WithGrowth {
        /// How many allocations, and the bytes of each.
        allocations: Option<(f64, f64)>,
        /// How many handles, and bytes for each.
        handles: Option<(f64, f64)>,
    },
    /// The counter has no values in the last hours of the log.
    EndsEarly {
        /// How many hours.
        hours: f64,
    },
    /// Values that are not plausible were left out.
    Rejected {
        /// The largest that is, in the unit of the finding.
        most: f64,
        /// How many.
        values: usize,
    },
    /// The paging file was nearly full.
    PagingFile {
        /// Highest usage, percent.
        highest: f64,
        /// Usage at the end, percent.
        last: f64,
    },
    /// What committed memory shows.
    Commit(CommitReason),
    /// Free system page table entries at the begin, at the end, and at most.
    SystemPtes {
        /// At the begin.
        first: f64,
        /// At the end.
        last: f64,
        /// At most.
        most: f64,
    },
    /// Any use of memory makes available memory less.
    AnyUseOfMemory,
    /// The figures of growth count entries in use.
    CountsEntriesInUse,
    /// A working set grows, but private bytes do not.
    WorkingSetAlone,
    /// Memory of a process grows by a counter that shows it less directly than private bytes, which were not logged.
    NoPrivateBytes(ProcessField),
    /// The series is the sum of all processes of a name.
    SumOfTheName,
    /// Other counters of the same process that rose meanwhile: from, to.
    RoseAsWell(Vec<(ProcessField, Unit, f64, f64)>),
    /// The process ended before the log did.
    ProcessEnded,
    /// Other processes of this name grew alike and ended.
    OthersOfTheName {
        /// How many.
        processes: usize,
    },
}

/// Evidence of committed memory. Sizes are bytes and shares 0 to 1.
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
        /// Neither, where it is a large enough part.
        other: Option<f64>,
    },
    /// The log has no counters that show who holds the growth of committed memory.
    HolderUnknown {
        /// What the pools hold of it, where they are logged.
        pools: Option<f64>,
    },
    /// What the pools hold of committed memory is charged to processes.
    PoolsChargedToProcesses,
    /// How much of the commit limit is used.
    Used {
        /// Committed memory as a share of it.
        share: f64,
        /// The limit.
        limit: f64,
    },
    /// A pool is exhausted before committed memory is.
    PoolExhaustedFirst {
        /// Which pool.
        pool: Subject,
        /// When it is.
        pool_at: Time,
        /// When committed memory is.
        at: Time,
        /// Hours from the last sample to then.
        hours_ahead: f64,
    },
    /// Committed memory is exhausted before the pools are.
    ExhaustedFirst {
        /// When.
        at: Time,
        /// Hours from the last sample to then.
        hours_ahead: f64,
    },
}

/// How often something ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// Once.
    One,
    /// Several times.
    Several,
}

/// Where sources contradict each other.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Disagreement {
    /// Pool tags.
    Tags(TagDisagreement),
    /// Events that record a pool exhausted which held more later.
    Events(ContradictedEvents),
    /// What contradicts that a pool does not leak.
    NoGrowth(Pool, Contradiction),
}

/// What would change a verdict.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum WouldChange {
    /// By how the series moves.
    Assessed(crate::detect::AssessmentChange),
    /// Growth when this process runs again.
    GrowthWhenItRunsAgain {
        /// Base name.
        process: String,
    },
    /// Private bytes that grow as well.
    PrivateBytesGrow,
}
