//! Why a file could not be read as a log.

use std::io;
use std::path::{Path, PathBuf};

/// A log that could not be read; prints as one line that names the file and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{}: {kind}", path.display())]
pub struct LogError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub kind: LogErrorKind,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogErrorKind {
    /// The operating system refused.
    #[error("cannot be read: {0}{advice}", advice = advice(.0))]
    Io(io::Error),
    /// No bytes at all.
    #[error("is empty; check that the collector was started and had ended or flushed before the copy")]
    Empty,
    /// Neither a .blg nor PDH text.
    #[error(
        "is not a Performance Monitor log: expected a .blg (an ETW file with counters) or a PDH-CSV / PDH-TSV \
         header on line 1, found {found}"
    )]
    NotALog {
        /// The beginning of the file, in words.
        found: String,
    },
    /// A log of another system in the same form.
    #[error(
        "is a log of VMware's esxtop, in the same form but with the counters of an ESXi host (\\{object}); collect on the \
         Windows machine itself"
    )]
    Esxtop {
        /// The object that tells.
        object: &'static str,
    },
    /// A trace file without counters.
    #[error("is an event trace (.etl) without performance counters{damage}; give the .blg of a counter collector")]
    NoCounters {
        /// What was found damaged, in parentheses; empty when nothing was.
        damage: String,
    },
    /// A .blg whose catalog is gone.
    #[error(
        "holds {records} data records but no counter catalog{damage}, so no value can be named; it stood in a part of \
         the file that is cut off, damaged or overwritten. Log into a larger file (logman -max) or into a sequential one (-f bin)"
    )]
    NoCatalog {
        /// Data records that were found.
        records: usize,
        /// What was found damaged, in parentheses; empty when nothing was.
        damage: String,
    },
    /// A log that was created but never got a sample.
    #[error(
        "holds {what} but not one sample that can be decoded; it was copied too early, cut off, or the collector did not \
         run for two intervals"
    )]
    NoSamples {
        /// What was found instead.
        what: String,
    },
    /// Other evidence than a log that could not be read.
    #[error("{0}")]
    Other(String),
    /// The header of a text log could not be used.
    #[error("line {line}: {what}")]
    Text {
        /// From 1.
        line: u64,
        /// What was expected and found.
        what: String,
    },
}

impl LogErrorKind {
    /// Names the file.
    #[must_use]
    pub fn at(self, path: &Path) -> LogError {
        LogError { path: path.to_owned(), kind: self }
    }
}

/// What to do where Windows refuses a file. By its codes: its words are of the user's language.
fn advice(error: &io::Error) -> &'static str {
    const ACCESS_DENIED: i32 = 5;
    const SHARING_VIOLATION: i32 = 32;
    const LOCK_VIOLATION: i32 = 33;
    match error.raw_os_error() {
        Some(ACCESS_DENIED) if cfg!(windows) => {
            "; run this in a prompt that runs as administrator, or copy the file to a folder of your own there"
        }
        Some(SHARING_VIOLATION | LOCK_VIOLATION) if cfg!(windows) => {
            "; another program holds it: if that is the collector, end the log with perfverdict collect stop or rotate"
        }
        _ => "",
    }
}
