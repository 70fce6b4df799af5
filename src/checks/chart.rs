//! The chart of a finding: a series thinned to the width of a report, its trend and events.

use std::ops::RangeInclusive;

use crate::case::Case;
use crate::detect::Trend;
use crate::evidence::events::{EventKind, Installed};
use crate::forecast::Limit;
use crate::machine::Series;
use crate::model::{ChartPoint, Time, TrendLine};

/// Maximum number of points: about one for every two pixels of a report's width.
const MOST_POINTS: usize = 480;
/// Maximum number of marks in a chart.
const MOST_MARKS: usize = 8;
/// Hide a limit above this many times the curve's top, because it would flatten the curve.
const LIMIT_IN_SIGHT: f64 = 2.5;
/// Of equal marks within this share of the log, only the first is shown.
const SAME_PLACE: f64 = 0.08;

/// A chart without text.
#[derive(Clone, Debug)]
pub struct ChartFacts {
    pub points: Vec<ChartPoint>,
    pub second: Vec<ChartPoint>,
    pub trend: Option<TrendLine>,
    /// The limit, if close enough to show.
    pub limit: Option<Limit>,
    /// Restarts, events and the start of the growth, in order of time.
    pub marks: Vec<Mark>,
}

/// An event on the time axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub time: Time,
    pub kind: MarkKind,
}

/// The kind of event that a mark shows.
#[derive(Clone, Debug, PartialEq)]
pub enum MarkKind {
    Restart,
    GrowthBegins,
    /// An event with this id.
    Event(u32),
    Crash,
    /// A driver or program with this name was installed.
    Installed(Option<String>),
    Update,
}

/// Input of a chart.
pub struct Parts<'a> {
    pub series: &'a Series,
    /// Values outside this range are not drawn.
    pub plausible: &'a RangeInclusive<f64>,
    /// Another series to compare with.
    pub second: Option<&'a Series>,
    pub trend: Option<&'a Trend>,
    pub limit: Option<Limit>,
}

#[must_use]
pub fn chart(case: &Case<'_>, parts: Parts<'_>) -> ChartFacts {
    let trend = parts.trend.and_then(|trend| trend_line(case, trend));
    let restarts = case.machine.boots.iter().filter_map(|boot| case.time(*boot));
    let mut marks: Vec<Mark> = restarts.map(|time| Mark { time, kind: MarkKind::Restart }).collect();
    if let (Some(line), true) = (trend, parts.trend.is_some_and(|t| t.began_within)) {
        marks.push(Mark { time: line.from.0, kind: MarkKind::GrowthBegins });
    }
    marks.extend(events(case));
    marks.sort_by_key(|mark| mark.time);
    let plausible = parts.series.iter().map(|(_, v)| v).filter(|v| parts.plausible.contains(v));
    let top = plausible.fold(0.0, f64::max);
    ChartFacts {
        points: points(case, parts.series, parts.plausible),
        second: parts.second.map(|series| points(case, series, parts.plausible)).unwrap_or_default(),
        trend,
        limit: parts.limit.filter(|limit| limit.value < LIMIT_IN_SIGHT * top),
        marks,
    }
}

fn trend_line(case: &Case<'_>, trend: &Trend) -> Option<TrendLine> {
    let hours = trend.hours.1 - trend.hours.0;
    Some(TrendLine {
        from: (case.clock(trend.hours.0)?, trend.levels.0),
        to: (case.clock(trend.hours.1)?, trend.levels.1),
        to_ci95: Some([trend.levels.0 + trend.ci95.0 * hours, trend.levels.0 + trend.ci95.1 * hours]),
    })
}

/// The lowest and highest value of each group of neighboring samples.
fn points(case: &Case<'_>, series: &Series, plausible: &RangeInclusive<f64>) -> Vec<ChartPoint> {
    let values: Vec<(usize, f64)> = series.iter().filter(|(_, v)| plausible.contains(v)).collect();
    let size = values.len().div_ceil(MOST_POINTS).max(1);
    let point = |part: &[(usize, f64)]| {
        let time = case.sample_time(part[part.len() / 2].0)?;
        let low = part.iter().map(|(_, v)| *v).fold(f64::MAX, f64::min);
        let high = part.iter().map(|(_, v)| *v).fold(f64::MIN, f64::max);
        Some(ChartPoint { time, low, high })
    };
    values.chunks(size).filter_map(point).collect()
}

/// Marks of events; the most important if there are too many.
fn events(case: &Case<'_>) -> Vec<Mark> {
    let Some(end) = case.end() else { return Vec::new() };
    let mut marks: Vec<(u8, f64, Mark)> = Vec::new();
    for (hours, event) in case.evidence.events.iter().filter(|(h, _)| (0.0..=end).contains(h)) {
        let (rank, kind) = match &event.kind {
            EventKind::PoolExhausted(_) | EventKind::OutOfResources => (0, MarkKind::Event(event.id)),
            EventKind::LowMemory(_) => (1, MarkKind::Event(event.id)),
            EventKind::Crash => (1, MarkKind::Crash),
            EventKind::Installed { what: Installed::Driver, name, file } => {
                (2, MarkKind::Installed(file.as_ref().or(name.as_ref()).cloned()))
            }
            EventKind::Installed { what: Installed::Update, .. } => (3, MarkKind::Update),
            EventKind::Installed { name, .. } => (4, MarkKind::Installed(name.clone())),
            EventKind::Boot | EventKind::Shutdown => continue,
        };
        let again = marks.iter().any(|(_, at, mark)| mark.kind == kind && (hours - at).abs() < SAME_PLACE * end);
        if let Some(time) = case.clock(*hours).filter(|_| !again) {
            marks.push((rank, *hours, Mark { time, kind }));
        }
    }
    marks.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    marks.truncate(MOST_MARKS);
    marks.into_iter().map(|(_, _, mark)| mark).collect()
}
