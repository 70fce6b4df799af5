//! Why an archive or a file in it was not unpacked.

use std::io;
use std::sync::Arc;

use super::bounds::MOST_FILES;
use crate::base::{system_error, units};

/// What to do about an archive that is over the limit of unpacked bytes.
const RAISE: &str = "If you trust it, unpack it yourself or raise the limit";

/// Whole megabytes, rounded up: enough as the next limit.
fn size(bytes: u64) -> String {
    format!("{} MB", units::count(bytes.div_ceil(1 << 20) as f64))
}

/// Why a file in an archive was not unpacked.
#[derive(Debug, thiserror::Error)]
pub(super) enum UnpackError {
    #[error("is packed in an unsupported way ({0}); unpack it yourself")]
    Unsupported(&'static str),
    #[error("is packed with the unsupported method {0}; unpack it yourself")]
    Method(String),
    #[error("is encrypted; unpack it yourself")]
    Encrypted,
    #[error("claims to unpack to {}; the limit is {}. {RAISE}", size(*bytes), size(*most))]
    TooLarge { bytes: u64, most: u64 },
    #[error("is larger than the archive claims; the archive is damaged")]
    LargerThanClaimed,
    #[error("is larger than {}, the limit. {RAISE}", size(*most))]
    TooLong { most: u64 },
    #[error("the files of the archive unpack to more than {}, the limit. {RAISE}", size(*most))]
    Expands { most: u64 },
    #[error("needs a dictionary of {} MB to unpack; the limit is {} MB. Unpack it yourself", bytes >> 20, most >> 20)]
    Dictionary { bytes: u64, most: u64 },
    #[error("is cut off; the archive is damaged")]
    CutOff,
    #[error("has a wrong checksum; the archive is damaged")]
    Checksum,
    #[error("is damaged: its {0} cannot be valid")]
    Damaged(Part),
    #[error("is packed behind a damaged part of the archive")]
    BehindDamage,
    #[error("is not in the archive")]
    Missing,
}

impl UnpackError {
    /// Whether the archive as a whole is over a limit.
    pub(super) fn is_of_archive(&self) -> bool {
        matches!(self, Self::Expands { .. })
    }
}

/// A part of an archive whose content cannot be valid.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(super) enum Part {
    #[error("header")]
    Header,
    #[error("block of data")]
    Block,
    #[error("packing method")]
    Method,
}

/// Why an archive was rejected as a whole, or from a place on.
#[derive(Debug, thiserror::Error)]
pub(super) enum ArchiveError {
    #[error("contains {files} files; the limit is {MOST_FILES}. Unpack it yourself")]
    TooManyFiles { files: u64 },
    #[error("its files overlap, as in an archive that is made to exhaust memory. Unpack it yourself if you trust it")]
    Overlapping,
    #[error("claims to unpack to {} in all; the limit is {}. {RAISE}", size(*bytes), size(*most))]
    TooLarge { bytes: u64, most: u64 },
    #[error("its list of files is encrypted; unpack it yourself")]
    Encrypted,
    #[error("its list of files is larger than {} MB; unpack it yourself if you trust it", most >> 20)]
    LongList { most: u64 },
    #[error("its names of files are larger than {} MB in all; unpack it yourself if you trust it", most >> 20)]
    LongNames { most: u64 },
    #[error("its list of files cannot be valid")]
    BadList,
    #[error("is an archive inside an archive; unpack the outer one first")]
    Nested,
    #[error("it is damaged or cut off ({}); only the files before that place are read", system_error(.0))]
    Ends(io::Error),
}

impl From<UnpackError> for io::Error {
    fn from(error: UnpackError) -> Self {
        let kind = match error {
            UnpackError::CutOff => io::ErrorKind::UnexpectedEof,
            UnpackError::LargerThanClaimed
            | UnpackError::Checksum
            | UnpackError::Damaged(_)
            | UnpackError::BehindDamage => io::ErrorKind::InvalidData,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

impl From<ArchiveError> for io::Error {
    fn from(error: ArchiveError) -> Self {
        Self::other(error)
    }
}

/// Whether an archive, or a file in one, is over the limit of unpacked bytes.
#[must_use]
pub fn is_over_unpack_limit(error: &io::Error) -> bool {
    let Some(error) = error.get_ref() else { return false };
    if let Some(error) = error.downcast_ref() {
        matches!(error, UnpackError::TooLarge { .. } | UnpackError::TooLong { .. } | UnpackError::Expands { .. })
    } else if let Some(SharedError(error)) = error.downcast_ref() {
        is_over_unpack_limit(error)
    } else {
        matches!(error.downcast_ref(), Some(ArchiveError::TooLarge { .. }))
    }
}

/// An error that several files have.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct SharedError(Arc<io::Error>);

impl SharedError {
    pub(super) fn new(error: io::Error) -> Self {
        Self(Arc::new(error))
    }

    pub(super) fn to_io(&self) -> io::Error {
        io::Error::new(self.0.kind(), self.clone())
    }
}
