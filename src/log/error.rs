//! Why a file could not be read as a log.

use std::io;
use std::path::{Path, PathBuf};

use super::warning::Damage;

/// A log that could not be read. Prints as one line with the file and what to do.
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
    #[error("is empty; check that the collector was started, and stopped before the file was copied")]
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
        "is a log of VMware's esxtop, with counters of an ESXi host (\\{object}); collect on the Windows machine itself"
    )]
    Esxtop {
        /// An object that only such logs have.
        object: &'static str,
    },
    /// A trace file without counters.
    #[error("is an event trace (.etl) without performance counters{}; provide the .blg of a counter collector", note(.damage.as_ref()))]
    NoCounters {
        /// The first damaged place.
        damage: Option<Damage>,
    },
    /// A .blg without its catalog.
    #[error(
        "contains {records} data records but no counter catalog{}, so the values have no names; the catalog was in a part \
         of the file that is cut off, damaged or overwritten. Log to a larger file, or to one that is not circular", note(.damage.as_ref())
    )]
    NoCatalog {
        /// Data records that were found.
        records: usize,
        /// The first damaged place.
        damage: Option<Damage>,
    },
    /// A log that was created but never got a sample.
    #[error(
        "contains {what} but no sample that can be decoded; it was copied too early or cut off, or the collector did not \
         run for two intervals"
    )]
    NoSamples {
        /// What was found instead.
        what: String,
    },
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

fn note(damage: Option<&Damage>) -> String {
    damage.map_or_else(String::new, |damage| format!(" ({damage})"))
}

/// What to do where Windows refuses a file. By its codes: its words are of the user's language.
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
