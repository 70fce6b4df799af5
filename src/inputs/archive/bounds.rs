//! The limits of archives: see docs/limits.md.

/// Maximum number of files. A support case has thousands; each costs memory before any is read.
pub(super) const MOST_FILES: u64 = 100_000;
/// Maximum size of all files together, unpacked: a day of logs of a thousand machines is 50 GB.
pub(super) const LARGEST_TOTAL: u64 = 64 << 30;
/// Larger files are rejected: no collector writes such a log, but a forged size can be this large.
pub(super) const LARGEST: u64 = 16 << 30;
/// How many times its size an archive may unpack to, all readings together. Logs have 5 to 30, and are read twice.
pub(super) const RATIO: u64 = 100;
