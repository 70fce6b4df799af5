//! What other evidence adds to the finding on a pool.

use crate::attribute::origin::Holders;
use crate::attribute::tags::{self, Tags};
use crate::attribute::timeline::{Empty, Told};
use crate::base::units;
use crate::checks::finding::Subjects;
use crate::machine::Pool;
use crate::model::{self, Origin, Role, Suspect, SuspectKind, Unit, Verdict};

/// A driver that came so shortly before the growth halves the doubt about it; one that came a day before does little.
const SHORTLY_HOURS: f64 = 2.0;
/// How likely a driver is the one by the time of its installation alone.
const BY_TIME_ALONE: f64 = 0.4;

/// A driver that came just before the growth is the likelier, and a suspect where nothing else names one.
pub fn installed_driver(tags: &mut Tags, told: &Told, holders: Option<&Holders>) {
    let Some(arrival) = told.installed.as_ref().filter(|a| a.is_driver && a.before > 0.0) else { return };
    let doubt = if arrival.before <= SHORTLY_HOURS { 0.5 } else { 0.8 };
    let known =
        tags.suspects.iter_mut().find(|s| s.kind == SuspectKind::Driver && s.name.eq_ignore_ascii_case(&arrival.file));
    if let Some(suspect) = known {
        suspect.confidence = suspect.confidence.map(|c| ((1.0 - (1.0 - c) * doubt) * 100.0).round() / 100.0);
        suspect.basis += &format!(". {}", arrival.text);
    } else if arrival.before <= SHORTLY_HOURS
        && holders.is_some_and(|h| h.origin != Origin::User)
        && !tags.suspects.iter().any(|s| s.kind == SuspectKind::Driver)
    {
        tags.suspects.push(Suspect {
            role: Role::Trigger,
            kind: SuspectKind::Driver,
            name: arrival.file.clone(),
            pid: None,
            processes: 0,
            share: 1.0,
            bytes_per_hour: None,
            drivers: Vec::new(),
            confidence: Some(BY_TIME_ALONE),
            maker: None,
            basis: format!("all of the growth came after it; nothing else names it. {}", arrival.text),
        });
    }
}

/// What events or snapshots say against a pool that does not leak.
pub fn unfelt(of: &Subjects<'_>, pool: Pool, empty: Option<&Empty>, now: f64, verdict: Verdict) -> Vec<String> {
    let mut said = Vec::new();
    if let Some((e, at)) = empty.and_then(|e| Some((e, of.clock(e.hours)?))) {
        said.push(format!(
            "event {} of {} says that the server could get no more of it, though it held {} and does not grow: a limit set in \
             the registry, or a burst between two samples",
            e.id,
            units::moment(at.0),
            units::bytes(e.bytes)
        ));
    }
    if verdict != Verdict::InsufficientData {
        said.extend(tags::contradiction(of, pool, now));
    }
    said
}

/// A forecast of what has come already: its date is known.
pub fn at_last(of: &Subjects<'_>, exhaustion: model::Exhaustion, empty: Option<&Empty>) -> model::Exhaustion {
    match empty.and_then(|e| of.clock(e.hours)) {
        Some(at) => model::Exhaustion { at: Some(at), at_ci95: None, not_before: None, ..exhaustion },
        None => exhaustion,
    }
}

/// The one that the headline names.
pub fn culprit(holders: Option<&Holders>, tags: &Tags) -> Option<String> {
    let process = holders.filter(|h| h.origin == Origin::User).and_then(|h| h.suspects.first());
    if let Some(process) = process.filter(|p| p.role == Role::Holder) {
        return Some(crate::explain::headline::who(process).trim_start_matches("process ").to_owned());
    }
    let lead = tags.leads.first()?;
    Some(match &lead.driver {
        Some((file, _, confidence)) if *confidence >= tags::LIKELY => file.clone(),
        _ => format!("tag {}", lead.tag),
    })
}

/// Tags and drivers, processes, and triggers; the larger share first among each.
pub fn suspects(holders: Option<&Holders>, tags: &Tags) -> Vec<Suspect> {
    let processes = holders.map(|h| h.suspects.clone()).unwrap_or_default();
    let mut all: Vec<Suspect> = tags.suspects.iter().cloned().chain(processes).collect();
    all.sort_by(|a, b| (a.role == Role::Trigger).cmp(&(b.role == Role::Trigger)).then(b.share.total_cmp(&a.share)));
    all
}

/// So many snapshots in which the pool and one tag only rise are worth a suspicion without any counter log: five rise
/// by chance once in 24 times, and a tag that makes most of it is another matter still.
const SNAPSHOTS_ALONE: usize = 5;
/// … where one tag makes this share of it …
const SHARE_ALONE: f64 = 0.5;
/// … that adds so much to the pool as a morning's load does not …
const GROWN_ALONE: f64 = 0.25;
/// … in nearly all of the steps, which its confidence tells.
const STEADY_ALONE: f64 = 0.75;

/// Growth that snapshots alone show.
pub fn grown(tags: &Tags, values: &[f64]) -> Option<model::Growth> {
    let grown = tags.series?;
    Some(model::Growth {
        unit: Unit::Bytes,
        bytes_per_hour: grown.bytes / grown.hours?,
        bytes_per_hour_ci95: None,
        first: *values.first()?,
        last: *values.last()?,
        maximum: values.iter().copied().fold(f64::MIN, f64::max),
        since: None,
    })
}

/// Whether snapshots alone, without a counter log, are enough to suspect a leak.
pub fn suspected_by_snapshots(of: &Subjects<'_>, verdict: Verdict, tags: &Tags, now: f64) -> bool {
    let steady = |s: &Suspect| {
        s.kind == SuspectKind::PoolTag && s.share >= SHARE_ALONE && s.confidence.is_some_and(|c| c >= STEADY_ALONE)
    };
    of.machine.without_log
        && verdict == Verdict::InsufficientData
        && tags
            .series
            .is_some_and(|grown| grown.snapshots >= SNAPSHOTS_ALONE && grown.bytes >= GROWN_ALONE * (now - grown.bytes))
        && tags.suspects.iter().any(steady)
}
