//! Events on the machine's time line: what they say of a pool's growth, and what charts mark.

use super::Pool;
use super::finding::Subjects;
use super::judge::Trend;
use crate::evidence::events::{Event, EventKind, Installed};
use crate::verdict::{ChartMark, TimelineEvent, units};

/// What was installed up to so long before growth began may have begun it: drivers often act first after a restart or
/// at the next night's job.
const BEFORE_HOURS: f64 = 24.0;
/// Growth is known to begin to within so many samples, or this share of the log.
const BEGIN_SAMPLES: f64 = 2.0;
const BEGIN_SHARE: f64 = 0.02;
/// Marks that a chart has room for.
const MOST_MARKS: usize = 8;
/// Lines of a time line.
const MOST_LINES: usize = 200;

/// What events say of a pool.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// With figures.
    pub reasons: Vec<String>,
    /// When the pool was first empty, and the number of the event that says so.
    pub empty: Option<(f64, u32)>,
    /// What came shortly before the growth: its file, in small letters, and how that is said.
    pub installed: Option<(String, String)>,
}

/// What events say of a pool and its growth.
pub fn of_pool(of: &Subjects<'_>, pool: Pool, trend: Option<&Trend>) -> Told {
    let events = &of.options.clues.events;
    let mut told = Told { empty: first_empty(of, pool), ..Told::default() };
    let Some(end) = of.hours.last() else { return told };
    let near = of.interval.unwrap_or(0.0).max(1.0);
    let within: Vec<&(f64, Event)> = events.iter().filter(|(h, _)| (-near..=end + near).contains(h)).collect();
    let empty: Vec<&&(f64, Event)> = within.iter().filter(|(_, e)| e.kind == EventKind::PoolEmpty(pool)).collect();
    if let (Some((first, event)), Some((last, _))) = (empty.first(), empty.last()) {
        let when = of.clock(*first).map_or_else(String::new, |t| format!(" on {}", units::moment(t.0)));
        let until = of.clock(*last).filter(|_| empty.len() > 1);
        let often = until.map_or_else(String::new, |t| {
            format!(", and {} until {}", units::counted(empty.len() - 1, "more time", "more times"), units::moment(t.0))
        });
        let after = trend
            .filter(|t| t.began_within && *first > t.hours.0)
            .map_or_else(String::new, |t| format!(", {} after the growth began", units::duration(first - t.hours.0)));
        told.reasons.push(format!(
            "Event {} ({}){when}{after}{often}: the server could get no {} any more. Its source is the first to feel it, not the \
             culprit",
            event.id,
            event.source,
            lower(pool)
        ));
    }
    if let Some(trend) = trend.filter(|t| t.began_within) {
        let slack = (BEGIN_SAMPLES * of.interval.unwrap_or(0.0)).max(BEGIN_SHARE * end);
        told.installed = installed(&within, trend.hours.0, slack);
        told.reasons.extend(told.installed.iter().map(|(_, text)| text.clone()));
    }
    told
}

/// When an event first says that a pool was empty, hours, and its number.
pub fn first_empty(of: &Subjects<'_>, pool: Pool) -> Option<(f64, u32)> {
    let end = of.hours.last()? + of.interval.unwrap_or(0.0).max(1.0);
    let mut own = of.options.clues.events.iter().filter(|(_, event)| event.kind == EventKind::PoolEmpty(pool));
    own.find(|(hours, _)| (0.0..=end).contains(hours)).map(|(hours, event)| (*hours, event.id))
}

/// What was installed closest before growth began; drivers count double.
fn installed(events: &[&(f64, Event)], begin: f64, slack: f64) -> Option<(String, String)> {
    let candidates = events.iter().filter_map(|(hours, event)| {
        let EventKind::Installed { what, name, file } = &event.kind else { return None };
        let before = begin - hours;
        let weight = if *what == Installed::Driver { 1.0 } else { 2.0 };
        (-slack..=BEFORE_HOURS).contains(&before).then_some((before.abs() * weight, before, *what, name, file, event))
    });
    let (_, before, what, name, file, event) = candidates.min_by(|a, b| a.0.total_cmp(&b.0))?;
    let minutes = (before * 60.0).round();
    let gap = if minutes.abs() < 1.0 {
        "in the same minute as".to_owned()
    } else if minutes > 0.0 {
        format!("{} after", units::duration(before))
    } else {
        format!("about when, {} before,", units::duration(-before))
    };
    let of_file = file.as_ref().map_or_else(String::new, |file| format!(" ({file})"));
    let text = format!("Growth began {gap} {} {name}{of_file} was installed (event {})", what.name(), event.id);
    Some((file.as_ref().unwrap_or(name).to_ascii_lowercase(), text))
}

