//! The headline of a kernel pool.

use super::words::{moment, process_name, since, until_restart};
use super::{limits, tags};
use crate::attribute::origin::{Holders, Listing};
use crate::attribute::suspect::Suspect;
use crate::base::units;
use crate::case::Case;
use crate::checks::Finding;
use crate::checks::about::{Missing, MuchOfRam, PoolFacts, PoolLevel, RestsOn};
use crate::model::{Origin, Verdict};

pub fn headline(case: &Case<'_>, finding: &Finding, pool: &PoolFacts) -> String {
    let sentence = match pool.level {
        Err(missing) => without_counter(pool, missing),
        Ok(level) if !finding.verdict().is_growth() => no_growth(finding, pool, level),
        Ok(level) if pool.rests_on == RestsOn::Snapshots => by_snapshots(pool, level),
        Ok(level) => growth(case, finding, pool, level),
    };
    match &pool.much_of_ram {
        Some(much) => format!("{sentence} {}", much_of_ram(much)),
        None => sentence,
    }
}

fn much_of_ram(much: &MuchOfRam) -> String {
    let tag = much.tag.as_ref().map_or_else(String::new, |tag| format!(": {}", tags::largest(tag)));
    format!("But it uses {} of RAM{tag}.", units::percent(much.share))
}

/// Why a pool cannot be judged.
pub fn missing(pool: &PoolFacts, missing: Missing) -> String {
    let counter = pool.pool.counter();
    match missing {
        Missing::NoLog => "no counter log was given".to_owned(),
        Missing::NoCounter => format!(r"the log does not contain \Memory\{counter}"),
        Missing::NoValue => format!(r"the log has no value of \Memory\{counter}"),
        Missing::UnknownLanguage => {
            "the counter names are in a language that is not known. Use the .blg, which has numbers for names"
                .to_owned()
        }
        Missing::NotPlausible { values } => {
            format!(r"none of the {} values of \Memory\{counter} is plausible", units::count(values as f64))
        }
    }
}

fn without_counter(pool: &PoolFacts, why: Missing) -> String {
    let name = pool.pool.name();
    let shown = match &pool.tags.largest[..] {
        [] => tags::named(&pool.tags),
        largest => format!("; {}", tags::largest_of_snapshot(largest)),
    };
    format!("{name} cannot be judged: {}{shown}.", missing(pool, why))
}

fn no_growth(finding: &Finding, pool: &PoolFacts, level: PoolLevel) -> String {
    let name = pool.pool.name();
    let (now, peak) = (units::bytes(level.last), units::bytes(level.highest));
    let assessment = &finding.assessment;
    match finding.verdict() {
        Verdict::InsufficientData if level.highest <= 0.0 => {
            format!("{name} cannot be judged: its counter reads 0 throughout, which no pool does.")
        }
        Verdict::InsufficientData => {
            format!("{name} cannot be judged: the log is too short. Now {now}{}.", tags::named(&pool.tags))
        }
        Verdict::Step => format!("{name} rose in a single jump and stayed there – no leak so far. Now {now}."),
        Verdict::WarmUp => format!("{name} rose at first and has levelled off at {now} – no leak."),
        Verdict::Load if assessment.falls => {
            format!("{name} has come down over the log – no leak. Now {now}, peak {peak}.")
        }
        Verdict::Load if assessment.open_end => {
            format!("{name} rises and falls with load; the log ends while it is high, at {now} – no leak so far.")
        }
        Verdict::Load => format!("{name} rises and falls with load – no leak. Now {now}, peak {peak}."),
        _ => match &pool.exhausted {
            Some((event, at)) => {
                let on = at.map_or_else(String::new, |at| format!(" on {}", moment(at)));
                format!("{name} does not grow, but event {}{on} reports that it was exhausted. Now {now}.", event.id)
            }
            None => format!("{name} is stable – no leak. Now {now}."),
        },
    }
}

