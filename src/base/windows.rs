//! Windows releases and their differences, one line each.

use std::ops::RangeInclusive;

/// A release of Windows.
#[derive(Debug, PartialEq, Eq)]
pub struct ReleaseInfo {
    /// Names without "Windows" and "Server", in lower case, letters and digits only.
    pub names: &'static [&'static str],
    /// Major and minor version of NT.
    pub version: (u32, u32),
    /// Build numbers, including service packs and feature updates.
    pub builds: RangeInclusive<u32>,
    /// Documented limits of the kernel pools.
    pub pool_limits: Release,
    /// Differences in collecting counters.
    pub collecting: Collecting,
}

/// Releases with the same documented limits of the kernel pools.
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
    /// Windows 8.1, Server 2012 R2 and later; no other limits are documented for these.
    Windows81,
}

/// Releases on which counters are collected in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Collecting {
    /// Without logman.
    Windows2000,
    /// XP and Server 2003: logman's intervals are `[[hh:]mm:]ss`, and the service needs access to the log's folder.
    Xp,
    /// Vista and Server 2008: without the object Processor Information.
    Vista,
    /// Windows 7 to 10, Server 2008 R2 to 2022.
    #[default]
    Windows7,
    /// Windows 11 and Server 2025, with Process V2.
    Windows11,
}

const fn release(
    names: &'static [&'static str],
    version: (u32, u32),
    builds: RangeInclusive<u32>,
    pool_limits: Release,
    collecting: Collecting,
) -> ReleaseInfo {
    ReleaseInfo { names, version, builds, pool_limits, collecting }
}

/// Ascending. Build 6001 is both Vista SP1 and Server 2008; use Server, because servers are logged more often.
#[rustfmt::skip]
static RELEASES: &[ReleaseInfo] = &[
    release(&["2000"], (5, 0), 2195..=2195, Release::Windows2000, Collecting::Windows2000),
    release(&["xp"], (5, 1), 2600..=2600, Release::Xp, Collecting::Xp),
    release(&["2003", "2003r2"], (5, 2), 3790..=3790, Release::Server2003, Collecting::Xp),
    release(&["vista"], (6, 0), 6000..=6000, Release::Vista, Collecting::Vista),
    release(&["2008"], (6, 0), 6001..=6003, Release::Windows7, Collecting::Vista),
    release(&["7", "2008r2"], (6, 1), 7600..=7601, Release::Windows7, Collecting::Windows7),
    release(&["8", "2012"], (6, 2), 9200..=9200, Release::Windows8, Collecting::Windows7),
    release(&["81", "2012r2"], (6, 3), 9600..=9600, Release::Windows81, Collecting::Windows7),
    release(&["10", "2016", "2019", "2022"], (10, 0), 10_240..=21_999, Release::Windows81, Collecting::Windows7),
    release(&["11", "2025"], (10, 0), 22_000..=u32::MAX, Release::Windows81, Collecting::Windows11),
];

/// What Microsoft calls the builds. The number does not distinguish a client from its server.
#[rustfmt::skip]
static BUILD_NAMES: &[((u32, u32, u32), &str)] = &[
    ((5, 0, 2195), "Windows 2000"),
    ((5, 1, 2600), "Windows XP"),
    ((5, 2, 3790), "Windows Server 2003"),
    ((6, 0, 6000), "Windows Vista"),
    ((6, 0, 6001), "Windows Vista SP1 or Windows Server 2008"),
    ((6, 0, 6002), "Windows Vista SP2 or Windows Server 2008 SP2"),
    ((6, 0, 6003), "Windows Server 2008 SP2"),
    ((6, 1, 7600), "Windows 7 or Windows Server 2008 R2"),
    ((6, 1, 7601), "Windows 7 SP1 or Windows Server 2008 R2 SP1"),
    ((6, 2, 9200), "Windows 8 or Windows Server 2012"),
    ((6, 3, 9600), "Windows 8.1 or Windows Server 2012 R2"),
    ((10, 0, 10_240), "Windows 10 1507"),
    ((10, 0, 10_586), "Windows 10 1511"),
    ((10, 0, 14_393), "Windows 10 1607 or Windows Server 2016"),
    ((10, 0, 15_063), "Windows 10 1703"),
    ((10, 0, 16_299), "Windows 10 1709 or Windows Server 1709"),
    ((10, 0, 17_134), "Windows 10 1803 or Windows Server 1803"),
    ((10, 0, 17_763), "Windows 10 1809 or Windows Server 2019"),
    ((10, 0, 18_362), "Windows 10 1903 or Windows Server 1903"),
    ((10, 0, 18_363), "Windows 10 1909 or Windows Server 1909"),
    ((10, 0, 19_041), "Windows 10 2004 or Windows Server 2004"),
    ((10, 0, 19_042), "Windows 10 20H2 or Windows Server 20H2"),
    ((10, 0, 19_043), "Windows 10 21H1"),
    ((10, 0, 19_044), "Windows 10 21H2"),
    ((10, 0, 19_045), "Windows 10 22H2"),
    ((10, 0, 20_348), "Windows Server 2022"),
    ((10, 0, 22_000), "Windows 11 21H2"),
    ((10, 0, 22_621), "Windows 11 22H2"),
    ((10, 0, 22_631), "Windows 11 23H2"),
    ((10, 0, 25_398), "Windows Server 23H2"),
    ((10, 0, 26_100), "Windows 11 24H2 or Windows Server 2025"),
    ((10, 0, 26_200), "Windows 11 25H2"),
];

