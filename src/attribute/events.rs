//! Events about a pool: when it was exhausted, and what was installed before it grew.

use crate::base::Pool;
use crate::case::Case;
use crate::detect::Trend;
use crate::evidence::events::{Event, EventKind, Installed};
use crate::model::Time;

/// Hours before growth starts in which an installation may have caused it: drivers often act first after a restart or
/// at the next night's job.
const BEFORE_HOURS: f64 = 24.0;
/// Samples after the apparent start of growth in which an installation may still have caused it, up to an hour.
const BEGIN_SAMPLES: f64 = 2.0;
/// Hours after the last sample in which events still count as within the log: that sample is already one interval old.
const AFTER_THE_LOG: f64 = 1.0;
/// An exhausted pool grows by at most this factor afterwards.
const STILL_EXHAUSTED: f64 = 1.1;
/// The time between an update or a program and the growth counts this many times that of a driver.
const NOT_A_DRIVER: f64 = 2.0;

/// Events about a pool.
#[derive(Clone, Debug, Default)]
pub struct PoolEvents {
    pub exhausted: Option<ExhaustedEvents>,
    /// Events that the counters contradict: the pool was larger later.
    pub contradicted: Option<ContradictedEvents>,
    pub installed: Option<Arrival>,
}

/// Events that record that a pool was exhausted.
#[derive(Clone, Debug, PartialEq)]
pub struct ExhaustedEvents {
    /// Event id of the first event.
    pub id: u32,
    /// Component that logged the first event.
    pub source: String,
    pub pool: Pool,
    pub first: Option<Time>,
    /// Hours from the start of growth to the first event, if growth started within the log.
    pub after_growth_began: Option<f64>,
    /// Further events.
    pub more: usize,
    pub last: Option<Time>,
}

/// Events that say a pool was exhausted, at a level that it exceeded later.
#[derive(Clone, Debug, PartialEq)]
pub struct ContradictedEvents {
    /// Event id of the first event.
    pub id: u32,
    pub pool: Pool,
    pub first: Option<Time>,
    /// Bytes in the pool at that time.
    pub bytes: Option<f64>,
    /// Number of events.
    pub count: usize,
}

/// A driver, program or update that was installed shortly before growth started.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    pub what: Installed,
    /// Name or title, if the event has one.
    pub name: Option<String>,
    /// File name, if the event names one.
    pub file: Option<String>,
    /// Hours from the installation to the growth; negative if growth seems to start first.
    pub before: f64,
    pub id: u32,
}

impl Arrival {
    /// The file, or the name if the event names no file.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref().or(self.name.as_deref())
    }
}

/// An event that records that a pool was exhausted.
#[derive(Clone, Debug, PartialEq)]
pub struct Exhausted {
    /// Hours since the first sample.
    pub hours: f64,
    pub id: u32,
    /// Bytes in the pool at that time: the most reliable limit.
    pub bytes: f64,
}

/// Events within the log that record that a pool was exhausted.
fn exhaustions<'a>(case: &'a Case<'_>, pool: Pool) -> impl Iterator<Item = &'a (f64, Event)> {
    let end = case.end().map_or(f64::MIN, |end| end + case.step().max(AFTER_THE_LOG));
    let own = case.evidence.events.iter().filter(move |(_, event)| event.kind == EventKind::PoolExhausted(pool));
    own.filter(move |(hours, _)| (0.0..=end).contains(hours))
}

/// The first event that records that a pool was exhausted, at a level that it never clearly exceeded.
#[must_use]
pub fn exhausted(case: &Case<'_>, pool: Pool) -> Option<Exhausted> {
    let series = case.machine.store.get(pool.bytes());
    let highest = series.iter().map(|(_, v)| v).fold(0.0, f64::max);
    exhaustions(case, pool).find_map(|(hours, event)| {
        let bytes = series.at_hours(&case.hours, *hours, case.step().max(AFTER_THE_LOG))?;
        // A pool that kept growing was not exhausted.
        (bytes > 0.0 && highest <= STILL_EXHAUSTED * bytes).then_some(Exhausted { hours: *hours, id: event.id, bytes })
    })
}

/// Events about a pool and its growth.
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

/// The installation closest to the start of growth; drivers come first.
fn installed<'e>(events: impl Iterator<Item = &'e (f64, Event)>, begin: f64, slack: f64) -> Option<Arrival> {
    let candidates = events.filter_map(|(hours, event)| {
        let EventKind::Installed { what, name, file } = &event.kind else { return None };
        // Virus signatures arrive daily and contain no kernel code.
        let lower = name.as_deref().unwrap_or_default().to_lowercase();
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
