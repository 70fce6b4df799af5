//! Events on the machine's time line: what they say of a pool's growth, and what charts mark.

use crate::base::units;
use crate::checks::finding::Subjects;
use crate::detect::Trend;
use crate::evidence::events::{Event, EventKind, Installed};
use crate::machine::Pool;
use crate::model::{ChartMark, TimelineEvent};

/// What was installed up to so long before growth began may have begun it: drivers often act first after a restart or
/// at the next night's job.
const BEFORE_HOURS: f64 = 24.0;
/// What is installed up to so many samples after growth seems to begin, and no more than an hour, may still have begun it.
const BEGIN_SAMPLES: f64 = 2.0;
/// Marks that a chart has room for.
const MOST_MARKS: usize = 8;
/// Lines of a time line.
const MOST_LINES: usize = 200;

/// What events say of a pool.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// With figures.
    pub reasons: Vec<String>,
    /// Where events and counters contradict each other.
    pub disagreements: Vec<String>,
    /// What came shortly before the growth.
    pub installed: Option<Arrival>,
}

/// Something that was installed shortly before growth began.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Its file, or its name where the event names no file.
    pub file: String,
    /// Whether it is a kernel driver.
    pub is_driver: bool,
    /// Hours before the growth.
    pub before: f64,
    /// In a sentence.
    pub text: String,
}

/// When an event says that a pool was empty.
#[derive(Clone, Debug)]
pub struct Empty {
    /// Hours from the first sample.
    pub hours: f64,
    /// Number of the event.
    pub id: u32,
    /// What the pool held then: the surest limit there is.
    pub bytes: f64,
}

impl Empty {
    /// What happened, in a sentence.
    pub fn verb(&self) -> &'static str {
        if self.id == 2017 { "reached its limit" } else { "ran empty" }
    }
}

/// Events within the log that say that a pool was empty.
fn empties<'a>(of: &'a Subjects<'_>, pool: Pool) -> impl Iterator<Item = &'a (f64, Event)> {
    let end = of.hours.last().map_or(f64::MIN, |end| end + of.interval.unwrap_or(0.0).max(1.0));
    let own = of.options.clues.events.iter().filter(move |(_, event)| event.kind == EventKind::PoolExhausted(pool));
    own.filter(move |(hours, _)| (0.0..=end).contains(hours))
}

/// The first event that says that a pool was empty at a level that it never rose above much.
pub fn ran_empty(of: &Subjects<'_>, pool: Pool) -> Option<Empty> {
    let series = of.machine.store.get(pool.bytes());
    let highest = series.iter().map(|(_, v)| v).fold(0.0, f64::max);
    empties(of, pool).find_map(|(hours, event)| {
        let bytes = series.at_hours(of.hours, *hours, of.interval.unwrap_or(0.0).max(1.0))?;
        // A pool that went on growing was not at its end.
        (bytes > 0.0 && highest <= STILL_FULL * bytes).then_some(Empty { hours: *hours, id: event.id, bytes })
    })
}

/// A pool that is at its end gets no larger by more than this.
const STILL_FULL: f64 = 1.1;

/// What events say of a pool and its growth.
pub fn of_pool(of: &Subjects<'_>, pool: Pool, trend: Option<&Trend>, empty: Option<&Empty>) -> Told {
    let mut told = Told::default();
    let Some(end) = of.hours.last() else { return told };
    let all: Vec<&(f64, Event)> = empties(of, pool).collect();
    let when = |hours: f64| of.clock(hours).map_or_else(String::new, |t| format!(" on {}", units::moment(t.0)));
    let (at_end, early): (Vec<_>, Vec<_>) = all.into_iter().partition(|(h, _)| empty.is_some_and(|e| *h >= e.hours));
    if let (Some((first, event)), Some((last, _))) = (at_end.first(), at_end.last()) {
        let often = of.clock(*last).filter(|_| at_end.len() > 1).map_or_else(String::new, |t| {
            let more = units::counted(at_end.len() - 1, "more time", "more times");
            format!(", and {more} until {}", units::moment(t.0))
        });
        let after = trend
            .filter(|t| t.began_within && *first > t.hours.0)
            .map_or_else(String::new, |t| format!(", {} after the growth began", units::duration(first - t.hours.0)));
        told.reasons.push(format!(
            "Event {} ({}){}{after}{often}: {}. Its source is the first to feel it, not the culprit",
            event.id,
            event.source,
            when(*first),
            if event.id == 2017 {
                format!("{} is at the limit that is set for it", lower(pool))
            } else {
                format!("the server could get no {} any more", lower(pool))
            }
        ));
    }
    if let Some((first, event)) = early.first() {
        let series = of.machine.store.get(pool.bytes());
        let held = series
            .at_hours(of.hours, *first, 1.0)
            .map_or_else(String::new, |b| format!(" when it held {}", units::bytes(b)));
        told.disagreements.push(format!(
            "event {}{} says that {} could not be had{held}, and it held more later{}: a limit for that moment or that program, \
             or a burst between two samples",
            event.id,
            when(*first),
            lower(pool),
            if early.len() > 1 { format!(" ({})", units::times(early.len())) } else { String::new() }
        ));
    }
    if let Some(trend) = trend.filter(|t| t.began_within) {
        let events: Vec<&(f64, Event)> = of.options.clues.events.iter().filter(|(h, _)| *h <= end + 1.0).collect();
        let slack = (BEGIN_SAMPLES * of.interval.unwrap_or(0.0)).min(1.0);
        told.installed = installed(&events, trend.hours.0, slack);
        told.reasons.extend(told.installed.iter().map(|arrival| arrival.text.clone()));
    }
    told
}

