//! Profiles: collectors for slow leaks, fast leaks and long logs.

use super::windows::Windows;

/// Counters of the PerfLog-Long collector, in the order of the ntdebugging article on pool leaks.
pub const PERFLOG_LONG_COUNTERS: &[&str] = &[
    r"\LogicalDisk(*)\*",
    r"\Memory\*",
    r"\Cache\*",
    r"\Network Interface(*)\*",
    r"\Paging File(*)\*",
    r"\PhysicalDisk(*)\*",
    r"\Processor(*)\*",
    r"\Processor Information(*)\*",
    r"\Process(*)\*",
    r"\Redirector\*",
    r"\Server\*",
    r"\System\*",
    r"\Server Work Queues(*)\*",
    r"\Terminal Services\*",
];

/// The objects that the analysis needs.
const LEAN_COUNTERS: &[&str] = &[r"\Memory\*", r"\Paging File(*)\*", r"\Process(*)\*", r"\System\*"];

/// Objects that exist since Windows 7 and Server 2008 R2.
const SINCE_WINDOWS_7: &[&str] = &[r"\Processor Information(*)\*"];

/// Processes with their ids in the instance names; since Windows 11 and Server 2025.
pub const PROCESS_V2: &str = r"\Process V2(*)\*";

/// A collector for one kind of leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// The collector of the article: a sample every 5 minutes, for leaks over days.
    Long,
    /// The same counters every 15 seconds, for leaks within hours.
    Fast,
    /// Only memory and processes, every 5 minutes, for logs of weeks.
    Lean,
}

impl Profile {
    /// All profiles.
    pub const ALL: [Self; 3] = [Self::Long, Self::Fast, Self::Lean];

    /// Name of its collector.
    #[must_use]
    pub fn collector_name(self) -> &'static str {
        match self {
            Self::Long => "PerfLog-Long",
            Self::Fast => "PerfLog-Fast",
            Self::Lean => "PerfLog-Lean",
        }
    }

    /// Seconds between samples.
    #[must_use]
    pub fn interval_seconds(self) -> u32 {
        match self {
            Self::Long | Self::Lean => 300,
            Self::Fast => 15,
        }
    }

    /// Size in MB at which the log starts to overwrite its oldest samples.
    #[must_use]
    pub fn max_megabytes(self) -> u32 {
        match self {
            Self::Long | Self::Lean => 300,
            Self::Fast => 800,
        }
    }

    /// The counter paths of this Windows release. [`Profile::Long`] is the list of the article, which is older than
    /// Process V2.
    #[must_use]
    pub fn counters(self, windows: Windows) -> Vec<&'static str> {
        let all = match self {
            Self::Long | Self::Fast => PERFLOG_LONG_COUNTERS,
            Self::Lean => LEAN_COUNTERS,
        };
        let has = |counter: &&str| windows >= Windows::Windows7 || !SINCE_WINDOWS_7.contains(counter);
        let v2 = (self != Self::Long && windows >= Windows::Windows11).then_some(PROCESS_V2);
        all.iter().copied().filter(has).chain(v2).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_windows_gets_the_counters_that_it_has() {
        assert_eq!(Profile::Long.counters(Windows::Windows11), PERFLOG_LONG_COUNTERS, "as in the article");
        assert!(!Profile::Fast.counters(Windows::Vista).iter().any(|c| c.contains("Processor Information")));
        assert!(Profile::Lean.counters(Windows::Windows7).contains(&r"\Process(*)\*"), "processes are always logged");
        for profile in [Profile::Fast, Profile::Lean] {
            assert!(profile.counters(Windows::Windows11).contains(&PROCESS_V2));
            assert!(!profile.counters(Windows::Windows7).contains(&PROCESS_V2));
        }
    }
}
