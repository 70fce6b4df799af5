//! Sentences about the evidence.

use super::words::{list, moment, process_name, sentence};
use super::{assessment, events, pool, tags};
use crate::attribute::events::ContradictedEvents;
use crate::attribute::origin::OriginReason;
use crate::attribute::pool_evidence::Contradiction;
use crate::attribute::timing::CorrelatedProcess;
use crate::base::{Pool, units};
use crate::case::Case;
use crate::checks::Finding;
use crate::checks::about::About;
use crate::checks::reason::{CommitReason, Disagreement, Reason, Runs, WouldChange};
use crate::counters::ProcessField;
use crate::model::{Gate, Origin, Time};

/// All reasons of a finding. A pool without values has its own reason.
pub fn all(finding: &Finding) -> Vec<String> {
    let missing = match &finding.about {
        About::Pool(facts) => facts.level.err().map(|why| sentence(&pool::missing(facts, why))),
        _ => None,
    };
    finding.reasons.iter().map(|reason| text(finding, reason)).chain(missing).collect()
}

/// The checks for a leak, with the index of each among the reasons.
pub fn gates(finding: &Finding) -> Vec<Gate> {
    let place = |kind| {
        let is_gate = |reason: &Reason| matches!(reason, Reason::Assessed(evidence) if evidence.is_gate(kind));
        finding.reasons.iter().position(is_gate)
    };
    let unit = finding.unit;
    finding.assessment.gates.iter().map(|gate| assessment::gate(gate, unit, place(gate.kind))).collect()
}

fn text(finding: &Finding, reason: &Reason) -> String {
    let unit = finding.unit;
    match reason {
        Reason::Assessed(evidence) => assessment::evidence(evidence, &finding.assessment.gates, unit),
        Reason::Restarts(restarts) => assessment::restarts(restarts, unit),
        Reason::Origin(reason) => origin(reason),
        Reason::Tag(reason) => tags::reason(reason),
        Reason::PoolExhausted(found) => events::exhausted(found),
        Reason::Installed(arrival) => events::arrival(arrival),
        Reason::Correlated(found) => correlated(found),
        Reason::GrewWhileItRan { levels, runs } => {
            let (from, to) = (unit.amount(levels.0), unit.amount(levels.1));
            match runs {
                Runs::Several => {
                    format!("It grew from {from} to {to} in these runs, was level in between, and released nothing")
                }
                Runs::One => format!("It grew from {from} to {to}, has been level since, and has released nothing"),
            }
        }
        Reason::RestartedAtEachFall { process } => format!(
            "Each time usage fell, process {process} had ended and a new one had started: it leaks until it is restarted"
        ),
        Reason::FallsWithoutRestart { falls } => format!(
            "It rises and falls back at once {}, but no process was restarted then: its owner releases it, like a cache \
             that is cleared",
            units::times(*falls)
        ),
        Reason::ChargedRises { growth, share } => format!(
            "What is charged to processes rises more steadily than the pool, by {} ({} of the pool). The figures below are for \
             the memory charged to processes",
            units::bytes(*growth),
            units::percent(*share)
        ),
        Reason::ReleasedAddedBack { process, ends } => format!(
            "Process {process} allocated pool and ended {}, and the pool fell each time. With that added back the pool rises \
             steadily: the process leaks until it is restarted",
            units::times(*ends)
        ),
        Reason::AvailableMemory { first, last, share } => available_memory(*first, *last, *share),
        Reason::WithGrowth { allocations, handles } => with_growth(*allocations, *handles),
        Reason::EndsEarly { hours } => format!(
            "The counter has no values in the last {} of the log, so this finding covers only the time before",
            units::duration(*hours)
        ),
        Reason::Rejected { values, most } => {
            let values = units::counted(*values, "value", "values");
            format!("{values} above {} or below 0 are not plausible and were left out", unit.amount(*most))
        }
        Reason::Zeros { samples } => zeros(*samples),
        Reason::DateByRateOfSecondHalf { late, whole } => by_second_half(&unit.rate(*late), &unit.rate(*whole)),
        Reason::StandsAlone { values, farthest, at } => stands_alone(*values, &unit.amount(*farthest), *at),
        Reason::PagingFile { highest, last } => format!(
            "The paging file was up to {highest:.0} % full, {last:.0} % at the end: memory was paged out because RAM was short"
        ),
        Reason::SystemPtes { first, last, most } => format!(
            "Free entries went from {} to {}; the most was {}",
            units::count(*first),
            units::count(*last),
            units::count(*most)
        ),
        Reason::AnyUseOfMemory => {
            "Any use of memory makes available memory less, the file cache included: the log does \
             not show what uses it. The figures below count memory in use"
                .to_owned()
        }
        Reason::CountsEntriesInUse => "The figures below count entries in use".to_owned(),
        Reason::WorkingSetAlone => {
            "Its private bytes do not grow: a working set also counts shared and mapped pages, which \
                                    this process alone does not leak"
                .to_owned()
        }
        Reason::NoPrivateBytes(field) => format!(
            "The log does not contain its private bytes: {}",
            match field {
                ProcessField::VirtualBytes => "virtual bytes are addresses, which need not use any memory",
                ProcessField::WorkingSetPrivate => "its private working set also changes when Windows trims it",
                _ => "a working set also counts shared and mapped pages, which this process alone does not leak",
            }
        ),
        Reason::SumOfTheName => {
            "The log contains no ID Process, so processes of this name cannot be told apart: the figures \
             are of all of them together, and also grow with their number"
                .to_owned()
        }
        Reason::RoseAsWell(series) => {
            let each = series.iter().map(|(field, unit, from, to)| {
                format!("{} from {} to {}", field.english(), unit.amount(*from), unit.amount(*to))
            });
            format!("Other counters of the process rose too: {}", list(&each.collect::<Vec<_>>()))
        }
        Reason::ProcessEnded => "It ended before the log did, which released what it used".to_owned(),
        Reason::OthersOfTheName { processes } => format!(
            "{} of this name grew in the same way and ended within the log",
            units::counted(*processes, "other process", "other processes")
        ),
        Reason::Commit(reason) => commit(reason),
    }
}

