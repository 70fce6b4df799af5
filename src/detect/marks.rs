//! Low-water marks of a series: the levels that it falls back to, which a leak lifts.

use crate::detect::points::{DAY, Points};
use crate::stats::{Mark, broken_line, line_sse, low_water, median, sen, sliding_low_water};

/// Bins of a log shorter than a week. Enough for Mann-Kendall, few enough that each has several samples.
const BINS: usize = 48;
/// Samples of a bin, where there are enough: five outvote a spike …
const SAMPLES_A_MARK: usize = 5;
/// … but so many marks there must be, with two samples each at least.
const FEWEST_MARKS: usize = 12;
/// From two weeks on a bin is a day, so that load that comes and goes within a day leaves no trace.
/// Fewer days are too few marks: seven that all rise reach a score of 3.0.
pub const DAILY_FROM_HOURS: f64 = 14.0 * DAY;
/// From a week to two, the bin of a day slides on by a quarter of it; the correction for autocorrelation
/// accounts for the overlap.
pub const SLIDING_FROM_HOURS: f64 = 7.0 * DAY;
/// Two years of days; Sen's slope needs the square of the number of marks.
const MOST_MARKS: usize = 720;

/// Low-water marks of a stretch.
#[must_use]
pub fn marks(points: Points<'_>) -> Vec<Mark> {
    let (hours, values) = (points.hours, points.values);
    match points.span() {
        span if span >= DAILY_FROM_HOURS => low_water(hours, values, ((span / DAY).round() as usize).min(MOST_MARKS)),
        span if span >= SLIDING_FROM_HOURS => sliding_low_water(hours, values, DAY, DAY / 4.0),
        _ => {
            let bins = BINS.min((values.len() / SAMPLES_A_MARK).max(FEWEST_MARKS)).min(values.len() / 2).max(2);
            marks_of_bins(points, bins)
        }
    }
}

/// Low-water marks of so many bins.
#[must_use]
pub fn marks_of_bins(points: Points<'_>, bins: usize) -> Vec<Mark> {
    let marks = low_water(points.hours, points.values, bins);
    // Where a gap has emptied most bins, bins have the same number of samples instead of the same length.
    if 2 * marks.len() >= bins { marks } else { marks_by_count(points, bins) }
}

fn marks_by_count(points: Points<'_>, bins: usize) -> Vec<Mark> {
    let size = (points.values.len() / bins.max(1)).max(1);
    points.hours.chunks(size).zip(points.values.chunks(size)).flat_map(|(t, v)| low_water(t, v, 1)).collect()
}

/// Times and values of marks.
#[must_use]
pub fn columns(marks: &[Mark]) -> (Vec<f64>, Vec<f64>) {
    marks.iter().map(|m| (m.time, m.value)).unzip()
}

/// The marks that place a bend are so many times as fine as those of the trend.
const FINER: usize = 4;
/// A rise before the bend of less than this share of the rise behind it is flat.
const FLAT_BEFORE: f64 = 0.15;
/// A bend is one when the broken line leaves less than this share of the squares of a straight one;
/// its two more parameters alone take a tenth off noise.
const BENT_SSE: f64 = 0.7;
/// The begin of growth lies within so many marks of the bend.
const REACH_MARKS: f64 = 4.0;

/// Where growth began, when it did so within the stretch: the bend of a broken line whose first
/// part is flat and that fits clearly better than a straight one.
#[must_use]
pub fn onset(points: Points<'_>) -> Option<f64> {
    let fine = if points.span() >= SLIDING_FROM_HOURS {
        marks(points)
    } else {
        low_water(points.hours, points.values, (BINS * FINER).min(points.values.len()))
    };
    let (times, values) = columns(&fine);
    let bent = broken_line(&times, &values)?;
    let flat_before = bent.after > 0.0 && bent.before.abs() < FLAT_BEFORE * bent.after;
    if !flat_before || bent.sse >= BENT_SSE * line_sse(&times, &values) {
        return None;
    }
    // The bend was searched at marks only; where the risen part meets the level before it is finer.
    let split = fine.partition_point(|m| m.time < bent.at);
    let level = median(&values[..split.max(1)]);
    let met = sen(&times[split..], &values[split..]).map(|line| (level - line.intercept) / line.slope);
    let reach = REACH_MARKS * points.span() / fine.len().max(1) as f64;
    Some(met.filter(|at| (at - bent.at).abs() <= reach).unwrap_or(bent.at))
}
