//! What of a file of snapshots was ignored or corrected.

use crate::base::units::counted;

/// What of a file of snapshots was ignored or corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotWarning {
    /// Rows of session pools.
    #[error("ignored {} of session pools, which the pool counters do not include", counted(*.0, "row", "rows"))]
    SessionPools(usize),
    /// Values of which the display shows 32 bits only.
    #[error(
        "{} above 4 GB, of which 32 bits are shown; corrected by Diff and Per Alloc",
        counted(*.0, "value", "values")
    )]
    Beyond32Bits(usize),
    /// Lines that look like rows.
    #[error("{} that look like rows could not be read", counted(*.0, "line", "lines"))]
    UnreadableLines(usize),
    /// Rows without a tag or its bytes.
    #[error("ignored {} without a tag and its bytes", counted(*.0, "row", "rows"))]
    IncompleteRows(usize),
}