/// Evidence about committed memory.
fn commit(reason: &CommitReason) -> String {
    match reason {
        CommitReason::Shares { processes, nonpaged, paged, other } => {
            let other = other.map_or_else(String::new, |share| {
                format!(
                    "; {} is neither: shared sections, memory that drivers commit, or memory of virtual machines",
                    units::percent(share)
                )
            });
            format!(
                "Of the growth {} is private memory of processes, {} nonpaged pool and {} paged pool{other}",
                units::percent(*processes),
                units::percent(*nonpaged),
                units::percent(*paged)
            )
        }
        CommitReason::HolderUnknown { pools: None } => {
            r"The log cannot show what uses the memory: it has no values of the pools or of \Process(_Total)\Private Bytes".to_owned()
        }
        CommitReason::HolderUnknown { pools: Some(pools) } => format!(
            r"The pools account for {} of the growth; the log has no \Process(_Total)\Private Bytes to show the rest",
            units::percent(*pools)
        ),
        CommitReason::PoolsChargedToProcesses => {
            "The pools' part of it is charged to processes: see the findings on the pools".to_owned()
        }
        CommitReason::Used { share, limit } => {
            format!("{} of the commit limit of {} is in use", units::percent(*share), units::bytes(*limit))
        }
        CommitReason::PoolExhaustedFirst { pool, pool_at, at, hours_ahead } => {
            let date = |time: &Time| units::forecast(time.local(), *hours_ahead);
            format!(
                "{} will be exhausted earlier, on {}; committed memory on {}",
                pool.name(),
                date(pool_at),
                date(at)
            )
        }
        CommitReason::ExhaustedFirst { at, hours_ahead } => format!(
            "It will be exhausted before the pools are, on {}",
            units::forecast(at.local(), *hours_ahead)
        ),
    }
}

/// Available memory at the start and end of the growth.
fn available_memory(first: f64, last: f64, share: Option<f64>) -> String {
    let of = share
        .map_or_else(String::new, |share| format!("; the pool's growth is {} of the change", units::percent(share)));
    format!("Meanwhile available memory went from {} to {}{of}", units::bytes(first), units::bytes(last))
}

/// Allocations and handles during the growth: their number, and bytes each.
fn with_growth(allocations: Option<(f64, f64)>, handles: Option<(f64, f64)>) -> String {
    let allocations = allocations
        .map(|(count, each)| format!("{} allocations came with it, {} each", units::count(count), units::bytes(each)));
    let handles = handles.map(|(count, each)| {
        let (count, each) = (units::count(count), units::bytes(each));
        format!("meanwhile all processes together opened {count} handles, one for each {each} of it")
    });
    sentence(&allocations.into_iter().chain(handles).collect::<Vec<_>>().join("; "))
}

