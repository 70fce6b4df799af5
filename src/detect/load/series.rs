//! The load counters of a log.

use crate::counters::{CounterSet, LoadCounter, ProcessField};
use crate::detect::points::{MIN_SAMPLES, range};
use crate::detect::segment::SIGNIFICANT;
use crate::machine::{Machine, Series};

use crate::stats::{mann_kendall, median};

/// The values of one load counter.
#[derive(Clone, Debug)]
pub struct LoadSeries {
    /// English counter path without machine and instance.
    pub name: String,
    pub(super) hours: Vec<f64>,
    pub(super) values: Vec<f64>,
}

/// Minimum number of samples of a load's earlier level.
const FEWEST_BEFORE: usize = 48;
/// Minimum number of samples of its current level: one busy sample means nothing.
const FEWEST_NOW: usize = 3;
/// A load is up if it exceeds its earlier level by this share of its range.
const ABOVE: f64 = 0.5;
/// A load has risen if it did so by this share of its range.
const RISEN: f64 = 0.5;
/// A counter of objects (processes, threads, handles) rather than work is load only if it falls: it must end below this
/// share of its range. A counter that ends at its highest level may be the leak itself.
const COMES_DOWN: f64 = 0.5;
/// Share of the earlier range that counts as outliers at either end, …
const RARELY: f64 = 0.01;
/// … the share for the usual range, …
const UNUSUAL: f64 = 0.1;
/// … and the share for the range of the whole log.
const OUTLIERS: f64 = 0.05;
/// The start and end of a load are the medians of the first and last 1/n of its samples.
const ENDS: usize = 10;

/// The counters of load.
#[must_use]
pub fn counters() -> CounterSet {
    CounterSet::of(LoadCounter::ALL).with(ProcessField::HandleCount)
}

/// The load counters that a machine's log contains and that move.
#[must_use]
pub fn loads(machine: &Machine, hours: &[f64]) -> Vec<LoadSeries> {
    let load = |name: String, series: &Series| {
        let (hours, values): (Vec<f64>, Vec<f64>) = series.iter().map(|(sample, v)| (hours[sample], v)).unzip();
        let (low, high) = range(&values, UNUSUAL);
        (high > low).then_some(LoadSeries { name, hours, values })
    };
    let counted = LoadCounter::ALL.into_iter().filter_map(|counter| {
        let found = load(counter.english(), machine.store.load(counter))?;
        let is_state = matches!(counter, LoadCounter::Processes | LoadCounter::Threads | LoadCounter::FilesOpen);
        (!is_state || found.comes_down()).then_some(found)
    });
    let handles = load(r"Process(_Total)\Handle Count".to_owned(), &machine.process_total.handles);
    counted.chain(handles.filter(LoadSeries::comes_down)).collect()
}

impl LoadSeries {
    /// The values before `begin`, and those from it to `end`.
    fn split(&self, begin: f64, end: f64) -> (&[f64], &[f64]) {
        let (from, to) = (self.hours.partition_point(|h| *h < begin), self.hours.partition_point(|h| *h <= end));
        (&self.values[..from], &self.values[from..to])
    }

    /// Whether it ends above all levels before `begin`.
    #[must_use]
    pub fn is_up(&self, begin: f64, end: f64) -> bool {
        let (early, late) = self.split(begin, end);
        if early.len() < FEWEST_BEFORE || late.len() < FEWEST_NOW {
            return false;
        }
        let (low, high) = range(early, RARELY);
        median(&late[late.len() / 2..]) > high + ABOVE * (high - low)
    }

    /// Whether it has risen steadily since `begin`.
    #[must_use]
    pub fn rises(&self, begin: f64, end: f64) -> bool {
        let (early, late) = self.split(begin, end);
        if early.len() < FEWEST_BEFORE || late.len() < MIN_SAMPLES {
            return false;
        }
        let means: Vec<f64> = late
            .chunks(late.len().div_ceil(MIN_SAMPLES))
            .map(|part| part.iter().sum::<f64>() / part.len() as f64)
            .collect();
        let third = means.len() / 3;
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
        let risen = mean(&means[means.len() - third..]) - mean(&means[..third]);
        let (low, high) = range(early, UNUSUAL);
        mann_kendall(&means).z > SIGNIFICANT && risen > RISEN * (high - low)
    }

    fn comes_down(&self) -> bool {
        let n = self.values.len();
        let (low, high) = range(&self.values, OUTLIERS);
        let begin = median(&self.values[..n.div_ceil(ENDS)]);
        let end = median(&self.values[n - n.div_ceil(ENDS)..]);
        end - low <= COMES_DOWN * (high - low) || end <= begin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: f64 = 7.0;

    /// Load that differs from day to day.
    fn users(hour: f64) -> f64 {
        let day = (hour / 24.0).floor();
        let hill = (1.0 - ((hour % 24.0 - 13.0) / 5.0).powi(2)).max(0.0);
        100.0 * hill * (1.0 + 0.3 * (day * 2.3).sin()) + 3.0 * (hour * 5.1).sin() + 5.0
    }

    fn load(name: &str, value: impl Fn(f64) -> f64) -> LoadSeries {
        let hours: Vec<f64> = (0..2016).map(|i| BEGIN + f64::from(i) / 12.0).collect();
        let values = hours.iter().map(|hour| value(*hour)).collect();
        LoadSeries { name: name.to_owned(), hours, values }
    }

    #[test]
    fn what_never_comes_down_is_no_load() {
        assert!(load("handles", users).comes_down());
        assert!(!load("handles", |h| 1000.0 + 10.0 * h).comes_down());
        assert!(load("users", |h| users(h) + if h > 150.0 { 500.0 } else { 0.0 }).is_up(150.0, 175.0));
        assert!(!load("users", users).is_up(155.0, 175.0));
        assert!(load("users", |h| users(h) + 40.0 * (h - 150.0).max(0.0)).rises(150.0, 175.0));
    }
}
