//! Documented limits of the kernel pools.
//!
//! Source: "Memory Limits for Windows and Windows Server Releases", learn.microsoft.com (snapshot of August 2026);
//! Windows 2000 from the older MSDN copy. Where that page shows 64-bit values in its x86 column (Windows 8 and later),
//! the previous row is used: 2 GB of kernel space is too small for them.

use std::fmt;

use crate::base::Pool;
use crate::base::units::{GB, MB, TB};
use crate::base::windows;
pub use crate::base::windows::Release;

impl Release {
    /// The release for a version number from a log header.
    #[must_use]
    pub fn from_version(major: u8, minor: u8, build: u32) -> Option<Self> {
        windows::ReleaseInfo::by_version(major.into(), minor.into(), build).map(|release| release.pool_limits)
    }

    /// The release for a build number.
    #[must_use]
    pub fn from_build(build: u32) -> Option<Self> {
        windows::ReleaseInfo::by_build(build).map(|release| release.pool_limits)
    }

    /// The release for a name such as `2008R2`, `Server 2019`, `7` or `XP`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        windows::ReleaseInfo::by_name(name).map(|release| release.pool_limits)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Windows2000 => "Windows 2000",
            Self::Xp => "Windows XP",
            Self::Server2003 => "Windows Server 2003",
            Self::Vista => "Windows Vista",
            Self::Windows7 => "Windows 7 / Server 2008 (R2)",
            Self::Windows8 => "Windows 8 / Server 2012",
            Self::Windows81 => "Windows 8.1 / Server 2012 R2 and later",
        })
    }
}

/// How Windows sizes a pool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PoolRule {
    /// A fixed size in bytes.
    Fixed(f64),
    /// A share of RAM, up to a maximum.
    ShareOfRam {
        /// Share of RAM, 0 to 1.
        share: f64,
        /// Maximum in bytes.
        most: f64,
    },
    /// The commit limit, up to a maximum.
    CommitLimit {
        /// Maximum in bytes.
        most: f64,
    },
    /// The kernel's address space, bytes.
    AddressSpace(f64),
}

impl PoolRule {
    /// The maximum in bytes; `None` if it depends on an unknown RAM size or commit limit.
    fn maximum(self, ram: Option<f64>, commit_limit: Option<f64>) -> Option<f64> {
        match self {
            Self::Fixed(bytes) | Self::AddressSpace(bytes) => Some(bytes),
            Self::ShareOfRam { share, most } => ram.map(|ram| (share * ram).min(most)),
            Self::CommitLimit { most } => commit_limit.map(|limit| limit.min(most)),
        }
    }
}

/// The rule for a pool; `None` if Microsoft documents no limit.
fn rule(pool: Pool, release: Release, pointer_bits: u32) -> Option<PoolRule> {
    use PoolRule::{AddressSpace, CommitLimit, Fixed, ShareOfRam};
    use Release::{Server2003, Vista, Windows7, Windows8, Windows81, Windows2000, Xp};
    Some(match (pool, pointer_bits == 64, release) {
        (_, true, Windows2000 | Xp | Server2003) => Fixed(128.0 * GB),
        (Pool::Nonpaged, true, Vista) => ShareOfRam { share: 0.40, most: 128.0 * GB },
        (Pool::Nonpaged, true, Windows7) => ShareOfRam { share: 0.75, most: 128.0 * GB },
        (Pool::Nonpaged, true, Windows8) => ShareOfRam { share: 1.0, most: 128.0 * GB },
        (Pool::Nonpaged, true, Windows81) => ShareOfRam { share: 1.0, most: 16.0 * TB },
        (Pool::Nonpaged, false, Windows2000 | Xp | Server2003) => Fixed(256.0 * MB),
        (Pool::Nonpaged, false, Vista) => return None,
        (Pool::Nonpaged, false, _) => ShareOfRam { share: 0.75, most: 2.0 * GB },
        (Pool::Paged, true, Vista | Windows7) => CommitLimit { most: 128.0 * GB },
        (Pool::Paged, true, Windows8) => CommitLimit { most: 384.0 * GB },
        (Pool::Paged, true, Windows81) => CommitLimit { most: 15.5 * TB },
        (Pool::Paged, false, Windows2000) => Fixed(350.0 * MB),
        (Pool::Paged, false, Xp) => Fixed(490.0 * MB),
        (Pool::Paged, false, Server2003) => Fixed(530.0 * MB),
        (Pool::Paged, false, _) => AddressSpace(2.0 * GB),
    })
}

/// The documented maximum of a pool in bytes, and its rule. `None` if Microsoft documents no limit or it depends on an
/// unknown RAM size or commit limit.
#[must_use]
pub fn documented(
    pool: Pool,
    release: Release,
    pointer_bits: u32,
    ram: Option<f64>,
    commit_limit: Option<f64>,
) -> Option<(f64, PoolRule)> {
    let rule = rule(pool, release, pointer_bits)?;
    Some((rule.maximum(ram, commit_limit)?, rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_by_version_and_by_name() {
        for (version, name, release) in [
            ((5, 2, 3790), "Windows Server 2003", Release::Server2003),
            ((6, 0, 6000), "vista", Release::Vista),
            ((6, 1, 7601), "2008R2", Release::Windows7),
            ((6, 2, 9200), "Server 2012", Release::Windows8),
            ((10, 0, 17763), "Windows Server 2019", Release::Windows81),
        ] {
            assert_eq!(Release::from_version(version.0, version.1, version.2), Some(release));
            assert_eq!(Release::from_name(name), Some(release), "{name}");
        }
        assert_eq!(Release::from_name("OS/2"), None);
        assert_eq!(Release::from_version(4, 0, 1381), None);
    }

    #[test]
    fn documented_rows() {
        let ram = Some(16.0 * GB);
        let limit = |pool, release, bits| documented(pool, release, bits, ram, Some(20.0 * GB)).map(|(b, _)| b / GB);
        assert_eq!(limit(Pool::Nonpaged, Release::Windows7, 64), Some(12.0));
        assert_eq!(limit(Pool::Nonpaged, Release::Vista, 64), Some(6.4));
        assert_eq!(limit(Pool::Nonpaged, Release::Windows7, 32), Some(2.0));
        assert_eq!(limit(Pool::Nonpaged, Release::Server2003, 32), Some(0.25));
        assert_eq!(limit(Pool::Paged, Release::Windows81, 64), Some(20.0));
        assert_eq!(documented(Pool::Nonpaged, Release::Windows7, 64, None, None), None, "RAM is not known");
    }
}