fn origin(reason: &OriginReason) -> String {
    match reason {
        OriginReason::NoProcessCounters(pool) => format!(
            r"The log has no \Process(*)\{} for the time of the growth, so it cannot show whether drivers or processes cause it",
            pool.counter()
        ),
        OriginReason::Charged { origin, processes, pool, share } => {
            let figures = format!(
                "pool charged to processes changes by {} in all, the pool by {} ({} of it)",
                units::rate(*processes),
                units::rate(*pool),
                units::percent(*share)
            );
            match origin {
                Origin::Kernel => format!(
                    "Allocated by drivers: {figures}. The rest is not charged to any process, which points to drivers"
                ),
                Origin::User => format!("Charged to processes: {figures}"),
                Origin::Unknown => format!("Origin unknown: {figures}"),
                Origin::Both => format!("Allocated by drivers and charged to processes: {figures}"),
            }
        }
        OriginReason::SystemProcess { share } => format!(
            "{} of the growth is charged to the System process, in which threads of drivers run: it counts as the kernel's",
            units::percent(*share)
        ),
        OriginReason::NoTotalAllListedAtStart => {
            "The log has no \\Process(_Total). It lists all processes that ran when \
            logging started, but not those that started later"
                .to_owned()
        }
        OriginReason::NoTotalSomeListed => {
            "The log has no \\Process(_Total) and may not list all processes: the rest may be \
            charged to one that is missing"
                .to_owned()
        }
        OriginReason::Unlisted { share } => format!(
            "{} of the growth is charged to processes that the log does not list: log \\Process(*) into a .blg file, which \
            also lists processes that start later",
            units::percent(*share)
        ),
        OriginReason::NamesOnly => {
            "The log has no \\Process(*)\\ID Process. Names such as svchost#3 pass from one process to \
            another, so processes of one name are summed up"
                .to_owned()
        }
    }
}

fn by_second_half(late: &str, whole: &str) -> String {
    format!(
        "Growth accelerates: {late} in the second half, {whole} over the whole time. The date uses the rate of the second half"
    )
}

fn zeros(samples: usize) -> String {
    format!(
        "The counter reads 0 in {}, which it never does on a machine that runs: the read failed, and they were left out",
        units::counted(samples, "sample", "samples")
    )
}

fn stands_alone(values: usize, farthest: &str, at: Option<Time>) -> String {
    let on = at.map_or_else(String::new, |at| format!(" on {}", moment(at)));
    match values {
        1 => format!("One value is far from its neighbors and was left out: {farthest}{on}"),
        many => format!(
            "{} are far from their neighbors and were left out, such as {farthest}{on}",
            units::counted(many, "value", "values")
        ),
    }
}

fn correlated(correlated: &CorrelatedProcess) -> String {
    let ran = match correlated.runs.len() {
        1 => "ran".to_owned(),
        n => format!("ran {n} times"),
    };
    format!(
        "Process {} {ran}, {} of {} in all, and {} of the growth came in that time, at {}. The growth is not charged to it: a \
         driver leaks on its behalf",
        process_name(&correlated.name, correlated.pid),
        units::duration(correlated.ran),
        units::duration(correlated.span),
        units::percent(correlated.share),
        units::rate(correlated.rate)
    )
}

/// A contradiction between sources.
pub fn disagreement(disagreement: &Disagreement) -> String {
    match disagreement {
        Disagreement::Tags(found) | Disagreement::NoGrowth(_, Contradiction::Tags(found)) => tags::disagreement(found),
        Disagreement::Events(found) => contradicted(found),
        Disagreement::NoGrowth(pool, Contradiction::ExhaustedWithoutGrowth { id, at, bytes }) => {
            exhausted_without_growth(*pool, *id, *at, *bytes)
        }
    }
}

fn exhausted_without_growth(pool: Pool, id: u32, at: Time, bytes: f64) -> String {
    format!(
        "Event {id} on {} reports that the server could not allocate {}, which used {} and does not grow: a limit is set in the \
         registry, or usage peaked between two samples",
        moment(at),
        tags::lower(pool),
        units::bytes(bytes)
    )
}

fn contradicted(found: &ContradictedEvents) -> String {
    let on = found.first.map_or_else(String::new, |at| format!(" on {}", moment(at)));
    let at = found.bytes.map_or_else(String::new, |bytes| format!(" at {}", units::bytes(bytes)));
    let times = if found.count > 1 { format!(" ({})", units::times(found.count)) } else { String::new() };
    format!(
        "Event {}{on} reports that {} could not be allocated{at}, but it grew further later{times}: a limit of that moment or \
         that program, or a peak between two samples",
        found.id,
        tags::lower(found.pool)
    )
}

/// What would change a verdict.
pub fn would_change(case: &Case<'_>, change: &WouldChange) -> String {
    match change {
        WouldChange::Assessed(change) => assessment::would_change(case, change),
        WouldChange::GrowthWhenItRunsAgain { process } => {
            format!("It would be a leak for sure if usage grew again when {process} runs again")
        }
        WouldChange::PrivateBytesGrow => "It would be a leak for sure if private bytes grew too".to_owned(),
    }
}
