//! Sentences about events.

use super::evidence::installed;
use super::limits;
use super::tags::lower;
use super::words::moment;
use crate::attribute::events::{Arrival, ExhaustedEvents};
use crate::base::units::{self, Size};
use crate::case::Case;
use crate::evidence::events::{Event, EventKind, Installed, MemoryExhaustion, ProcessUse};
use crate::model::TimelineEvent;

/// Id of the event that reports a pool at its configured limit.
const AT_ITS_LIMIT: u32 = 2017;
/// Equal events at most this far apart share a line, hours.
const ONE_LINE_HOURS: f64 = 24.0;
/// Maximum number of lines of a time line.
const MOST_LINES: usize = 200;
/// Number of latest lines that are searched for an equal one.
const RECENT_LINES: usize = 12;
/// Maximum number of processes to name when memory is low.
const NAMED: usize = 3;
/// Handles are mentioned if a process has more than this.
const MANY_HANDLES: u64 = 10_000;
/// Growth that started at most this long after an installation, hours, started with it.
const AT_ONCE: f64 = 0.5 / 60.0;

/// Events that record that a pool was exhausted.
pub fn exhausted(events: &ExhaustedEvents) -> String {
    let on = events.first.map_or_else(String::new, |at| format!(" on {}", moment(at)));
    let after = events
        .after_growth_began
        .map_or_else(String::new, |hours| format!(", {} after the growth began", units::duration(hours)));
    let again = events.last.filter(|_| events.more > 0).map_or_else(String::new, |last| {
        let more = units::counted(events.more, "more time", "more times");
        format!(", and {more} until {}", moment(last))
    });
    let pool = lower(events.pool);
    let what = if events.id == AT_ITS_LIMIT {
        format!("{pool} reached the limit that is set for it")
    } else {
        format!("the server could not allocate {pool} any more")
    };
    format!(
        "Event {} ({}){on}{after}{again}: {what}. The component that logged the event is a victim, not the cause",
        events.id, events.source
    )
}

/// An installation before growth started.
pub fn arrival(arrival: &Arrival) -> String {
    let gap = if arrival.before > AT_ONCE {
        format!("{} after", units::duration(arrival.before))
    } else {
        "about when".to_owned()
    };
    let what = arrived(arrival.what, arrival.name.as_deref(), arrival.file.as_deref());
    format!("Growth began {gap} {what} was installed (event {})", arrival.id)
}

/// What was installed, with its name and its file.
fn arrived(what: Installed, name: Option<&str>, file: Option<&str>) -> String {
    let kind = installed(what);
    match (name, file) {
        (Some(name), Some(file)) if name != file => format!("{kind} {name} ({file})"),
        (Some(name), _) | (None, Some(name)) => format!("{kind} {name}"),
        (None, None) => format!("{kind} without a name"),
    }
}

/// The text of an event in the time line.
fn text(event: &Event) -> String {
    match &event.kind {
        EventKind::PoolExhausted(pool) => {
            format!("{}: {} {}", event.source, lower(*pool), limits::exhausted_by(event.id))
        }
        EventKind::OutOfResources => format!("{}: out of resources", event.source),
        EventKind::LowMemory(low) => {
            let mut text = "memory ran low".to_owned();
            if let (Some(charge), Some(limit)) = (low.commit_charge, low.commit_limit) {
                text += &format!(": {} of {} committed", units::bytes(charge as f64), units::bytes(limit as f64));
            }
            let largest: Vec<String> = low
                .processes
                .iter()
                .take(NAMED)
                .map(|p| {
                    let handles = p.handles.filter(|handles| *handles > MANY_HANDLES);
                    let handles = handles.map_or_else(String::new, |h| format!(", {} handles", units::count(h as f64)));
                    format!("{} (PID {}) {}{handles}", p.name, p.pid, units::bytes(p.commit as f64))
                })
                .collect();
            if largest.is_empty() { text } else { format!("{text}; most by {}", largest.join(", ")) }
        }
        EventKind::Boot => "the system started".to_owned(),
        EventKind::Shutdown => "the system was shut down".to_owned(),
        EventKind::Crash => "the system had stopped without a shutdown".to_owned(),
        EventKind::Installed { what, name, file } => {
            format!("{} was installed", arrived(*what, name.as_deref(), file.as_deref()))
        }
    }
}

/// Whether two events have the same text: for reports of low memory, if the displayed figures are equal.
fn alike(one: &EventKind, other: &EventKind) -> bool {
    let (EventKind::LowMemory(one), EventKind::LowMemory(other)) = (one, other) else { return one == other };
    let size = |bytes: Option<u64>| bytes.map(|bytes| Size::of(bytes as f64));
    let handles = |p: &ProcessUse| p.handles.filter(|handles| *handles > MANY_HANDLES);
    let same = |a: &ProcessUse, b: &ProcessUse| {
        a.name == b.name && a.pid == b.pid && size(Some(a.commit)) == size(Some(b.commit)) && handles(a) == handles(b)
    };
    let shown = |low: &MemoryExhaustion| low.processes.len().min(NAMED);
    size(one.commit_charge) == size(other.commit_charge)
        && size(one.commit_limit) == size(other.commit_limit)
        && shown(one) == shown(other)
        && one.processes.iter().zip(&other.processes).take(NAMED).all(|(a, b)| same(a, b))
}

/// The time line, with equal events of a day in one line; and the number of events that did not fit.
pub fn time_line(case: &Case<'_>) -> (Vec<TimelineEvent>, usize) {
    let mut lines: Vec<(f64, &Event, TimelineEvent)> = Vec::new();
    let mut left = 0;
    for (hours, event) in &case.evidence.events {
        let Some(time) = case.clock(*hours) else { continue };
        let equal =
            |other: &Event| other.id == event.id && other.source == event.source && alike(&other.kind, &event.kind);
        let mut recent = lines.iter_mut().rev().take(RECENT_LINES);
        let same = recent.find(|(last, first, _)| equal(first) && hours - *last <= ONE_LINE_HOURS);
        if let Some((last, _, line)) = same {
            *last = *hours;
            line.until = Some(time);
            line.count += 1;
        } else if lines.len() < MOST_LINES {
            let line = TimelineEvent { time, until: None, count: 1, id: event.id, text: text(event) };
            lines.push((*hours, event, line));
        } else {
            left += 1;
        }
    }
    (lines.into_iter().map(|(.., line)| line).collect(), left)
}
