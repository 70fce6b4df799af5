//! Why a driver file could not be scanned.

use std::io;
use std::path::{Path, PathBuf};

use super::image::ImageError;
use crate::base::system_error;
use crate::base::units::counted;

/// A folder or file that could not be scanned.
#[derive(Debug, thiserror::Error)]
#[error("{}: {kind}", path.display())]
pub struct ScanError {
    /// The folder or file.
    pub path: PathBuf,
    /// The reason.
    pub kind: ScanErrorKind,
}

/// Why a folder or file of drivers could not be scanned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanErrorKind {
    /// The folder contains no driver file.
    #[error("the folder contains no driver files (.sys)")]
    NoDriverFiles,
    /// A folder in too many others.
    #[error("is too many folders deep and was not searched; pass this folder to --drivers too")]
    TooDeep,
    /// Neither a folder nor a file.
    #[error("no such folder of driver files")]
    NotFound,
    /// The operating system returned an error for the folder.
    #[error("the folder cannot be read: {}", system_error(.0))]
    Folder(#[source] io::Error),
    /// The operating system returned an error for the file.
    #[error("cannot be read: {}", system_error(.0))]
    File(#[source] io::Error),
    /// The file is too large for a driver.
    #[error("is larger than 1 GB, which no driver is; it was skipped")]
    TooLarge,
    /// The file has the name of a driver but is none.
    #[error("is not a driver: it does not begin with MZ; it was skipped")]
    NotADriver,
    /// The image is damaged.
    #[error("cannot be scanned: {0}")]
    Image(#[from] ImageError),
    /// Drivers of a kernel dump whose memory is not in it, or is over a limit.
    #[error(
        "{} not searched for tags: the memory is missing from the dump, damaged, or over a limit",
        counted(*not_searched, "driver was", "drivers were")
    )]
    DriversNotSearched {
        /// Number of such drivers.
        not_searched: usize,
    },
}

impl ScanErrorKind {
    /// Adds the folder or file.
    #[must_use]
    pub fn at(self, path: &Path) -> ScanError {
        ScanError { path: path.to_owned(), kind: self }
    }
}
