//! The limits of archives: see docs/limits.md.

/// Maximum number of files. A support case has thousands; each costs memory before any is read.
pub(super) const MOST_FILES: u64 = 100_000;
/// Maximum size of all files together, unpacked: a day of logs of a thousand machines is 50 GB.
const LARGEST_TOTAL: u64 = 64 << 30;
/// Larger files are rejected: no collector writes such a log, but a forged size can be this large.
const LARGEST: u64 = 16 << 30;
/// How many times its size an archive may unpack to, all readings together. Logs have 5 to 30, and are read twice.
const RATIO: u64 = 100;
/// What every archive may unpack to: a second's work.
const ALWAYS_ALLOWED: u64 = 512 << 20;

/// How many bytes each archive may unpack to. The default depends on its size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnpackLimit(Option<u64>);

impl UnpackLimit {
    /// Every archive may unpack to this many bytes in all, whatever its size.
    #[must_use]
    pub fn bytes(most: u64) -> Self {
        Self(Some(most))
    }

    /// What the files may have together, as the archive states it.
    pub(super) fn of_total(self) -> u64 {
        self.0.unwrap_or(LARGEST_TOTAL)
    }

    /// What one file may have.
    pub(super) fn of_file(self) -> u64 {
        self.0.unwrap_or(LARGEST)
    }

    /// What an archive of this size may unpack to while it is read.
    pub(super) fn of_archive(self, packed: u64) -> u64 {
        self.0.unwrap_or_else(|| packed.saturating_mul(RATIO).clamp(ALWAYS_ALLOWED, LARGEST_TOTAL))
    }
}
