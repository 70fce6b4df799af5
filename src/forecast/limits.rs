//! Documented maxima of the kernel pools.
//!
//! Source: "Memory Limits for Windows and Windows Server Releases", learn.microsoft.com (snapshot of
//! August 2026); Windows 2000 from the older MSDN copy. Where that page prints 64-bit figures in its
//! x86 column (Windows 8 and later), the row before is taken: 2 GB of kernel space cannot hold them.

use std::fmt;

use crate::machine::Pool;

const MB: f64 = 1024.0 * 1024.0;
const GB: f64 = 1024.0 * MB;
const TB: f64 = 1024.0 * GB;

/// A Windows release, as far as pool limits tell releases apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the releases' own")]
pub enum Release {
    Windows2000,
    Xp,
    Server2003,
    Vista,
    /// Windows 7, Server 2008 and 2008 R2.
    Windows7,
    /// Windows 8 and Server 2012.
    Windows8,
    /// Windows 8.1, Server 2012 R2, and all later ones, for which no other row is documented.
    Windows81,
}

impl Release {
    /// The release of a version number as the log header has it.
    #[must_use]
    pub fn from_version(major: u8, minor: u8, build: u32) -> Option<Self> {
        Some(match (major, minor) {
            (5, 0) => Self::Windows2000,
            (5, 1) => Self::Xp,
            (5, 2) => Self::Server2003,
            // Build 6001 is Vista SP1 and Server 2008 alike; servers are the ones that are logged.
            (6, 0) if build < 6001 => Self::Vista,
            (6, 0 | 1) => Self::Windows7,
            (6, 2) => Self::Windows8,
            (6, 3..) | (10.., _) => Self::Windows81,
            _ => return None,
        })
    }

    /// The release of a name such as `2008R2`, `Server 2019`, `7` or `XP`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        let name = name.strip_prefix("microsoft").unwrap_or(&name);
        let name = name.strip_prefix("windows").or(name.strip_prefix("win")).unwrap_or(name);
        let name = name.strip_prefix("server").unwrap_or(name);
        Some(match name {
            "2000" => Self::Windows2000,
            "xp" => Self::Xp,
            "2003" | "2003r2" => Self::Server2003,
            "vista" => Self::Vista,
            "2008" | "2008r2" | "7" => Self::Windows7,
            "8" | "2012" => Self::Windows8,
            "81" | "2012r2" | "10" | "11" | "2016" | "2019" | "2022" | "2025" => Self::Windows81,
            _ => return None,
        })
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

/// The documented maximum of a pool in bytes and its rule in words. `None` where Microsoft gives no
/// figure or where RAM or commit limit, on which it depends, are not known.
#[must_use]
pub fn documented(
    pool: Pool,
    release: Release,
    pointer_bits: u32,
    ram: Option<f64>,
    commit_limit: Option<f64>,
) -> Option<(f64, String)> {
    use Release::{Server2003, Vista, Windows7, Windows8, Windows81, Windows2000, Xp};
    let x64 = pointer_bits == 64;
    let least = |share: f64, most: f64, rule: &str| ram.map(|ram| ((share * ram).min(most), rule.to_owned()));
    let commit = |most: f64, rule: &str| commit_limit.map(|limit| (limit.min(most), rule.to_owned()));
    let fixed = |bytes: f64, rule: &str| Some((bytes, rule.to_owned()));
    let (bytes, rule) = match (pool, x64, release) {
        (Pool::Nonpaged, true, Windows2000 | Xp | Server2003) => fixed(128.0 * GB, "128 GB")?,
        (Pool::Nonpaged, true, Vista) => least(0.40, 128.0 * GB, "40 % of RAM, at most 128 GB")?,
        (Pool::Nonpaged, true, Windows7) => least(0.75, 128.0 * GB, "75 % of RAM, at most 128 GB")?,
        (Pool::Nonpaged, true, Windows8) => least(1.0, 128.0 * GB, "RAM, at most 128 GB")?,
        (Pool::Nonpaged, true, Windows81) => least(1.0, 16.0 * TB, "RAM, at most 16 TB")?,
        (Pool::Nonpaged, false, Windows2000 | Xp | Server2003) => fixed(256.0 * MB, "256 MB")?,
        (Pool::Nonpaged, false, Vista) => return None,
        (Pool::Nonpaged, false, _) => least(0.75, 2.0 * GB, "75 % of RAM, at most 2 GB")?,
        (Pool::Paged, true, Windows2000 | Xp | Server2003) => fixed(128.0 * GB, "128 GB")?,
        (Pool::Paged, true, Vista | Windows7) => commit(128.0 * GB, "commit limit, at most 128 GB")?,
        (Pool::Paged, true, Windows8) => commit(384.0 * GB, "commit limit, at most 384 GB")?,
        (Pool::Paged, true, Windows81) => commit(15.5 * TB, "commit limit, at most 15.5 TB")?,
        (Pool::Paged, false, Windows2000) => fixed(350.0 * MB, "350 MB")?,
        (Pool::Paged, false, Xp) => fixed(490.0 * MB, "490 MB")?,
        (Pool::Paged, false, Server2003) => fixed(530.0 * MB, "530 MB")?,
        (Pool::Paged, false, _) => fixed(2.0 * GB, "kernel address space, 2 GB")?,
    };
    Some((bytes, format!("documented maximum on {release}, {pointer_bits} bit: {rule}")))
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
