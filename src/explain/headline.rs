//! The sentence on a pool.

use crate::attribute::origin::Holders;
use crate::attribute::tags::Tags;
use crate::attribute::timeline::Empty;
use crate::base::units;
use crate::checks::finding::Subjects;
use crate::checks::judgement::Judgement;
use crate::forecast::exhaustion::Exhaustion;
use crate::log::ZonedTime;
use crate::model::{Origin, Suspect, Verdict};

/// What a headline is made of.
pub struct Said<'a> {
    /// The judgement.
    pub judgement: &'a Judgement,
    /// Who holds it.
    pub holders: Option<&'a Holders>,
    /// What tags say.
    pub tags: &'a Tags,
    /// When it was empty.
    pub empty: Option<&'a Empty>,
    /// When it will be.
    pub exhaustion: Option<&'a Exhaustion>,
    /// Of a pool that does not grow and takes much of RAM: which share, and the tag that holds most of it.
    pub full_of: Option<(f64, Option<&'a str>)>,
}

/// The sentence.
pub fn headline(
    of: &Subjects<'_>,
    name: &str,
    said: &Said<'_>,
    values: &[f64],
    ended_with: Option<ZonedTime>,
) -> String {
    let sentence = sentence(of, name, said, values, ended_with);
    let Some((share, tag)) = said.full_of else { return sentence };
    let tag = tag.map_or_else(String::new, |tag| format!(": {tag}"));
    format!("{sentence} But it takes {} of RAM{tag}.", units::percent(share))
}

fn sentence(of: &Subjects<'_>, name: &str, said: &Said<'_>, values: &[f64], ended_with: Option<ZonedTime>) -> String {
    let Said { judgement, holders, tags, empty, .. } = *said;
    let (Some(now), Some(top)) = (values.last(), values.iter().copied().reduce(f64::max)) else {
        let named = tags.largest.as_ref().map_or_else(|| tags.named(), |largest| format!("; {largest}"));
        return match judgement.reasons.first() {
            Some(reason) => format!("{name} cannot be judged: {}{named}.", lower_first(reason)),
            None => format!("{name} cannot be judged{named}."),
        };
    };
    let (now, top) = (units::bytes(*now), &top);
    match judgement.verdict {
        Verdict::Leak | Verdict::SuspectedLeak => {}
        Verdict::InsufficientData if *top <= 0.0 => {
            return format!("{name} cannot be judged: its counter reads 0 throughout, which no pool is.");
        }
        Verdict::InsufficientData => {
            return format!("{name} cannot be judged: the log is too short. It holds {now}{}.", tags.named());
        }
        Verdict::Step => return format!("{name} rose in one step and stayed: no leak so far. It holds {now}."),
        Verdict::WarmUp => return format!("{name} has warmed up and levelled off at {now}: no leak."),
        Verdict::Load if judgement.falls => {
            return format!(
                "{name} has come down over the log: no leak. It holds {now}, at most {}.",
                units::bytes(*top)
            );
        }
        Verdict::Load if judgement.open_end => {
            return format!(
                "{name} goes up and down with load, and the log ends while it is up at {now}: no leak so far."
            );
        }
        Verdict::Load => {
            return format!(
                "{name} follows load and comes back: no leak. It holds {now}, at most {}.",
                units::bytes(*top)
            );
        }
        Verdict::Stable if empty.is_some() => {
            let at = empty
                .and_then(|e| of.clock(e.hours))
                .map_or_else(String::new, |t| format!(" of {}", units::moment(t.0)));
            let id = empty.map_or(0, |e| e.id);
            return format!("{name} does not grow, but event {id}{at} says that it could not be had. It holds {now}.");
        }
        Verdict::Stable => return format!("{name} is stable: no leak. It holds {now}."),
    }
    if let (None, Some(grown)) = (judgement.trend, tags.series) {
        let over = grown.hours.map_or_else(String::new, |hours| format!(" in {}", units::duration(hours)));
        return format!(
            "{name} may leak: over {} snapshots{over} it grew by {}{}; it holds {now}. A counter log would tell for sure.",
            grown.snapshots,
            units::bytes(grown.bytes),
            tags.named()
        );
    }
    let trend = judgement.trend.as_ref();
    let rate = trend.map_or_else(String::new, |t| units::rate(t.slope));
    let does = match (judgement.verdict, judgement.stopped) {
        (Verdict::Leak, false) => "leaks",
        (Verdict::Leak, true) => "leaked",
        (_, false) => "may leak",
        _ => "may have leaked",
    };
    let while_running = judgement
        .trigger
        .as_ref()
        .filter(|t| judgement.stopped || t.share > 0.0)
        .map_or_else(String::new, |t| format!(", while process {} runs", units::process(&t.name, t.pid)));
    let since = trend.map_or_else(String::new, |t| of.since(t));
    let held = match holders {
        Some(h) => match (h.origin, h.suspects.first()) {
            (Origin::Kernel, _) => ", held by drivers, not by processes".to_owned(),
            (Origin::User, Some(s)) => format!(", held by {}", who(s)),
            (Origin::User, None) if h.unlisted => ", held by processes that the log does not list".to_owned(),
            (Origin::User, None) => ", held by processes, no single one".to_owned(),
            (Origin::Both, Some(s)) => format!(", held by drivers and by {}", who(s)),
            (Origin::Both, None) => ", held by drivers and processes".to_owned(),
            (Origin::Unknown, _) => String::new(),
        },
        None => String::new(),
    };
    let held = held + &tags.named();
    let ram = of.ram.map_or_else(String::new, |ram| {
        let about = if ram.exact { "" } else { "about " };
        format!(" of {about}{} RAM", units::bytes(ram.bytes as f64))
    });
    if let Some(boot) = ended_with.and_then(ZonedTime::to_date_time) {
        return format!(
            "{name} leaked {rate}{since}{held} until the restart of {}; it holds {now}{ram} since.",
            units::moment(boot)
        );
    }
    let full = full(of, said);
    format!("{name} {does} {rate}{since}{held}{while_running}; {now}{ram}{full}.")
}

/// The begin of a sentence within another.
fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// A suspect in a sentence.
pub fn who(suspect: &Suspect) -> String {
    match suspect.pid {
        pid if pid.is_some() || suspect.processes == 1 => format!("process {}", units::process(&suspect.name, pid)),
        _ => format!("{} processes", suspect.name),
    }
}

/// When it is full, or was.
fn full(of: &Subjects<'_>, said: &Said<'_>) -> String {
    let Said { judgement, empty, exhaustion, .. } = *said;
    let empty = empty.and_then(|e| Some((of.clock(e.hours)?, e)));
    match exhaustion {
        _ if empty.is_some() => empty.map_or_else(String::new, |(at, e)| {
            format!("; it {} on {} (event {})", e.verb(), units::moment(at.0), e.id)
        }),
        Some(Exhaustion { hours: Some(h), .. }) if *h <= 0.0 => "; it is full now".to_owned(),
        Some(Exhaustion { hours: Some(h), .. }) => format!("; full in about {}", units::duration(*h)),
        _ if judgement.stopped => "; it has not grown since".to_owned(),
        _ if !judgement.resets.is_empty() => format!("; it fell back {}", units::times(judgement.resets.len())),
        Some(Exhaustion { not_before: Some(h), limit: Some(_), .. }) => {
            format!("; at this rate not full within {}", units::duration(*h))
        }
        _ => String::new(),
    }
}
