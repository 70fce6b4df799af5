//! Why a driver file could not be scanned.

use std::io;
use std::path::{Path, PathBuf};

use super::image::ImageError;
use crate::base::system_error;

/// A folder or file that could not be scanned.
#[derive(Debug, thiserror::Error)]
#[error("{}: {kind}", path.display())]
pub struct ScanError {
    /// The folder or file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub kind: ScanErrorKind,
}

/// What is wrong with a folder or file of drivers.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanErrorKind {
    /// The folder contains no driver file.
    #[error("the folder contains no driver files (.sys)")]
    NoDriverFiles,
    /// Neither a folder nor a file.
    #[error("no such folder of driver files")]
    NotFound,
    /// The operating system refused the folder.
    #[error("the folder cannot be read: {}", system_error(.0))]
    Folder(#[source] io::Error),
    /// The operating system refused the file.
    #[error("cannot be read: {}", system_error(.0))]
    File(#[source] io::Error),
    /// No driver is that large.
    #[error("is larger than 1 GB, which no driver is; it was skipped")]
    TooLarge,
    /// It has a driver's name, and is none.
    #[error("is not a driver: it does not begin with MZ; it was skipped")]
    NotADriver,
    /// Its image is damaged.
    #[error("cannot be scanned: {0}")]
    Image(#[from] ImageError),
}

impl ScanErrorKind {
    /// Names the folder or file.
    #[must_use]
    pub fn at(self, path: &Path) -> ScanError {
        ScanError { path: path.to_owned(), kind: self }
    }
}
