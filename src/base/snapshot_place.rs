//! The place of a snapshot of pool tags.

/// Where a snapshot of pool tags was found.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SnapshotPlace {
    /// Not known yet.
    #[default]
    Unknown,
    /// The whole file.
    File(String),
    /// From a line of a text on.
    Line {
        /// File name.
        file: String,
        /// Line, counted from 1.
        line: usize,
    },
    /// From a row of a table on.
    Row {
        /// File name.
        file: String,
        /// Row, counted from 1.
        row: u64,
    },
    /// The results of `!poolfind` in saved output of a debugger.
    PoolFind {
        /// File name.
        file: String,
    },
    /// An event of this id.
    Event(u32),
}
