//! One stretch of a series, examined for growth: its low-water marks and their trend.

use crate::detect::gates::{Gate, Passed};
use crate::model::Unit;
use crate::stats::{
    Mark, broken_line, deviation, hamed_rao_factor, line_sse, low_water, mann_kendall, median, quantile, sen,
    sliding_low_water,
};

/// Times in hours from the first sample, ascending, and values.
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

    /// Hours that samples cover: a gap counts as three intervals, for nobody knows what went on in it.
    /// Logs of different intervals may be joined, so the longer intervals are the measure.
    pub fn covered(self) -> f64 {
        let steps: Vec<f64> = self.hours.windows(2).map(|w| w[1] - w[0]).collect();
        let most = 3.0 * quantile(&steps, 0.9);
        steps.iter().map(|step| step.min(most)).sum()
    }

    /// From the first to the last, hours.
    pub fn span(self) -> f64 {
        self.hours.last().zip(self.hours.first()).map_or(0.0, |(last, first)| last - first)
    }
}

/// Fewer samples say nothing: Mann-Kendall on the marks of 24 samples reaches the score that is needed only
/// where nearly every mark is above the one before.
pub const MIN_SAMPLES: usize = 24;

/// Samples whose median is the level at the end of a log: two outliers are outvoted.
pub const END_SAMPLES: usize = 5;
/// Bins of a log shorter than a week. Enough for Mann-Kendall, few enough that each holds several
/// samples.
const BINS: usize = 48;
/// Hours.
pub const DAY: f64 = 24.0;
/// From two weeks on a bin is a day, so that what every day brings and takes away leaves no trace.
/// Fewer days are too few marks: seven that all rise reach a score of 3.0.
const DAILY_FROM_HOURS: f64 = 14.0 * DAY;
/// From a week to two, the day slides on by a quarter at a time; the correction for autocorrelation
/// takes care of the overlap.
pub const SLIDING_FROM_HOURS: f64 = 7.0 * DAY;
/// Two years of days; Sen's slope takes the square of the number of marks.
const MOST_MARKS: usize = 720;

/// What examining a stretch gave.
#[derive(Clone, Debug)]
pub struct Window {
    /// Low-water marks.
    pub marks: Vec<Mark>,
    /// Standard score of the trend.
    pub z: f64,
    /// Bytes an hour.
    pub slope: f64,
    /// Its 95 % confidence interval.
    pub ci95: (f64, f64),
    /// The same of the second half.
    pub late: f64,
    /// Fitted level at the stretch's begin and end.
    pub levels: (f64, f64),
    /// Begin and end, hours.
    pub hours: (f64, f64),
    /// Deviation of the marks from the fitted line.
    pub noise: f64,
    /// Share of the marks' variance that a straight line explains.
    pub straight: f64,
    /// All gates.
    pub gates: Vec<Gate>,
    /// Where a few steps explain the marks, hours.
    pub steps: Vec<f64>,
    /// What the values count.
    pub unit: Unit,
}

/// Low-water marks of a stretch.
pub fn marks(points: Points<'_>) -> Vec<Mark> {
    let (hours, values) = (points.hours, points.values);
    match points.span() {
        span if span >= DAILY_FROM_HOURS => low_water(hours, values, ((span / DAY).round() as usize).min(MOST_MARKS)),
        span if span >= SLIDING_FROM_HOURS => sliding_low_water(hours, values, DAY, DAY / 4.0),
        _ => {
            // Five samples a bin outvote a spike, but twelve marks there must be.
            let bins = BINS.min((values.len() / 5).max(12)).min(values.len() / 2).max(2);
            filled(points, bins)
        }
    }
}

/// Low-water marks of so many bins.
pub fn filled(points: Points<'_>, bins: usize) -> Vec<Mark> {
    let marks = low_water(points.hours, points.values, bins);
    // Where a gap has emptied most bins, samples are counted instead of hours.
    if 2 * marks.len() >= bins { marks } else { by_count(points, bins) }
}