/// What was installed closest before growth began; drivers count double.
fn installed(events: &[&(f64, Event)], begin: f64, slack: f64) -> Option<Arrival> {
    let candidates = events.iter().filter_map(|(hours, event)| {
        let EventKind::Installed { what, name, file } = &event.kind else { return None };
        // Signatures of virus scanners come daily and are no code of the kernel's.
        let lower = name.to_lowercase();
        if *what == Installed::Update && ["definition", "intelligence"].iter().any(|word| lower.contains(word)) {
            return None;
        }
        let before = begin - hours;
        let weight = if *what == Installed::Driver { 1.0 } else { 2.0 };
        (-slack..=BEFORE_HOURS).contains(&before).then_some((before.abs() * weight, before, *what, name, file, event))
    });
    let (_, before, what, name, file, event) = candidates.min_by(|a, b| a.0.total_cmp(&b.0))?;
    let gap = if before > 0.5 / 60.0 {
        format!("{} after", units::duration(before))
    } else {
        "at about the time when".to_owned()
    };
    let of_file = file.as_ref().filter(|file| *file != name).map_or_else(String::new, |file| format!(" ({file})"));
    let what_name = crate::explain::evidence::installed(what);
    Some(Arrival {
        file: file.as_ref().unwrap_or(name).clone(),
        is_driver: what == Installed::Driver,
        before,
        text: format!("Growth began {gap} {what_name} {name}{of_file} was installed (event {})", event.id),
    })
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
        EventKind::PoolExhausted(pool) if event.id == 2017 => {
            format!("{}: {} is at its limit", event.source, lower(*pool))
        }
        EventKind::PoolExhausted(pool) => format!("{}: {} was empty", event.source, lower(*pool)),
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
            format!("{} {name}{file} was installed", crate::explain::evidence::installed(*what))
        }
    }
}

/// Events of one kind no further apart than this are of one line.
const ONE_LINE_HOURS: f64 = 24.0;

/// All events, those of one text as one where no more than a day lies between; and how many lines there was no room for.
pub fn lines(of: &Subjects<'_>) -> (Vec<TimelineEvent>, usize) {
    let mut lines: Vec<(f64, TimelineEvent)> = Vec::new();
    let mut left = 0;
    for (hours, event) in &of.options.clues.events {
        let Some(time) = of.clock(*hours) else { continue };
        let text = text(event);
        let mut recent = lines.iter_mut().rev().take(SAME_LINES);
        let same =
            recent.find(|(last, line)| line.id == event.id && line.text == text && hours - *last <= ONE_LINE_HOURS);
        if let Some((last, line)) = same {
            *last = *hours;
            line.until = Some(time);
            line.count += 1;
        } else if lines.len() < MOST_LINES {
            lines.push((*hours, TimelineEvent { time, until: None, count: 1, id: event.id, text }));
        } else {
            left += 1;
        }
    }
    (lines.into_iter().map(|(_, line)| line).collect(), left)
}

/// Lines that are looked at for one of the same text.
const SAME_LINES: usize = 12;

/// Marks for the charts: what matters most, where there is not room for all. `installed` is the file of what came shortly before
/// the growth.
pub fn marks(of: &Subjects<'_>) -> Vec<ChartMark> {
    let Some(end) = of.hours.last() else { return Vec::new() };
    let mut marks: Vec<(u8, f64, ChartMark)> = Vec::new();
    for (hours, event) in of.options.clues.events.iter().filter(|(h, _)| (0.0..=*end).contains(h)) {
        let (rank, label) = match &event.kind {
            EventKind::PoolExhausted(_) | EventKind::OutOfResources => (0, format!("event {}", event.id)),
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
