//! What was read of one file.

use std::collections::BTreeSet;

use crate::base::time::Timestamp;
use crate::evidence::dump::DumpWarning;
use crate::evidence::events::EventWarning;
use crate::evidence::poolmon::SnapshotWarning;
use crate::evidence::windbg::SessionWarning;

/// What was read of one file, for the list of inputs.
#[derive(Clone, Debug, Default)]
pub struct ReadSummary {
    /// Snapshots, events, tables or entries read.
    pub items: u64,
    /// First time that it names.
    pub first: Option<Timestamp>,
    /// Last time that it names.
    pub last: Option<Timestamp>,
    /// The machines that it names.
    pub machines: BTreeSet<String>,
    /// What was ignored or could not be read.
    pub warnings: Vec<EvidenceWarning>,
}

/// What of a file was ignored or could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceWarning {
    /// Of `PoolMon`'s display or a table by tag.
    #[error(transparent)]
    Snapshots(#[from] SnapshotWarning),
    /// Of debugger output.
    #[error(transparent)]
    Session(#[from] SessionWarning),
    /// Of a kernel dump.
    #[error(transparent)]
    Dump(#[from] DumpWarning),
    /// Of events.
    #[error(transparent)]
    Events(#[from] EventWarning),
    /// Lines of a list of pool tags that are not entries.
    #[error("ignored {} that are not entries", crate::base::units::counted(*.0, "line", "lines"))]
    OddListLines(usize),
}
