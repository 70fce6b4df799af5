//! The measures of one stretch of a series: its low-water marks, their trend and their shape.

use crate::detect::marks::{columns, marks};
use crate::detect::points::Points;
use crate::detect::shape::saturates;
use crate::detect::steps::Steps;
use crate::model::Unit;
use crate::stats::{Mark, hamed_rao_factor, line_sse, mad_sigma, mann_kendall, sen};

/// Standard score of Mann-Kendall, corrected for autocorrelation, from which growth is no chance:
/// one in 2,000 trendless series gets there. At 1.96 every twentieth healthy pool would alarm.
pub const SIGNIFICANT: f64 = 3.3;
/// From this score on growth is suspected: one in 100.
pub const SUSPICIOUS: f64 = 2.33;

// How straight a rise must be, as the share of its variance that a line explains. Load bends and flickers: the rising
// half of a parabola reaches 0.93, a morning of load 0.98.

/// A rise of less than a day is proof only when it is so straight. A ramp that adds half of what it began from stays
/// above this with noise of 1 %.
pub const STRAIGHT_SHORT_RISE: f64 = 0.99;
/// A tooth of a sawtooth is so straight. It is repeated, so it may have more noise than a single short rise.
pub const STRAIGHT_TOOTH: f64 = 0.95;
/// One run of a process that a pool grows in must be so straight; a cache that fills bends. That the growth begins and ends
/// with the process is evidence too, so this is less than what growth alone needs.
pub const STRAIGHT_RUN: f64 = 0.9;

/// The measures of a stretch. Levels are in the unit of the series, rates are per hour.
#[derive(Clone, Debug)]
pub struct SegmentStats {
    /// Low-water marks.
    pub marks: Vec<Mark>,
    /// Standard score of their trend (Mann-Kendall).
    pub z: f64,
    /// By how much autocorrelation widens the variance of that test, 1 or more (Hamed and Rao).
    pub variance_factor: f64,
    /// Rate (Sen).
    pub slope: f64,
    /// 95 % confidence interval of the rate.
    pub ci95: (f64, f64),
    /// Rate in the first half.
    pub early: f64,
    /// Rate in the second half.
    pub late: f64,
    /// Fitted level at begin and end.
    pub levels: (f64, f64),
    /// Begin and end, hours.
    pub hours: (f64, f64),
    /// Standard deviation of the marks from the fitted line.
    pub noise: f64,
    /// Share of the marks' variance that a straight line explains.
    pub straight: f64,
    /// Of a rise like a cache that fills: what as long a time again would add, as a share.
    pub saturates: Option<f64>,
    /// Steps that explain the marks.
    pub steps: Steps,
    /// What the values count.
    pub unit: Unit,
}

impl SegmentStats {
    /// Measures a stretch. `None` when it is too short for any statistics.
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
            ci95: line.interval95(test.variance),
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

    /// Growth over the stretch.
    #[must_use]
    pub fn growth(&self) -> f64 {
        self.levels.1 - self.levels.0
    }

    /// Length of the stretch, hours.
    #[must_use]
    pub fn span(&self) -> f64 {
        self.hours.1 - self.hours.0
    }
}

/// Slope of some marks; 0 where there are too few.
fn slope(marks: &[Mark]) -> f64 {
    let (times, values) = columns(marks);
    sen(&times, &values).map_or(0.0, |s| s.slope)
}

fn straightness(times: &[f64], values: &[f64]) -> f64 {
    let centre = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|v| (v - centre) * (v - centre)).sum();
    if squares > 0.0 { 1.0 - line_sse(times, values) / squares } else { 0.0 }
}