fn lower(pool: Pool) -> &'static str {
    match pool {
        Pool::Nonpaged => "nonpaged pool",
        Pool::Paged => "paged pool",
    }
}

/// What an event is, in a line of the time line.
fn text(event: &Event) -> String {
    match &event.kind {
        EventKind::PoolEmpty(pool) if event.id == 2017 => {
            format!("{}: {} is at its limit", event.source, lower(*pool))
        }
        EventKind::PoolEmpty(pool) => format!("{}: {} was empty", event.source, lower(*pool)),
        EventKind::OutOfResources => format!("{}: out of resources", event.source),
        EventKind::LowMemory(low) => {
            let mut text = "memory ran low".to_owned();
            if let (Some(charge), Some(limit)) = (low.commit_charge, low.commit_limit) {
                text += &format!(": {} of {} committed", units::bytes(charge as f64), units::bytes(limit as f64));
            }
            let largest: Vec<String> = low
                .processes
                .iter()
                .take(3)
                .map(|p| {
                    let handles = p
                        .handles
                        .filter(|h| *h > 10_000)
                        .map_or_else(String::new, |h| format!(", {} handles", units::count(h as f64)));
                    format!("{} (PID {}) {}{handles}", p.name, p.pid, units::bytes(p.commit as f64))
                })
                .collect();
            if largest.is_empty() { text } else { format!("{text}; most by {}", largest.join(", ")) }
        }
        EventKind::Boot => "the system started".to_owned(),
        EventKind::Shutdown => "the system was shut down".to_owned(),
        EventKind::Crash => "the system had gone down without being shut down".to_owned(),
        EventKind::Installed { what, name, file } => {
            let file = file.as_ref().filter(|f| *f != name).map_or_else(String::new, |f| format!(" ({f})"));
            format!("{} {name}{file} was installed", what.name())
        }
    }
}

/// All events, those of one text one after another as one.
pub fn lines(of: &Subjects<'_>) -> Vec<TimelineEvent> {
    let mut lines: Vec<TimelineEvent> = Vec::new();
    for (hours, event) in &of.options.clues.events {
        let Some(time) = of.clock(*hours) else { continue };
        let text = text(event);
        if let Some(last) = lines.last_mut().filter(|last| last.id == event.id && last.text == text) {
            last.until = Some(time);
            last.count += 1;
        } else if lines.len() < MOST_LINES {
            lines.push(TimelineEvent { time, until: None, count: 1, id: event.id, text });
        }
    }
    lines
}

/// Marks for the charts: what matters most, where there is not room for all. `installed` is the file of what came shortly before
/// the growth.
pub fn marks(of: &Subjects<'_>) -> Vec<ChartMark> {
    let Some(end) = of.hours.last() else { return Vec::new() };
    let mut marks: Vec<(u8, f64, ChartMark)> = Vec::new();
    for (hours, event) in of.options.clues.events.iter().filter(|(h, _)| (0.0..=*end).contains(h)) {
        let (rank, label) = match &event.kind {
            EventKind::PoolEmpty(_) | EventKind::OutOfResources => (0, format!("event {}", event.id)),
            EventKind::LowMemory(_) => (1, "event 2004".to_owned()),
            EventKind::Crash => (1, "crash".to_owned()),
            EventKind::Installed { what: Installed::Driver, name, file } => {
                (2, format!("+ {}", file.as_ref().unwrap_or(name)))
            }
            EventKind::Installed { what: Installed::Update, .. } => (3, "update".to_owned()),
            EventKind::Installed { name, .. } => (4, format!("+ {name}")),
            EventKind::Boot | EventKind::Shutdown => continue,
        };
        let label: String = label.chars().take(22).collect();
        // The first of a run is enough.
        let again = marks.iter().any(|(_, at, mark)| mark.label == label && (hours - at).abs() < 0.08 * end);
        if let Some(time) = of.clock(*hours).filter(|_| !again) {
            marks.push((rank, *hours, ChartMark { time, label }));
        }
    }
    marks.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    marks.truncate(MOST_MARKS);
    marks.sort_by(|a, b| a.1.total_cmp(&b.1));
    marks.into_iter().map(|(_, _, mark)| mark).collect()
}
