//! Events beside a pool: when it was exhausted, and what was installed before it grew.

use crate::base::Pool;
use crate::case::Case;
use crate::detect::Trend;
use crate::evidence::events::{Event, EventKind, Installed};
use crate::model::Time;

/// What was installed up to so long before growth began may have begun it, hours: drivers often act first after a restart
/// or at the next night's job.
const BEFORE_HOURS: f64 = 24.0;
/// What is installed up to so many samples after growth seems to begin, and no more than an hour, may still have begun it.
const BEGIN_SAMPLES: f64 = 2.0;
/// Events count as within the log up to so many hours after its last sample, which is an interval old by then.
const AFTER_THE_LOG: f64 = 1.0;
/// A pool that is exhausted grows by no more than this factor.
const STILL_EXHAUSTED: f64 = 1.1;
/// An update or a program counts as so many times further from the growth than a driver.
const NOT_A_DRIVER: f64 = 2.0;

/// What events record of a pool.
#[derive(Clone, Debug, Default)]
pub struct PoolEvents {
    /// Events that fit the counters.
    pub exhausted: Option<ExhaustedEvents>,
    /// Events that the counters contradict: the pool held more later.
    pub contradicted: Option<ContradictedEvents>,
    /// What was installed shortly before the growth.
    pub installed: Option<Arrival>,
}

/// Events that record that a pool was exhausted.
#[derive(Clone, Debug, PartialEq)]
pub struct ExhaustedEvents {
    /// Event id of the first.
    pub id: u32,
    /// The component that logged it.
    pub source: String,
    /// The pool.
    pub pool: Pool,
    /// When the first was logged.
    pub first: Option<Time>,
    /// Hours after the growth began, where that was within the log.
    pub after_growth_began: Option<f64>,
    /// How many more there are.
    pub more: usize,
    /// When the last was logged.
    pub last: Option<Time>,
}

/// Events that record that a pool was exhausted at a level that it rose above later.
#[derive(Clone, Debug, PartialEq)]
pub struct ContradictedEvents {
    /// Event id of the first.
    pub id: u32,
    /// The pool.
    pub pool: Pool,
    /// When the first was logged.
    pub first: Option<Time>,
    /// Bytes that the pool held then.
    pub bytes: Option<f64>,
    /// How many there are.
    pub count: usize,
}

/// Something that was installed shortly before growth began.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// What was installed.
    pub what: Installed,
    /// Its name.
    pub name: String,
    /// Its file, where the event names one.
    pub file: Option<String>,
    /// Hours before the growth; negative where the growth seems to begin first.
    pub before: f64,
    /// Event id.
    pub id: u32,
}

impl Arrival {
    /// Its file, or its name where the event names no file.
    #[must_use]
    pub fn file(&self) -> &str {
        self.file.as_deref().unwrap_or(&self.name)
    }
}

/// A moment at which an event records that a pool was exhausted.
#[derive(Clone, Debug, PartialEq)]
pub struct Exhausted {
    /// Hours from the first sample.
    pub hours: f64,
    /// Event id.
    pub id: u32,
    /// What the pool held then: the surest limit there is.
    pub bytes: f64,
}

/// Events within the log that record that a pool was exhausted.
fn exhaustions<'a>(case: &'a Case<'_>, pool: Pool) -> impl Iterator<Item = &'a (f64, Event)> {
    let end = case.end().map_or(f64::MIN, |end| end + case.step().max(AFTER_THE_LOG));
    let own = case.evidence.events.iter().filter(move |(_, event)| event.kind == EventKind::PoolExhausted(pool));
    own.filter(move |(hours, _)| (0.0..=end).contains(hours))
}

/// The first event that records that a pool was exhausted, at a level that it never rose above much.
#[must_use]
pub fn exhausted(case: &Case<'_>, pool: Pool) -> Option<Exhausted> {
    let series = case.machine.store.get(pool.bytes());
    let highest = series.iter().map(|(_, v)| v).fold(0.0, f64::max);
    exhaustions(case, pool).find_map(|(hours, event)| {
        let bytes = series.at_hours(&case.hours, *hours, case.step().max(AFTER_THE_LOG))?;
        // A pool that went on growing was not at its end.
        (bytes > 0.0 && highest <= STILL_EXHAUSTED * bytes).then_some(Exhausted { hours: *hours, id: event.id, bytes })
    })
}

/// What events record of a pool and its growth.
#[must_use]
pub fn of_pool(case: &Case<'_>, pool: Pool, trend: Option<&Trend>, exhausted: Option<&Exhausted>) -> PoolEvents {
    let Some(end) = case.end() else { return PoolEvents::default() };
    let began_within = trend.filter(|t| t.began_within);
    let (at_end, early): (Vec<_>, Vec<_>) =
        exhaustions(case, pool).partition(|(hours, _)| exhausted.is_some_and(|e| *hours >= e.hours));
    let fitting = at_end.first().zip(at_end.last()).map(|((first, event), (last, _))| ExhaustedEvents {
        id: event.id,
        source: event.source.clone(),
        pool,
        first: case.clock(*first),
        after_growth_began: began_within.filter(|t| *first > t.hours.0).map(|t| first - t.hours.0),
        more: at_end.len() - 1,
        last: case.clock(*last),
    });
    let contradicted = early.first().map(|(first, event)| ContradictedEvents {
        id: event.id,
        pool,
        first: case.clock(*first),
        bytes: case.machine.store.get(pool.bytes()).at_hours(&case.hours, *first, AFTER_THE_LOG),
        count: early.len(),
    });
    let installed = began_within.and_then(|trend| {
        let within = case.evidence.events.iter().filter(|(hours, _)| *hours <= end + AFTER_THE_LOG);
        let slack = (BEGIN_SAMPLES * case.step()).min(1.0);
        installed(within, trend.hours.0, slack)
    });
    PoolEvents { exhausted: fitting, contradicted, installed }
}

/// What was installed closest before growth began; drivers come first.
fn installed<'e>(events: impl Iterator<Item = &'e (f64, Event)>, begin: f64, slack: f64) -> Option<Arrival> {
    let candidates = events.filter_map(|(hours, event)| {
        let EventKind::Installed { what, name, file } = &event.kind else { return None };
        // Signatures of virus scanners come daily and hold no kernel code.
        let lower = name.to_lowercase();
        if *what == Installed::Update && ["definition", "intelligence"].iter().any(|word| lower.contains(word)) {
            return None;
        }
        let before = begin - hours;
        let weight = if *what == Installed::Driver { 1.0 } else { NOT_A_DRIVER };
        let arrival = Arrival { what: *what, name: name.clone(), file: file.clone(), before, id: event.id };
        (-slack..=BEFORE_HOURS).contains(&before).then_some((before.abs() * weight, arrival))
    });
    candidates.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, arrival)| arrival)
}
