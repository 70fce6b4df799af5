//! Statistics of one segment of a series: its low-water marks, their trend and their shape.

use crate::detect::marks::{columns, marks};
use crate::detect::points::Points;
use crate::detect::shape::saturates;
use crate::detect::steps::Steps;
use crate::model::Unit;
use crate::stats::{Mark, hamed_rao_factor, line_sse, mad_sigma, mann_kendall, sen, slope_error95};

/// Standard score of Mann-Kendall, corrected for autocorrelation, that makes growth significant: one in 2,000 series
/// without a trend reaches it. With 1.96, one in 20 healthy pools would raise an alarm.
pub const SIGNIFICANT: f64 = 3.3;
/// From this score on, growth is suspected: one in 100.
pub const SUSPICIOUS: f64 = 2.33;

// How straight a rise must be, as the share of its variance that a line explains. Load bends and varies: the rising
// half of a parabola reaches 0.93, a morning of load 0.98.

/// A rise of less than a day is proof only if it is this straight. A ramp that adds half of its first level stays above
/// this with noise of 1 %.
pub const STRAIGHT_SHORT_RISE: f64 = 0.99;
/// A rise of a sawtooth must be this straight. It is repeated, so it may have more noise than a single short rise.
pub const STRAIGHT_TOOTH: f64 = 0.95;
/// A process run in which a pool grows must be this straight; a cache that fills bends. The start and end of growth
/// with the process are evidence too, so this is less than for growth alone.
pub const STRAIGHT_RUN: f64 = 0.9;

/// Growth accelerates if the rate of its second half is this many times the whole rate, and certainly higher.
const ACCELERATES: f64 = 1.3;

/// Statistics of a segment. Levels are in the unit of the series, rates are per hour.
#[derive(Clone, Debug)]
pub struct SegmentStats {
    /// Low-water marks.
    pub marks: Vec<Mark>,
    /// Standard score of the trend (Mann-Kendall).
    pub z: f64,
    /// Factor by which autocorrelation widens the variance of that test, 1 or more (Hamed and Rao).
    pub variance_factor: f64,
    /// Rate per hour (Sen).
    pub slope: f64,
    /// 95 % confidence interval of the rate.
    pub ci95: (f64, f64),
    /// Rate in the first half, per hour.
    pub early: f64,
    /// Rate in the second half, per hour.
    pub late: f64,
    /// Fitted levels at start and end.
    pub levels: (f64, f64),
    /// Start and end, hours since the first sample.
    pub hours: (f64, f64),
    /// Standard deviation of the marks from the fitted line.
    pub noise: f64,
    /// Share of the marks' variance that a straight line explains.
    pub straight: f64,
    /// For a rise like that of a cache: predicted growth over the same time again, as a share of the growth so far.
    pub saturates: Option<f64>,
    /// Steps that explain the marks.
    pub steps: Steps,
    pub unit: Unit,
}

impl SegmentStats {
    /// Measures a segment. `None` if it is too short for statistics.
    #[must_use]
    pub fn of(points: Points<'_>) -> Option<Self> {
        let marks = marks(points);
        let (times, values) = columns(&marks);
        let line = sen(&times, &values)?;
        let variance_factor = hamed_rao_factor(&values).max(1.0);
        let test = mann_kendall(&values).with_variance_factor(variance_factor);
        let residuals: Vec<f64> = marks.iter().map(|m| m.value - line.at(m.time)).collect();
        let hours = (*points.hours.first()?, *points.hours.last()?);
        let levels = (line.at(hours.0), line.at(hours.1));
        let middle = f64::midpoint(hours.0, hours.1);
        let (first, second): (Vec<Mark>, Vec<Mark>) = marks.iter().copied().partition(|m| m.time < middle);
        Some(Self {
            z: test.z,
            variance_factor,
            slope: line.slope,
            ci95: widened(line.interval95(test.variance), line.slope, slope_error95(&times, &values).unwrap_or(0.0)),
            early: slope(&first),
            late: slope(&second),
            levels,
            hours,
            noise: mad_sigma(&residuals),
            straight: straightness(&times, &values),
            saturates: saturates(&times, &values),
            steps: Steps::find(&times, &values, hours.1, hours.1 - hours.0, levels.1 - levels.0),
            unit: points.unit,
            marks,
        })
    }

    #[must_use]
    pub fn growth(&self) -> f64 {
        self.levels.1 - self.levels.0
    }

    /// Rate in the second half and its 95 % confidence interval, if it is certainly higher than the whole rate.
    #[must_use]
    pub fn accelerated(&self) -> Option<(f64, (f64, f64))> {
        let middle = f64::midpoint(self.hours.0, self.hours.1);
        let second: Vec<Mark> = self.marks.iter().copied().filter(|m| m.time >= middle).collect();
        let (times, values) = columns(&second);
        let reach = slope_error95(&times, &values)?;
        let interval = (self.late - reach, self.late + reach);
        (self.late > ACCELERATES * self.slope && interval.0 > self.slope).then_some((self.late, interval))
    }

    /// Length of the segment, hours.
    #[must_use]
    pub fn span(&self) -> f64 {
        self.hours.1 - self.hours.0
    }
}

/// An interval that reaches at least this far to either side of the slope.
fn widened(interval: (f64, f64), slope: f64, reach: f64) -> (f64, f64) {
    (interval.0.min(slope - reach), interval.1.max(slope + reach))
}

/// Slope of some marks; 0 for too few.
fn slope(marks: &[Mark]) -> f64 {
    let (times, values) = columns(marks);
    sen(&times, &values).map_or(0.0, |s| s.slope)
}

fn straightness(times: &[f64], values: &[f64]) -> f64 {
    let centre = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|v| (v - centre) * (v - centre)).sum();
    if squares > 0.0 { 1.0 - line_sse(times, values) / squares } else { 0.0 }
}
