//! Physical memory and the source of its size.

use chrono::NaiveDateTime;

use super::SnapshotPlace;

/// Physical memory of a machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Ram {
    /// Size in bytes.
    pub bytes: u64,
    /// Source of the size.
    pub source: RamSource,
}

impl Ram {
    /// Whether the size is exact, not an estimate.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.source != RamSource::Estimated
    }
}

/// Source of the size of physical memory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RamSource {
    /// Set by the user.
    User,
    /// Sum of `NUMA Node Memory(*)\Total MBytes`.
    NumaNodes {
        /// Number of nodes.
        nodes: usize,
    },
    /// Estimated from counters that nearly add up to it.
    Estimated,
    /// Event 2004 of the Resource-Exhaustion-Detector.
    Event2004 {
        /// Time of the event, UTC.
        when: NaiveDateTime,
    },
    /// Output of the debugger's `!vm`.
    Vm {
        /// File that contains it.
        file: String,
    },
    /// The header of a kernel dump.
    DumpHeader {
        /// The dump's file name.
        file: String,
    },
    /// Heading of a `PoolMon` snapshot.
    SnapshotHead(SnapshotPlace),
}
