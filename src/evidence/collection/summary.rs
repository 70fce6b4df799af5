//! Summary of one evidence file.

use std::collections::BTreeSet;

use crate::base::time::Timestamp;
use crate::evidence::dump::DumpWarning;
use crate::evidence::events::EventWarning;
use crate::evidence::poolmon::SnapshotWarning;
use crate::evidence::windbg::SessionWarning;

/// Summary of one evidence file, for the list of inputs.
#[derive(Clone, Debug, Default)]
pub struct ReadSummary {
    /// Number of snapshots, events, tables or entries.
    pub items: u64,
    /// First time in the file.
    pub first: Option<Timestamp>,
    /// Last time in the file.
    pub last: Option<Timestamp>,
    /// Machine names in the file.
    pub machines: BTreeSet<String>,
    /// What was ignored or could not be read.
    pub warnings: Vec<EvidenceWarning>,
}

/// A part of a file that was ignored or could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceWarning {
    /// About `PoolMon`'s display or a table by tag.
    #[error(transparent)]
    Snapshots(#[from] SnapshotWarning),
    /// About debugger output.
    #[error(transparent)]
    Session(#[from] SessionWarning),
    /// About a kernel dump.
    #[error(transparent)]
    Dump(#[from] DumpWarning),
    /// About events.
    #[error(transparent)]
    Events(#[from] EventWarning),
    /// Number of lines in a list of pool tags that are not entries.
    #[error("ignored {} that are not entries", crate::base::units::counted(*.0, "line", "lines"))]
    OddListLines(usize),
}
