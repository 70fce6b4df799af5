//! Why a file of evidence could not be read.

use std::io;
use std::path::{Path, PathBuf};

use super::dump::DumpError;
use super::events::EventError;
use crate::base::system_error;

/// A file of evidence that could not be read; prints as one line that names the file and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{}: {kind}", path.display())]
pub struct EvidenceError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub kind: EvidenceErrorKind,
}

/// What is wrong with a file of evidence.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceErrorKind {
    /// The operating system refused.
    #[error("cannot be read: {}", system_error(.0))]
    Io(#[from] io::Error),
    /// A text so large that reading it would take several times its size in memory.
    #[error("is larger than 1 GB, which is too large for a text of this kind; split it")]
    TextTooLarge,
    /// It is recognised as pool use by tag, but no row can be read.
    #[error(
        "looks like pool use by tag, but no row could be read; expected a tag, its type, allocations, frees, difference \
         and bytes"
    )]
    NoPoolRows,
    /// A list of pool tags without an entry.
    #[error("contains no pool tags; expected lines such as \"Leak - myfault.sys - what the tag is for\"")]
    NoPoolTags,
    /// A kernel dump.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// Events.
    #[error(transparent)]
    Events(#[from] EventError),
}

impl EvidenceErrorKind {
    /// Names the file.
    #[must_use]
    pub fn at(self, path: &Path) -> EvidenceError {
        EvidenceError { path: path.to_owned(), kind: self }
    }
}
