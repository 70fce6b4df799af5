//! Physical memory, and where its size is known from.

use chrono::NaiveDateTime;

/// Physical memory of a machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Ram {
    /// Bytes.
    pub bytes: u64,
    /// Where the figure comes from.
    pub source: RamSource,
}

impl Ram {
    /// Whether the figure is exact rather than an estimate.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.source != RamSource::Estimated
    }
}

/// Where the size of physical memory is known from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RamSource {
    /// The user gives it.
    User,
    /// `NUMA Node Memory(*)\Total MBytes`, of so many nodes.
    NumaNodes {
        /// Nodes.
        nodes: usize,
    },
    /// Counters that nearly add up to it.
    Estimated,
    /// Event 2004 of the Resource-Exhaustion-Detector.
    Event2004 {
        /// When it was logged, UTC.
        when: NaiveDateTime,
    },
    /// `!vm` of the debugger.
    Vm {
        /// The file that it is in.
        file: String,
    },
    /// The header of a kernel dump.
    DumpHeader {
        /// The dump's file name.
        file: String,
    },
    /// The lines above a `PoolMon` snapshot.
    SnapshotHead {
        /// The snapshot's file, and where it begins in it.
        source: String,
    },
}