fn by_snapshots(pool: &PoolFacts, level: PoolLevel) -> String {
    let name = pool.pool.name();
    let Some(grown) = pool.tags.series else {
        return format!("{name} may be leaking. Now {}.", units::bytes(level.last));
    };
    let over = grown.hours.map_or_else(String::new, |hours| format!(" in {}", units::duration(hours)));
    format!(
        "{name} may be leaking: over {} snapshots it grew by {}{over}{}. Now {}. Record a counter log to confirm.",
        grown.snapshots,
        units::bytes(grown.bytes),
        tags::named(&pool.tags),
        units::bytes(level.last)
    )
}

fn growth(case: &Case<'_>, finding: &Finding, pool: &PoolFacts, level: PoolLevel) -> String {
    let name = pool.pool.name();
    let assessment = &finding.assessment;
    let Some(trend) = &assessment.trend else { return by_snapshots(pool, level) };
    let rate = units::rate(trend.slope);
    let since = since(case, trend);
    let held = pool.holders.as_ref().map_or_else(String::new, holders) + &tags::named(&pool.tags);
    let ram = case.ram.as_ref().map_or_else(String::new, |ram| {
        let about = if ram.is_exact() { "" } else { "about " };
        format!(" of {about}{} RAM", units::bytes(ram.bytes as f64))
    });
    let now = units::bytes(level.last);
    if let Some(boot) = finding.ended_with {
        return format!("{name} leaked {rate}{since}{held}{}. Since then {now}{ram}.", until_restart(boot));
    }
    let does = match (finding.verdict(), assessment.stopped) {
        (Verdict::Leak, false) => "has been leaking",
        (Verdict::Leak, true) => "leaked",
        (_, false) => "may have been leaking",
        _ => "may have leaked",
    };
    let while_running = pool
        .correlated
        .as_ref()
        .filter(|t| assessment.stopped || t.share > 0.0)
        .map_or_else(String::new, |t| format!(", while process {} runs", process_name(&t.name, t.pid)));
    format!("{name} {does} {rate}{since}{held}{while_running}. Now {now}{ram}{}.", exhaustion(finding, pool))
}

/// What the growth is charged to.
fn holders(holders: &Holders) -> String {
    match (holders.origin, holders.suspects.first()) {
        (Origin::Kernel, _) => ", allocated by drivers, not by processes".to_owned(),
        (Origin::User, Some(s)) => format!(", charged to {}", who(s)),
        (Origin::User, None) if holders.listing == Listing::LacksHolders => {
            ", charged to processes that the log does not list".to_owned()
        }
        (Origin::User, None) => ", charged to many processes".to_owned(),
        (Origin::Both, Some(s)) => format!(", allocated by drivers and charged to {}", who(s)),
        (Origin::Both, None) => ", allocated by drivers and charged to processes".to_owned(),
        (Origin::Unknown, _) => String::new(),
    }
}

/// A suspected process, within a sentence.
pub fn who(suspect: &Suspect) -> String {
    match suspect.pid {
        pid if pid.is_some() || suspect.processes == 1 => format!("process {}", process_name(&suspect.name, pid)),
        _ => format!("{} processes", suspect.name),
    }
}

/// When the pool will be exhausted, or was.
fn exhaustion(finding: &Finding, pool: &PoolFacts) -> String {
    if let Some((event, Some(at))) = &pool.exhausted {
        return format!("; it {} on {} (event {})", limits::exhausted_by(event.id), moment(*at), event.id);
    }
    let assessment = &finding.assessment;
    let Some(e) = finding.exhaustion.as_ref().map(|dated| &dated.exhaustion) else { return String::new() };
    match e.hours {
        Some(h) if h <= 0.0 => "; it is exhausted now".to_owned(),
        Some(h) => format!("; exhausted in about {}", units::duration(h)),
        None if assessment.stopped => "; it has not grown since".to_owned(),
        None if !assessment.resets.is_empty() => {
            format!("; it fell back {}", units::times(assessment.resets.len()))
        }
        None => limits::not_before(e),
    }
}
