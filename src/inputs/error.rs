//! Why an input could not be read.

use crate::evidence::EvidenceError;
use crate::log::LogError;

/// An input that could not be read; prints as one line with the file.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// A counter log, or a file of an unknown format.
    #[error(transparent)]
    Log(#[from] LogError),
    /// An evidence file.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
}

impl InputError {
    /// Whether the file is unrelated to the analysis: a folder of a support case contains many such files.
    #[must_use]
    pub fn is_unrelated(&self) -> bool {
        match self {
            Self::Log(error) => error.kind.is_no_log(),
            Self::Evidence(_) => false,
        }
    }
}
