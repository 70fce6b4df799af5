//! Facts that only findings of one kind have; headlines and next steps are made of them.

use crate::attribute::events::Exhausted;
use crate::attribute::origin::Holders;
use crate::attribute::tags::{LargestTag, Tags};
use crate::attribute::timing::CorrelatedProcess;
use crate::base::Pool;
use crate::base::time::FileTime;
use crate::counters::ProcessField;
use crate::model::Time;

/// What only findings of one kind have.
#[derive(Clone, Debug)]
pub enum About {
    /// A kernel pool.
    Pool(Box<PoolFacts>),
    /// A series of one process.
    Process(ProcessFacts),
    /// Committed memory.
    Commit(CommitFacts),
    /// Free system page table entries.
    SystemPtes(SystemPteFacts),
    /// How short memory is, in a log without committed bytes.
    Level(LevelFacts),
}

/// A pool.
#[derive(Clone, Debug)]
pub struct PoolFacts {
    /// Which pool.
    pub pool: Pool,
    /// Its size at the end and at most, bytes; or why there is none.
    pub level: Result<PoolLevel, Missing>,
    /// Who holds the growth.
    pub holders: Option<Holders>,
    /// What pool tags show.
    pub tags: Tags,
    /// What the suspicion rests on.
    pub rests_on: RestsOn,
    /// The process that the growth comes with.
    pub correlated: Option<CorrelatedProcess>,
    /// When events record that it was exhausted.
    pub exhausted: Option<(Exhausted, Option<Time>)>,
    /// The pool does not grow, but uses much of RAM.
    pub much_of_ram: Option<MuchOfRam>,
    /// Whether someone was refused memory though the counters do not show why.
    pub refused: Refused,
}

/// Sizes of a pool, bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoolLevel {
    /// At the end of the log.
    pub last: f64,
    /// At most.
    pub highest: f64,
}

/// Why there is no pool to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No counter log is given.
    NoLog,
    /// The log does not have the counter.
    NoCounter,
    /// The log does not have it under a known name, and has names in a language that is not known.
    UnknownLanguage,
    /// It has it, but none of so many values is plausible.
    NotPlausible {
        /// How many values it has.
        values: usize,
    },
}

/// What a verdict on a pool rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestsOn {
    /// Counters.
    Counters,
    /// Snapshots of pool tags alone.
    Snapshots,
}

/// A pool that does not grow and uses much of RAM.
#[derive(Clone, Debug, PartialEq)]
pub struct MuchOfRam {
    /// Share of RAM, 0 to 1.
    pub share: f64,
    /// The tag that holds most of it.
    pub tag: Option<LargestTag>,
}

/// Whether an event records that memory was refused which counters do not explain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// None does.
    No,
    /// One does.
    WithoutCause,
}

/// A series of one process.
#[derive(Clone, Debug)]
pub struct ProcessFacts {
    /// Base name.
    pub name: String,
    /// Process id.
    pub pid: Option<u32>,
    /// The counter.
    pub field: ProcessField,
    /// Its last value.
    pub last: f64,
    /// The last sample of the process.
    pub last_seen: FileTime,
    /// Whether it runs at the end of the log.
    pub life: Life,
}

/// Whether a process runs at the end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It does.
    Running,
    /// It ended before.
    Ended,
}

/// Committed memory.
#[derive(Clone, Debug)]
pub struct CommitFacts {
    /// At the end of the log, bytes.
    pub last: f64,
    /// The commit limit, bytes.
    pub limit: Option<f64>,
    /// When the growth found reaches the limit, hours after the log.
    pub hours_left: Option<f64>,
    /// How near the limit is.
    pub room: Room,
    /// The process that holds most of the growth.
    pub holder: Option<(String, Option<u32>)>,
}

/// How much is left of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Enough.
    Enough,
    /// Little.
    Short,
}

/// A level that shows how short memory is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelFacts {
    /// Which one.
    pub level: Level,
    /// At the end of the log.
    pub last: f64,
}

/// What shows how short memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Available memory, bytes.
    Available,
    /// Committed memory, percent of its limit.
    CommitShare,
}

/// Free system page table entries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SystemPteFacts {
    /// Free at the end of the log.
    pub free: f64,
    /// How many are left.
    pub room: Room,
}
