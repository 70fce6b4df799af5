//! Low-water marks of a series: the levels that it falls back to, which rise in a leak.

use crate::detect::points::{DAY, Points};
use crate::stats::{Mark, broken_line, line_sse, low_water, median, sen, sliding_low_water};

/// Bins of a log shorter than a week: enough for Mann-Kendall, few enough that each has several samples.
const BINS: usize = 48;
/// Samples per bin, if there are enough: five outvote a spike, …
const SAMPLES_A_MARK: usize = 5;
/// … but at least this many marks, with at least two samples each.
const FEWEST_MARKS: usize = 12;
/// From two weeks on, a bin is a day, so that load within a day has no effect. Fewer days are too few marks: seven that
/// all rise reach a score of 3.0.
pub const DAILY_FROM_HOURS: f64 = 14.0 * DAY;
/// From one week to two, the bin of a day slides by a quarter of a day; the correction for autocorrelation accounts for
/// the overlap.
pub const SLIDING_FROM_HOURS: f64 = 7.0 * DAY;
/// Two years of days; the work of Sen's slope grows with the square of the number of marks.
const MOST_MARKS: usize = 720;

/// Low-water marks of a segment.
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

/// Low-water marks of this many bins.
#[must_use]
pub fn marks_of_bins(points: Points<'_>, bins: usize) -> Vec<Mark> {
    let marks = low_water(points.hours, points.values, bins);
    // If a gap leaves most bins empty, use bins with equal numbers of samples instead of equal lengths.
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

/// Marks that locate a bend are this many times finer than those of the trend.
const FINER: usize = 4;
/// A rise before the bend of less than this share of the rise after it is flat.
const FLAT_BEFORE: f64 = 0.15;
/// A bend counts if the broken line leaves less than this share of the squares of a straight line; its two additional
/// parameters alone remove a tenth of noise.
const BENT_SSE: f64 = 0.7;
/// Growth starts within this many marks of the bend.
const REACH_MARKS: f64 = 4.0;

/// When growth started, if within the segment: the bend of a broken line whose first part is flat and that fits clearly
/// better than a straight line.
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
    // The search for the bend uses marks only; the intersection of the rise with the earlier level is more precise.
    let split = fine.partition_point(|m| m.time < bent.at);
    let level = median(&values[..split.max(1)]);
    let met = sen(&times[split..], &values[split..]).map(|line| (level - line.intercept) / line.slope);
    let reach = REACH_MARKS * points.span() / fine.len().max(1) as f64;
    Some(met.filter(|at| (at - bent.at).abs() <= reach).unwrap_or(bent.at))
}
