//! Facts that only one kind of finding has. Headlines and next steps use them.

use crate::attribute::events::Exhausted;
use crate::attribute::origin::Holders;
use crate::attribute::tags::{LargestTag, Tags};
use crate::attribute::timing::CorrelatedProcess;
use crate::base::Pool;
use crate::base::time::FileTime;
use crate::counters::ProcessField;
use crate::model::Time;

/// Facts of one kind of finding.
#[derive(Clone, Debug)]
pub enum About {
    Pool(Box<PoolFacts>),
    /// A counter of one process.
    Process(ProcessFacts),
    Commit(CommitFacts),
    SystemPtes(SystemPteFacts),
    /// How short memory is, in a log without committed bytes.
    Level(LevelFacts),
}

/// Facts about a pool.
#[derive(Clone, Debug)]
pub struct PoolFacts {
    pub pool: Pool,
    /// Its size, or why it is unknown.
    pub level: Result<PoolLevel, Missing>,
    /// The drivers or processes whose memory grew.
    pub holders: Option<Holders>,
    /// Evidence from pool tags.
    pub tags: Tags,
    pub rests_on: RestsOn,
    /// The process that runs when the pool grows.
    pub correlated: Option<CorrelatedProcess>,
    /// First event that records exhaustion, with its time.
    pub exhausted: Option<(Exhausted, Option<Time>)>,
    /// Set if the pool does not grow but uses much of RAM.
    pub much_of_ram: Option<MuchOfRam>,
    pub refused: Refused,
}

/// Sizes of a pool, bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoolLevel {
    /// Size at the end of the log.
    pub last: f64,
    /// Largest size in the log.
    pub highest: f64,
}

/// Why a pool cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// There is no counter log.
    NoLog,
    /// The log does not have the counter.
    NoCounter,
    /// The log has the counter, and no value of it.
    NoValue,
    /// The log does not have it under a known name, and has names in a language that is not known.
    UnknownLanguage,
    /// The log has the counter, but none of its values is plausible.
    NotPlausible {
        /// Number of values.
        values: usize,
    },
}

/// The source of a verdict on a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestsOn {
    Counters,
    /// Only snapshots of pool tags.
    Snapshots,
}

/// A pool that does not grow and uses much of RAM.
#[derive(Clone, Debug, PartialEq)]
pub struct MuchOfRam {
    pub share: f64,
    /// The largest tag of the pool.
    pub tag: Option<LargestTag>,
}

/// Whether an event records a failed allocation that the counters do not explain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    No,
    WithoutCause,
}

/// Facts about a counter of one process.
#[derive(Clone, Debug)]
pub struct ProcessFacts {
    pub name: String,
    pub pid: Option<u32>,
    pub field: ProcessField,
    /// Last value, in the unit of the counter.
    pub last: f64,
    /// Time of the last sample of the process.
    pub last_seen: FileTime,
    pub life: Life,
}

/// Whether a process runs at the end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    Running,
    Ended,
}

/// Facts about committed memory.
#[derive(Clone, Debug)]
pub struct CommitFacts {
    /// Committed memory at the end of the log, bytes.
    pub last: f64,
    /// Commit limit, bytes.
    pub limit: Option<f64>,
    /// Hours from the end of the log until the growth reaches the limit.
    pub hours_left: Option<f64>,
    pub room: Room,
    /// The process with most of the growth: name and id.
    pub holder: Option<(String, Option<u32>)>,
}

/// Whether a resource is running short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    Enough,
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

/// Facts about free system page table entries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SystemPteFacts {
    /// Free entries at the end of the log.
    pub free: f64,
    pub room: Room,
}
