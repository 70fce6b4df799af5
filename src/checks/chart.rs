//! The chart of a pool: its values, what is charged to processes, the trend and the limit.

use crate::base::time::TICKS_PER_SECOND;
use crate::checks::pool::POSSIBLE;
use crate::detect::assess::Trend;
use crate::log::{FileTime, ZonedTime};
use crate::machine::{Machine, Series};
use crate::model::{Chart, ChartMark, ChartPoint, SecondLine, Time, TrendLine, Unit};

/// Stretches that a series is drawn in: about one for each two pixels of a report's width.
const STRETCHES: usize = 480;

/// What a chart is made of.
pub struct Parts<'a> {
    /// Its title.
    pub title: String,
    /// What the line is, in a word or two.
    pub label: &'static str,
    /// The series.
    pub series: &'a Series,
    /// What its values count.
    pub unit: Unit,
    /// Another series to compare with, and what it is.
    pub second: Option<(&'static str, &'a Series)>,
    /// The trend, in hours from the first sample.
    pub trend: Option<&'a Trend>,
    /// The limit and what it is.
    pub limit: Option<(f64, String)>,
    /// Events.
    pub events: Vec<ChartMark>,
}

/// The time of a sample, if a calendar can hold it.
pub fn time(machine: &Machine, sample: usize) -> Option<Time> {
    machine.times.get(sample).and_then(|t| t.to_date_time()).map(Time)
}

/// A moment so many hours after the first sample, on the machine's clock of that time.
pub fn time_at(machine: &Machine, hours: f64) -> Option<Time> {
    let first = machine.times.first()?;
    let ticks = hours * 3600.0 * TICKS_PER_SECOND as f64;
    if !(-1e17..1e18).contains(&ticks) {
        return None;
    }
    let utc = FileTime(first.utc.0.saturating_add(ticks.round() as i64));
    let before = machine.times.partition_point(|t| t.utc <= utc).saturating_sub(1);
    // Whole seconds: what is between samples is not known more exactly.
    let utc = FileTime(utc.0 / TICKS_PER_SECOND * TICKS_PER_SECOND);
    ZonedTime { utc, offset_minutes: machine.times.get(before)?.offset_minutes }.to_date_time().map(Time)
}

/// Draws up a chart.
pub fn chart(machine: &Machine, parts: Parts<'_>) -> Chart {
    let trend = parts.trend.and_then(|trend| {
        let to = trend.levels.1;
        let hours = trend.hours.1 - trend.hours.0;
        Some(TrendLine {
            from: (time_at(machine, trend.hours.0)?, trend.levels.0),
            to: (time_at(machine, trend.hours.1)?, to),
            to_ci95: Some([trend.levels.0 + trend.ci95.0 * hours, trend.levels.0 + trend.ci95.1 * hours]),
        })
    });
    let mut marks: Vec<ChartMark> = machine
        .boots
        .iter()
        .filter_map(|boot| Some(ChartMark { time: Time(boot.to_date_time()?), label: "restart".to_owned() }))
        .collect();
    if let (Some(line), true) = (trend, parts.trend.is_some_and(|t| t.began_within)) {
        marks.push(ChartMark { time: line.from.0, label: "growth begins".to_owned() });
    }
    marks.extend(parts.events);
    marks.sort_by_key(|mark| mark.time);
    // A limit far above the curve would press it flat.
    let top = parts.series.iter().map(|(_, v)| v).filter(|v| POSSIBLE.contains(v)).fold(0.0, f64::max);
    let limit = parts.limit.filter(|(bytes, _)| *bytes < 2.5 * top);
    let second =
        parts.second.map(|(label, series)| SecondLine { label: label.to_owned(), points: points(machine, series) });
    Chart {
        title: parts.title,
        label: parts.label,
        unit: parts.unit,
        points: points(machine, parts.series),
        second: second.filter(|line| !line.points.is_empty()),
        trend,
        limit,
        marks,
    }
}

/// The lowest and highest value of each stretch.
fn points(machine: &Machine, series: &Series) -> Vec<ChartPoint> {
    let values: Vec<(usize, f64)> = series.iter().filter(|(_, v)| POSSIBLE.contains(v)).collect();
    let size = values.len().div_ceil(STRETCHES).max(1);
    let point = |part: &[(usize, f64)]| {
        let time = time(machine, part[part.len() / 2].0)?;
        let low = part.iter().map(|(_, v)| *v).fold(f64::MAX, f64::min);
        let high = part.iter().map(|(_, v)| *v).fold(f64::MIN, f64::max);
        Some(ChartPoint { time, low, high })
    };
    values.chunks(size).filter_map(point).collect()
}
