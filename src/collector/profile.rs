//! Collectors for different leaks.

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

/// What the judgement needs, and no more.
const LEAN_COUNTERS: &[&str] = &[r"\Memory\*", r"\Paging File(*)\*", r"\Process(*)\*", r"\System\*"];

/// Objects that came with Windows 7 and Server 2008 R2.
const SINCE_WINDOWS_7: &[&str] = &[r"\Processor Information(*)\*"];

/// A collector for one kind of leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// The article's: a sample every 5 minutes, for leaks over days.
    Long,
    /// The same every 15 seconds, for leaks within hours.
    Fast,
    /// Memory and processes alone every 5 minutes, for logs of weeks.
    Lean,
}

impl Profile {
    /// All of them.
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

    /// Size at which the log begins to overwrite itself, MB.
    #[must_use]
    pub fn max_megabytes(self) -> u32 {
        match self {
            Self::Long | Self::Lean => 300,
            Self::Fast => 800,
        }
    }

    /// Counter paths. Of old Windows (before 7 and Server 2008 R2) those that it has.
    #[must_use]
    pub fn counters(self, old_windows: bool) -> Vec<&'static str> {
        let all = match self {
            Self::Long | Self::Fast => PERFLOG_LONG_COUNTERS,
            Self::Lean => LEAN_COUNTERS,
        };
        all.iter().copied().filter(|counter| !old_windows || !SINCE_WINDOWS_7.contains(counter)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_windows_has_fewer_objects() {
        assert_eq!(Profile::Long.counters(false).len(), PERFLOG_LONG_COUNTERS.len());
        assert!(!Profile::Fast.counters(true).iter().any(|c| c.contains("Processor Information")));
        assert!(Profile::Lean.counters(false).contains(&r"\Process(*)\*"), "who holds it");
    }
}