/// Low-water marks of bins that hold the same number of samples.
fn by_count(points: Points<'_>, bins: usize) -> Vec<Mark> {
    let size = (points.values.len() / bins.max(1)).max(1);
    points.hours.chunks(size).zip(points.values.chunks(size)).flat_map(|(t, v)| low_water(t, v, 1)).collect()
}

/// A rise before the bend of less than this share of the rise behind it is flat.
const FLAT_BEFORE: f64 = 0.15;
/// A bend is one when the broken line leaves less than this share of the squares of a straight one;
/// its two more parameters alone take a tenth off noise.
const BENT_SSE: f64 = 0.7;

/// Where growth began, when it did so within the stretch: the bend of a broken line whose first
/// part is flat and that fits clearly better than a straight one.
pub fn onset(points: Points<'_>) -> Option<f64> {
    let fine = if points.span() >= SLIDING_FROM_HOURS {
        marks(points)
    } else {
        // Marks four times as fine as those of the trend place the bend more exactly.
        low_water(points.hours, points.values, (BINS * 4).min(points.values.len()))
    };
    let (times, values): (Vec<f64>, Vec<f64>) = fine.iter().map(|m| (m.time, m.value)).unzip();
    let bent = broken_line(&times, &values)?;
    let flat_before = bent.after > 0.0 && bent.before.abs() < FLAT_BEFORE * bent.after;
    if !flat_before || bent.sse >= BENT_SSE * line_sse(&times, &values) {
        return None;
    }
    // The bend was searched at marks only; where the risen part meets the level before it is finer.
    let split = fine.partition_point(|m| m.time < bent.at);
    let level = median(&values[..split.max(1)]);
    let met = sen(&times[split..], &values[split..]).map(|line| (level - line.intercept) / line.slope);
    let reach = 4.0 * points.span() / fine.len().max(1) as f64;
    Some(met.filter(|at| (at - bent.at).abs() <= reach).unwrap_or(bent.at))
}

impl Window {
    /// Examines a stretch. `None` when it is too short for any statistics.
    pub fn examine(points: Points<'_>) -> Option<Self> {
        let marks = marks(points);
        let (times, values): (Vec<f64>, Vec<f64>) = marks.iter().map(|m| (m.time, m.value)).unzip();
        let line = sen(&times, &values)?;
        let factor = hamed_rao_factor(&values).max(1.0);
        let test = mann_kendall(&values).with_variance_factor(factor);
        let residuals: Vec<f64> = marks.iter().map(|m| m.value - line.at(m.time)).collect();
        let hours = (*points.hours.first()?, *points.hours.last()?);
        let centre = values.iter().sum::<f64>() / values.len() as f64;
        let squares: f64 = values.iter().map(|v| (v - centre) * (v - centre)).sum();
        let mut window = Self {
            z: test.z,
            slope: line.slope,
            ci95: line.interval95(test.variance),
            late: line.slope,
            levels: (line.at(hours.0), line.at(hours.1)),
            hours,
            noise: deviation(&residuals),
            straight: if squares > 0.0 { 1.0 - line_sse(&times, &values) / squares } else { 0.0 },
            gates: Vec::new(),
            steps: Vec::new(),
            unit: points.unit,
            marks,
        };
        window.pass_gates(points, factor);
        Some(window)
    }

    /// Growth over the stretch, bytes.
    pub fn growth(&self) -> f64 {
        self.levels.1 - self.levels.0
    }

    /// Whether all gates were passed, or none clearly failed.
    pub fn passed(&self) -> Passed {
        let any = |p| self.gates.iter().any(|g| g.passed == p);
        match () {
            () if any(Passed::No) => Passed::No,
            () if any(Passed::Doubtful) => Passed::Doubtful,
            () => Passed::Yes,
        }
    }
}
