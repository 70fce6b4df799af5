//! A series of values over time, the input of all detection.

use crate::model::Unit;
use crate::stats::{median, quantile};

/// Fewer samples say nothing: Mann-Kendall on the marks of 24 samples reaches the score that is needed only
/// where nearly every mark is above the one before.
pub const MIN_SAMPLES: usize = 24;
/// The level at an end of a series, or of a stretch of it, is the median of so many samples: two outliers are outvoted.
pub const END_SAMPLES: usize = 5;
/// Hours in a day.
pub const DAY: f64 = 24.0;
/// A gap counts as so many intervals: nobody knows what happened in the rest of it.
const GAP_INTERVALS: f64 = 3.0;
/// The interval that a gap is measured by: logs with different intervals may be joined, so the longer ones count.
const LONG_INTERVAL: f64 = 0.9;

/// Times in hours from the first sample of the log, ascending, and values.
#[derive(Clone, Copy, Debug)]
pub struct Points<'a> {
    /// Hours.
    pub hours: &'a [f64],
    /// In the unit.
    pub values: &'a [f64],
    /// What the values count.
    pub unit: Unit,
}

impl Points<'_> {
    /// Those from an hour on.
    #[must_use]
    pub fn from(self, hour: f64) -> Self {
        let start = self.hours.partition_point(|h| *h < hour);
        Self { hours: &self.hours[start..], values: &self.values[start..], ..self }
    }

    /// Those before an hour.
    #[must_use]
    pub fn before(self, hour: f64) -> Self {
        let end = self.hours.partition_point(|h| *h < hour);
        Self { hours: &self.hours[..end], values: &self.values[..end], ..self }
    }

    /// Hours that samples cover. Of a gap only [`GAP_INTERVALS`] count.
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

/// Of the range that a series uses, so much at each end is outliers.
pub const OUTLIERS: f64 = 0.02;

/// The range of values without this share of outliers at each end.
#[must_use]
pub fn range(values: &[f64], outliers: f64) -> (f64, f64) {
    (quantile(values, outliers), quantile(values, 1.0 - outliers))
}

/// Differences of neighbouring values.
#[must_use]
pub fn differences(values: &[f64]) -> Vec<f64> {
    values.windows(2).map(|w| w[1] - w[0]).collect()
}
