//! Ignored and corrected parts of a file of snapshots.

use crate::base::units::counted;

/// An ignored or corrected part of a file of snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotWarning {
    /// Number of rows of session pools.
    #[error("ignored {} of session pools, which the pool counters do not include", counted(*.0, "row", "rows"))]
    SessionPools(usize),
    /// Number of values of which the display shows only 32 bits.
    #[error(
        "{} above 4 GB, of which 32 bits are shown; corrected by Diff and Per Alloc",
        counted(*.0, "value", "values")
    )]
    Beyond32Bits(usize),
    /// Number of lines that look like rows but are not readable.
    #[error("{} that look like rows could not be read", counted(*.0, "line", "lines"))]
    UnreadableLines(usize),
    /// Number of rows without a tag or its bytes.
    #[error("ignored {} without a tag and its bytes", counted(*.0, "row", "rows"))]
    IncompleteRows(usize),
}
