//! Logs in other formats: relog's job, on any system.
//!
//! Several logs become one table (`plan`): the union of their columns, their samples in order of time.
//! One exporter a format writes it, in memory that does not grow with the logs.

mod binary;
#[cfg(feature = "parquet")]
mod parquet;
mod plan;
pub mod text;

use std::io;

use crate::log::{Log, LogError};
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
    /// Nothing is left of the logs.
    #[error("{0}")]
    Nothing(String),
}

/// What is odd about the logs, each with its file.
fn warn_of(logs: &[Log], plan: &Plan) -> Vec<String> {
    let own = |(log, contents): (&Log, &crate::log::Contents)| {
        let path = log.path().display().to_string();
        contents.warnings.iter().map(|text| format!("{path}: {text}")).collect::<Vec<_>>()
    };
    logs.iter().zip(&plan.contents).flat_map(own).collect()
}

fn nothing() -> ConvertError {
    ConvertError::Nothing("no sample of the inputs is within --from and --to".to_owned())
}
