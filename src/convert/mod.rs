//! Converts logs to other formats, like relog, on any system.
//!
//! Several logs become one table (`plan`): the union of their columns, their samples in order of time. One exporter per
//! format writes it; memory use does not grow with the logs.

mod binary;
#[cfg(feature = "parquet")]
mod parquet;
mod plan;
pub mod text;

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::base::units;
use crate::log::pdh_text::shorten;
use crate::log::{Log, LogError, LogWarning, MOST_COLUMNS};
pub use binary::write as write_blg;
#[cfg(feature = "parquet")]
pub use parquet::write as write_parquet;
pub use plan::{Plan, Planned};
pub use text::{Dialect, write as write_text};

/// Why logs were not converted.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// A log could not be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The output could not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// No counter in the logs matches.
    #[error("no counter matches")]
    NoCounters,
    /// No counter has a name that a text log can contain.
    #[error("no counter has a name that a text log can contain")]
    NoNames,
    /// No sample in the logs matches.
    #[error("no sample is in the time range")]
    NoSamples,
    /// More columns than are read again.
    #[error(
        "{} counters; a text or Parquet file with more than {} could not be read again. Convert to .blg, or choose \
         counters",
        units::count(*columns as f64),
        units::count(MOST_COLUMNS as f64)
    )]
    TooManyColumns {
        /// Number of columns.
        columns: usize,
    },
}

/// An irregularity of the converted logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConvertWarning {
    /// A warning about a log.
    Log {
        /// File of the log.
        path: PathBuf,
        /// The warning.
        warning: LogWarning,
    },
    /// Values that a raw counter cannot contain: negative fractions, or beyond 2^63.
    LeftOut {
        /// Number of values.
        count: u64,
    },
    /// Fractions with more digits than a raw counter can store next to the largest value of their column.
    Rounded {
        /// Number of values.
        count: u64,
    },
    /// Samples of years that the output cannot contain.
    YearsLeftOut {
        /// Number of samples.
        count: u64,
    },
    /// Counters whose names text logs cannot contain.
    NamesLeftOut {
        /// Number of counters.
        count: u64,
    },
    /// Names with line breaks or other characters that text logs cannot contain, which were replaced.
    CharactersReplaced {
        /// Number of names.
        count: u64,
    },
    /// A collector's description, which the output format cannot contain.
    DescriptionLeftOut {
        /// File of the log.
        path: PathBuf,
        /// The description.
        text: String,
    },
}

fn counted(count: u64, one: &str, many: &str) -> String {
    units::counted(usize::try_from(count).unwrap_or(usize::MAX), one, many)
}

impl fmt::Display for ConvertWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Log { path, warning } => write!(f, "{}: {warning}", path.display()),
            Self::LeftOut { count } => {
                let values = counted(*count, "value that fits", "values that fit");
                write!(f, "left out {values} no raw counter (negative fractions, or beyond 2^63)")
            }
            Self::Rounded { count } => write!(
                f,
                "rounded {} to the 62 binary digits that a raw counter has beside the largest of its column",
                counted(*count, "fraction", "fractions")
            ),
            Self::YearsLeftOut { count } => write!(
                f,
                "left out {} dated before 1601 or after 9999, which the output format cannot contain",
                counted(*count, "sample", "samples")
            ),
            Self::NamesLeftOut { count } => {
                let counters = counted(*count, "counter", "counters");
                write!(f, "left out {counters} whose names a text log cannot contain")
            }
            Self::CharactersReplaced { count } => {
                let names = counted(*count, "name", "names");
                write!(
                    f,
                    "{names} with characters that a text log cannot contain, such as line breaks, written as \u{fffd}"
                )
            }
            Self::DescriptionLeftOut { path, text } => {
                write!(
                    f,
                    "{}: left out the description \"{}\"; only .csv and .tsv files can contain one, and only one",
                    path.display(),
                    text
                )
            }
        }
    }
}

impl ConvertWarning {
    fn of_log<'w>(log: &Log, warnings: &'w [LogWarning]) -> impl Iterator<Item = Self> + use<'w> {
        let path = log.path().to_owned();
        warnings.iter().map(move |warning| Self::Log { path: path.clone(), warning: warning.clone() })
    }
}

/// Refuses to write a file that could not be read again.
///
/// # Errors
/// If it has more columns than are read.
fn check_columns(columns: usize) -> Result<(), ConvertError> {
    if columns > MOST_COLUMNS { Err(ConvertError::TooManyColumns { columns }) } else { Ok(()) }
}

/// Descriptions that the output format cannot contain.
fn descriptions_left_out(logs: &[Log], plan: &Plan) -> impl Iterator<Item = ConvertWarning> {
    logs.iter().zip(&plan.contents).filter_map(|(log, contents)| {
        let (path, text) = (log.path().to_owned(), shorten(contents.description.as_deref()?));
        Some(ConvertWarning::DescriptionLeftOut { path, text })
    })
}

/// Warnings about the logs.
fn warnings_of(logs: &[Log], warnings: &[Vec<LogWarning>]) -> Vec<ConvertWarning> {
    logs.iter().zip(warnings).flat_map(|(log, warnings)| ConvertWarning::of_log(log, warnings)).collect()
}
