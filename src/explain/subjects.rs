//! The headlines of committed memory, processes and system page table entries.

use super::limits;
use super::pool::who;
use super::words::{process_name, since, until_restart};
use crate::base::units;
use crate::case::Case;
use crate::checks::about::{CommitFacts, Level, LevelFacts, Life, ProcessFacts, Room, SystemPteFacts};
use crate::checks::{ENOUGH_ENTRIES, Finding};
use crate::counters::ProcessField;
use crate::detect::Trend;
use crate::forecast::Forecast;
use crate::model::{Origin, Severity, Unit, Verdict};

fn exhaustion(finding: &Finding) -> Option<&Forecast> {
    finding.exhaustion.as_ref().map(|dated| &dated.exhaustion)
}

/// The headline of committed memory.
pub fn commit(case: &Case<'_>, finding: &Finding, commit: &CommitFacts) -> String {
    let share = commit.limit.map_or_else(String::new, |limit| {
        format!(", {} of its limit of {}", units::percent((commit.last / limit).min(1.0)), units::bytes(limit))
    });
    let now = format!("Now {}{share}", units::bytes(commit.last));
    match (finding.verdict(), &finding.assessment.trend) {
        (Verdict::Leak | Verdict::SuspectedLeak, Some(trend)) => growing_commit(case, finding, trend, &now),
        (Verdict::InsufficientData, _) => format!("Committed memory cannot be judged: the log is too short. {now}."),
        (Verdict::Step, _) => {
            format!("Committed memory rose in a single jump and stayed there – no leak so far. {now}.")
        }
        (Verdict::WarmUp, _) => format!("Committed memory rose at first and has levelled off – no leak. {now}."),
        (Verdict::Load, _) => format!("Committed memory rises and falls with load – no leak. {now}."),
        _ => format!("Committed memory is stable – no leak. {now}."),
    }
}

fn growing_commit(case: &Case<'_>, finding: &Finding, trend: &Trend, now: &str) -> String {
    let does = if finding.verdict() == Verdict::Leak { "has been leaking" } else { "may have been leaking" };
    let by = match (finding.origin, finding.suspects.first()) {
        (Some(Origin::User), Some(s)) => format!(", used by {}", who(s)),
        (Some(Origin::User), None) => ", used by processes".to_owned(),
        (Some(Origin::Kernel), _) => ", used by the kernel pools".to_owned(),
        (Some(Origin::Both), _) => ", used by processes and the kernel pools".to_owned(),
        _ => String::new(),
    };
    let (rate, since) = (units::rate(trend.slope), since(case, trend));
    if let Some(boot) = finding.ended_with {
        return format!("Committed memory leaked {rate}{since}{by}{}. {now} since then.", until_restart(boot));
    }
    let left = exhaustion(finding).map_or_else(String::new, |e| match e.hours {
        Some(h) if h <= 0.0 => "; it is exhausted now".to_owned(),
        Some(h) => format!("; exhausted in about {}", units::duration(h)),
        None => limits::not_before(e),
    });
    format!("Committed memory {does} {rate}{since}{by}. {now}{left}.")
}

/// The object that a counter of a process counts.
pub fn counted(field: ProcessField) -> &'static str {
    match field {
        ProcessField::PrivateBytes => "private bytes",
        ProcessField::WorkingSet => "working set",
        ProcessField::WorkingSetPrivate => "private working set",
        ProcessField::VirtualBytes => "virtual bytes",
        ProcessField::PoolNonpagedBytes => "nonpaged pool charged to it",
        ProcessField::PoolPagedBytes => "paged pool charged to it",
        ProcessField::ThreadCount => "threads",
        _ => "handles",
    }
}

/// The headline of a process counter.
pub fn process(case: &Case<'_>, finding: &Finding, process: &ProcessFacts) -> String {
    let Some(trend) = &finding.assessment.trend else { return String::new() };
    let does = match (finding.verdict(), process.life) {
        (Verdict::Leak, Life::Running) => "has been leaking",
        (Verdict::Leak, Life::Ended) => "leaked",
        (_, Life::Running) => "may have been leaking",
        (_, Life::Ended) => "may have leaked",
    };
    let unit = finding.unit;
    let of = if unit == Unit::Bytes { format!(" of {}", counted(process.field)) } else { String::new() };
    let level = match process.life {
        Life::Running => format!("Now {}", unit.amount(process.last)),
        Life::Ended => format!("It had {} when it ended", unit.amount(process.last)),
    };
    let name = process_name(&process.name, process.pid);
    format!("{name} {does} {}{of}{}. {level}.", unit.rate(trend.slope), since(case, trend))
}

/// The headline of free system page table entries.
pub fn system_ptes(finding: &Finding, entries: &SystemPteFacts) -> String {
    let count = units::count(entries.free);
    match (finding.verdict(), &finding.assessment.trend) {
        (Verdict::Leak | Verdict::SuspectedLeak, Some(trend)) => {
            let rate = Unit::Entries.rate(trend.slope);
            if let Some(boot) = finding.ended_with {
                return format!(
                    "Free system page table entries leaked, {rate}{}. {count} are left since then.",
                    until_restart(boot)
                );
            }
            let left = exhaustion(finding).and_then(|e| e.hours);
            let left = left.map_or_else(String::new, |h| format!("; exhausted in about {}", units::duration(h)));
            let does = if finding.verdict() == Verdict::Leak { "are leaking" } else { "may be leaking" };
            format!("Free system page table entries {does}, {rate}. {count} are left{left}.")
        }
        _ if entries.room == Room::Short => {
            format!(
                "Few free system page table entries: {count} are left; there should be {ENOUGH_ENTRIES:.0} or more."
            )
        }
        _ => format!("Enough free system page table entries: {count} are left."),
    }
}

/// The headline of available memory, or of the share of committed memory.
pub fn level(case: &Case<'_>, finding: &Finding, facts: LevelFacts) -> String {
    let (name, amount) = match facts.level {
        Level::Available => ("Available memory", units::bytes(facts.last)),
        Level::CommitShare => ("Committed memory", format!("{:.0} % of its limit", facts.last)),
    };
    let trend = finding.assessment.trend.as_ref().filter(|_| finding.verdict().is_growth());
    if let Some(trend) = trend {
        let rate = finding.unit.rate(trend.slope);
        let since = since(case, trend);
        let left = exhaustion(finding).and_then(|e| e.hours);
        let left = left.map_or_else(String::new, |h| format!("; exhausted in about {}", units::duration(h)));
        let does = match (facts.level, finding.verdict()) {
            (Level::Available, _) => "has been falling by",
            (Level::CommitShare, Verdict::Leak) => "has been growing by",
            (Level::CommitShare, _) => "may have been growing by",
        };
        let of = if facts.level == Level::CommitShare { " of its limit" } else { "" };
        return format!("{name} {does} {rate}{of}{since}. Now {amount}{left}.");
    }
    match (finding.verdict(), finding.severity) {
        (Verdict::InsufficientData, _) => format!("{name} cannot be judged: the log is too short. Now {amount}."),
        (_, Severity::Warning | Severity::Critical) => format!("Memory is short: {} {amount}.", short(facts.level)),
        _ => format!("{name} does not run out. Now {amount}."),
    }
}

fn short(level: Level) -> &'static str {
    match level {
        Level::Available => "available are only",
        Level::CommitShare => "committed memory is at",
    }
}
