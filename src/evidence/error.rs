//! Why an evidence file could not be read.

use std::io;
use std::path::{Path, PathBuf};

use super::dump::DumpError;
use super::events::EventError;
use crate::base::system_error;

/// An evidence file that could not be read; prints as one line with the file and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{}: {kind}", path.display())]
pub struct EvidenceError {
    /// The file.
    pub path: PathBuf,
    /// The reason.
    pub kind: EvidenceErrorKind,
}

/// Why an evidence file could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceErrorKind {
    /// The operating system returned an error.
    #[error("cannot be read: {}", system_error(.0))]
    Io(#[from] io::Error),
    /// The text is so large that reading it would need a multiple of its size in memory.
    #[error("is larger than 1 GB, which is too large for a text of this kind; split it")]
    TextTooLarge,
    /// The file looks like pool use by tag, but no row can be read.
    #[error(
        "looks like pool use by tag, but no row could be read; expected a tag, its type, allocations, frees, difference \
         and bytes"
    )]
    NoPoolRows,
    /// A list of pool tags without entries.
    #[error("contains no pool tags; expected lines such as \"Leak - myfault.sys - what the tag is for\"")]
    NoPoolTags,
    /// Error in a kernel dump.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// Error in events.
    #[error(transparent)]
    Events(#[from] EventError),
}

impl EvidenceErrorKind {
    /// Adds the file.
    #[must_use]
    pub fn at(self, path: &Path) -> EvidenceError {
        EvidenceError { path: path.to_owned(), kind: self }
    }
}
