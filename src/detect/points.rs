//! A series of values over time, the input of all detection.

use crate::model::Unit;
pub use crate::stats::END_SAMPLES;
use crate::stats::{median, quantile};

/// Minimum number of samples: Mann-Kendall on the marks of 24 samples reaches the required score only if nearly every
/// mark is above the one before.
pub const MIN_SAMPLES: usize = 24;
/// Hours in a day.
pub const DAY: f64 = 24.0;
/// A gap counts as this many intervals: what happened in the rest of it is unknown.
const GAP_INTERVALS: f64 = 3.0;
/// Quantile of the intervals that measures gaps: joined logs may have different intervals, so use a long one.
const LONG_INTERVAL: f64 = 0.9;

/// Times in hours from the first sample of the log, ascending, and values.
#[derive(Clone, Copy, Debug)]
pub struct Points<'a> {
    pub hours: &'a [f64],
    pub values: &'a [f64],
    pub unit: Unit,
}

impl Points<'_> {
    /// The samples from an hour on.
    #[must_use]
    pub fn from(self, hour: f64) -> Self {
        let start = self.hours.partition_point(|h| *h < hour);
        Self { hours: &self.hours[start..], values: &self.values[start..], ..self }
    }

    /// The samples before an hour.
    #[must_use]
    pub fn before(self, hour: f64) -> Self {
        let end = self.hours.partition_point(|h| *h < hour);
        Self { hours: &self.hours[..end], values: &self.values[..end], ..self }
    }

    /// Hours that samples cover. Only [`GAP_INTERVALS`] of a gap count.
    #[must_use]
    pub fn covered(self) -> f64 {
        let steps: Vec<f64> = self.hours.windows(2).map(|w| w[1] - w[0]).collect();
        let most = GAP_INTERVALS * quantile(&steps, LONG_INTERVAL);
        steps.iter().map(|step| step.min(most)).sum()
    }

    /// Hours from the first to the last sample.
    #[must_use]
    pub fn span(self) -> f64 {
        self.hours.last().zip(self.hours.first()).map_or(0.0, |(last, first)| last - first)
    }

    /// Median of the last samples.
    #[must_use]
    pub fn end_level(self) -> f64 {
        median(&self.values[self.values.len().saturating_sub(END_SAMPLES)..])
    }
}

/// Share of a series' values that counts as outliers at either end.
pub const OUTLIERS: f64 = 0.02;

/// The range of values without this share of outliers at either end.
#[must_use]
pub fn range(values: &[f64], outliers: f64) -> (f64, f64) {
    (quantile(values, outliers), quantile(values, 1.0 - outliers))
}

/// Differences of neighbouring values.
#[must_use]
pub fn differences(values: &[f64]) -> Vec<f64> {
    values.windows(2).map(|w| w[1] - w[0]).collect()
}