/// The name of a version `major.minor.build`; `None` for builds that were never released.
#[must_use]
pub fn name_of_version(version: &str) -> Option<&'static str> {
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().ok());
    let version = (numbers.next()??, numbers.next()??, numbers.next()??);
    BUILD_NAMES.iter().find(|(known, _)| *known == version).map(|(_, name)| *name)
}

/// A version as people know it: `Windows Server 2022 (10.0.20348)`; of an unknown build the number alone. `more` is added
/// behind the number.
#[must_use]
pub fn shown_version(version: &str, more: &str) -> String {
    match name_of_version(version) {
        Some(name) => format!("{name} ({version}{more})"),
        None => format!("{version}{more}"),
    }
}

impl ReleaseInfo {
    /// All releases, oldest first.
    #[must_use]
    pub fn all() -> &'static [Self] {
        RELEASES
    }

    /// A name of each client and server release, as people type it: `2008R2`.
    #[must_use]
    pub fn known_names() -> String {
        let names = RELEASES.iter().flat_map(|release| release.names).filter(|name| !name.ends_with("2003r2"));
        let shown = names.map(|name| match *name {
            "xp" => "XP".to_owned(),
            "vista" => "Vista".to_owned(),
            "81" => "8.1".to_owned(),
            name => name.to_uppercase(),
        });
        shown.collect::<Vec<_>>().join(", ")
    }

    /// The release for a common name, such as `2008 R2`, `Server 2019`, `Windows 11` or `XP`.
    #[must_use]
    pub fn by_name(name: &str) -> Option<&'static Self> {
        let name: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        let name = name.strip_prefix("microsoft").unwrap_or(&name);
        let name = name.strip_prefix("windows").or(name.strip_prefix("win")).unwrap_or(name);
        let name = name.strip_prefix("server").unwrap_or(name);
        RELEASES.iter().find(|release| release.names.contains(&name))
    }

    /// The release for a version number. Unknown newer versions count as the last release with the same major version,
    /// or as the newest release.
    #[must_use]
    pub fn by_version(major: u32, minor: u32, build: u32) -> Option<&'static Self> {
        let newest = RELEASES.iter().rev().find(|release| release.version <= (major, minor))?;
        if newest.version.0 != major && newest.version != RELEASES.last()?.version {
            return None;
        }
        let of_version = || RELEASES.iter().filter(|release| release.version == newest.version);
        of_version().rfind(|release| *release.builds.start() <= build).or_else(|| of_version().next())
    }

    /// The release for a build number alone; `None` for unknown numbers.
    #[must_use]
    pub fn by_build(build: u32) -> Option<&'static Self> {
        RELEASES.iter().find(|release| release.builds.contains(&build))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_in_order_and_found_by_name_version_and_build() {
        assert!(RELEASES.windows(2).all(|w| w[0].version <= w[1].version && w[0].builds.end() < w[1].builds.start()));
        for release in ReleaseInfo::all() {
            for name in release.names {
                assert_eq!(ReleaseInfo::by_name(&format!("Windows Server {name}")), Some(release));
            }
            for build in [*release.builds.start(), *release.builds.end()] {
                assert_eq!(ReleaseInfo::by_build(build), Some(release));
                assert_eq!(ReleaseInfo::by_version(release.version.0, release.version.1, build), Some(release));
            }
        }
        assert_eq!(
            (ReleaseInfo::by_name("OS/2"), ReleaseInfo::by_version(4, 0, 1381), ReleaseInfo::by_build(1381)),
            (None, None, None)
        );
    }

    #[test]
    fn builds_have_names() {
        assert!(shown_version("6.1.7601", "").ends_with("Windows Server 2008 R2 SP1 (6.1.7601)"));
        assert_eq!(shown_version("10.0.20348", ", 64 bit"), "Windows Server 2022 (10.0.20348, 64 bit)");
        assert_eq!(shown_version("10.0.21390", ""), "10.0.21390");
        for text in ["", "6.1", "a.b.c", "6.1.7601.1.2.x"] {
            let _ = shown_version(text, "");
        }
        assert!(BUILD_NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for ((major, minor, build), name) in BUILD_NAMES {
            let release = ReleaseInfo::by_version(*major, *minor, *build).unwrap();
            assert!(release.version == (*major, *minor) && release.builds.contains(build), "{name}");
        }
    }

    #[test]
    fn versions_beside_the_table_are_those_of_the_release_before() {
        for (version, pool_limits, collecting) in [
            ((5, 1, 2600), Release::Xp, Collecting::Xp),
            ((6, 0, 6000), Release::Vista, Collecting::Vista),
            ((6, 0, 6002), Release::Windows7, Collecting::Vista),
            ((6, 3, 9600), Release::Windows81, Collecting::Windows7),
            ((10, 0, 17_763), Release::Windows81, Collecting::Windows7),
            ((10, 0, 26_100), Release::Windows81, Collecting::Windows11),
            // Builds of no release, and future versions.
            ((6, 1, 0), Release::Windows7, Collecting::Windows7),
            ((6, 4, 9841), Release::Windows81, Collecting::Windows7),
            ((11, 0, 1), Release::Windows81, Collecting::Windows7),
        ] {
            let found = ReleaseInfo::by_version(version.0, version.1, version.2);
            assert_eq!(found.map(|r| (r.pool_limits, r.collecting)), Some((pool_limits, collecting)), "{version:?}");
        }
        let version = |build| ReleaseInfo::by_build(build).map(|r| r.version);
        assert_eq!(
            [6002, 9200, 9841, 19_045, u32::MAX].map(version),
            [Some((6, 0)), Some((6, 2)), None, Some((10, 0)), Some((10, 0))]
        );
    }
}
