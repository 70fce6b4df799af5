//! Why a file could not be read as a log.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::warning::Damage;
use crate::base::system_error;
use crate::base::units::{count, counted};

/// A log that could not be read. Prints as one line with the file and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{}: {kind}", path.display())]
pub struct LogError {
    /// The file.
    pub path: PathBuf,
    /// The reason.
    pub kind: LogErrorKind,
}

/// Why a file could not be read as a log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogErrorKind {
    /// The operating system returned an error.
    #[error("cannot be read: {}{}", system_error(.0), advice(.0))]
    Io(io::Error),
    /// The file is empty.
    #[error("is empty; check that the collector was started, and stopped before the file was copied")]
    Empty,
    /// Neither a .blg nor PDH text.
    #[error(
        "is not a Performance Monitor log: expected a .blg (an ETW file with counters) or a PDH-CSV / PDH-TSV \
         header on line 1, found {found}"
    )]
    NotALog {
        /// The start of the file, in words.
        found: String,
    },
    /// A file of a known kind that is no counter log.
    #[error("is {name}, not a counter log: {advice}")]
    OtherKind {
        /// What it is called, with its article.
        name: String,
        /// What to do with it, or instead.
        advice: &'static str,
    },
    /// A Parquet file whose rows are not those of `perfverdict convert`.
    #[error(
        "is a Parquet file of another program; perfverdict reads only those that perfverdict convert wrote. Provide the \
         log that it was made from, or a CSV file with one column a counter"
    )]
    ForeignParquet,
    /// A Parquet file that cannot be decoded.
    #[error("is a damaged Parquet file ({reason}); convert the log again, or provide the log itself")]
    DamagedParquet {
        /// What is wrong.
        reason: String,
    },
    /// A log of another system in the same format.
    #[error(
        "is a log of VMware's esxtop, with counters of an ESXi host (\\{object}); collect on the Windows machine itself"
    )]
    Esxtop {
        /// An object that only such logs contain.
        object: &'static str,
    },
    /// A trace file without counters.
    #[error("{}", no_counters(.damage.as_ref()))]
    NoCounters {
        /// The first damaged place.
        damage: Option<Damage>,
    },
    /// A .blg without its catalog.
    #[error(
        "contains {} but no counter catalog{}, so the values have no names; the catalog was in a part \
         of the file that is cut off, damaged or overwritten. Log to a larger file, or to one that is not circular",
        counted(*.records, "data record", "data records"),
        note(.damage.as_ref())
    )]
    NoCatalog {
        /// Number of data records.
        records: usize,
        /// The first damaged place.
        damage: Option<Damage>,
    },
    /// A log that was created but has no sample.
    #[error(
        "contains {0} but no sample that can be decoded; it was copied too early or cut off, or the collector did not \
         run for two intervals"
    )]
    NoSamples(WithoutSamples),
    /// A row of a text log does not start with a time.
    #[error("line {line}: expected a time such as {example}, found \"{found}\"", example = .column.example())]
    NoTime {
        /// Line number, from 1.
        line: u64,
        /// The column in which a time is expected.
        column: TimeColumn,
        /// Content of that column.
        found: String,
    },
    /// A spreadsheet displayed a time as minutes and seconds, and saved what it displayed.
    #[error(
        "line {line}: a spreadsheet saved only minutes and seconds of the times (\"{found}\"): their dates and hours are \
         lost; provide the log that was opened in the spreadsheet, or format its first column as yyyy-mm-dd hh:mm:ss \
         before you save"
    )]
    TimeCut {
        /// From 1.
        line: u64,
        /// What is there.
        found: String,
    },
    /// A header with the signature of PDH, but without counters.
    #[error("line 1: has the PDH signature but not one counter path (\\\\MACHINE\\Object\\Counter); found \"{found}\"")]
    NoCounterPath {
        /// The first column name, or the text in its place.
        found: String,
    },
    /// A header with more columns than any log of Performance Monitor has.
    #[error(
        "has {} columns; the limit is {}. Check whether the file is a log",
        count(*columns as f64),
        count(*most as f64)
    )]
    TooManyColumns {
        /// Columns of the header.
        columns: usize,
        /// The limit.
        most: usize,
    },
    /// The rows of a text log have more columns than its header.
    #[error(
        "line 1: names {}, but the rows have more: the header lost a name or a quote, so that no value can \
         be assigned to a counter; restore line 1",
        counted(*.columns, "column", "columns")
    )]
    HeaderTooShort {
        /// Number of columns in the header.
        columns: usize,
    },
}

/// Content of a log without samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithoutSamples {
    /// Only the header of a .blg.
    LogHeader,
    /// The catalog of a .blg, with this many entries.
    Catalog(usize),
    /// The header of a text log, with this many counters.
    Header(u64),
    /// The column names of an export of Get-Counter.
    GetCounterColumns,
}

impl fmt::Display for WithoutSamples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LogHeader => f.write_str("a log header"),
            Self::Catalog(entries) => write!(f, "a catalog of {}", counted(*entries, "entry", "entries")),
            Self::Header(counters) => {
                let counters = usize::try_from(*counters).unwrap_or(usize::MAX);
                write!(f, "a header of {}", counted(counters, "counter", "counters"))
            }
            Self::GetCounterColumns => f.write_str("the column names of a Get-Counter export"),
        }
    }
}

/// The column in which the time of a row is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeColumn {
    /// The first column, in every log of Performance Monitor.
    First,
    /// The column `Timestamp`, in an export of Get-Counter.
    Timestamp,
}

impl TimeColumn {
    fn example(self) -> &'static str {
        match self {
            Self::First => "03/14/2026 02:10:00.000 first in each row",
            Self::Timestamp => "3/14/2026 2:10:00 AM in the column Timestamp",
        }
    }
}

impl LogErrorKind {
    /// Whether the file is no log at all, of which a folder of a support case contains many.
    #[must_use]
    pub fn is_no_log(&self) -> bool {
        matches!(self, Self::NotALog { .. } | Self::OtherKind { .. } | Self::ForeignParquet | Self::Empty)
    }

    /// Adds the file.
    #[must_use]
    pub fn at(self, path: &Path) -> LogError {
        LogError { path: path.to_owned(), kind: self }
    }
}

fn no_counters(damage: Option<&Damage>) -> String {
    match damage {
        None => {
            "is an event trace (.etl) without performance counters; provide the .blg of a counter collector".to_owned()
        }
        Some(damage) => format!(
            "is cut off or damaged before its first counter ({damage}); stop the collector and copy the .blg again. If the \
             file is an event trace (.etl), it has no counters: provide the .blg of a counter collector"
        ),
    }
}

fn note(damage: Option<&Damage>) -> String {
    damage.map_or_else(String::new, |damage| format!(" ({damage})"))
}

/// What to do if Windows cannot open a file. Based on error codes, because messages are in the user's language.
fn advice(error: &io::Error) -> &'static str {
    const ACCESS_DENIED: i32 = 5;
    const SHARING_VIOLATION: i32 = 32;
    const LOCK_VIOLATION: i32 = 33;
    match error.raw_os_error() {
        Some(ACCESS_DENIED) if cfg!(windows) => {
            "; use an elevated prompt, or copy the file to a folder of your own first"
        }
        Some(SHARING_VIOLATION | LOCK_VIOLATION) if cfg!(windows) => {
            "; another program has it open: if that is the collector, stop it first"
        }
        _ => "",
    }
}
