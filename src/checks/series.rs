//! Series without implausible values.

use std::ops::RangeInclusive;

use super::reason::Reason;
use crate::base::units::TB;
use crate::case::Case;
use crate::counters::MemoryCounter;
use crate::detect::Points;
use crate::machine::Series;
use crate::model::Unit;
use crate::stats::end_level;

/// Plausible sizes of a pool or a process: no Windows version addresses more than 128 TB of kernel memory.
pub const PLAUSIBLE_BYTES: RangeInclusive<f64> = 0.0..=128.0 * TB;

/// A counter ends early if it is blank for this share of the log at its end, …
const EARLY: f64 = 0.05;
/// … and for more than this many samples.
const EARLY_SAMPLES: f64 = 3.0;

/// The reasons, if samples of a counter were left out because the read failed.
#[must_use]
pub fn failed_reads(case: &Case<'_>, counter: MemoryCounter) -> Vec<Reason> {
    let machine = case.machine;
    let zeros = machine.zeros.get(&counter).map(|samples| Reason::Zeros { samples: *samples });
    let alone = machine.standing_alone.get(&counter).and_then(|alone| {
        let level = machine.store.get(counter).end_level()?;
        let off = |(_, value): &(usize, f64)| (value - level).abs();
        let (sample, value) = *alone.iter().max_by(|a, b| off(a).total_cmp(&off(b)))?;
        Some(Reason::StandsAlone { values: alone.len(), farthest: value, at: case.sample_time(sample) })
    });
    zeros.into_iter().chain(alone).collect()
}

/// Times and values of a series without implausible values.
pub struct ValidSeries {
    hours: Vec<f64>,
    values: Vec<f64>,
    unit: Unit,
    /// Number of ignored values.
    pub rejected: usize,
}

impl ValidSeries {
    /// The values of a series within a range.
    #[must_use]
    pub fn of(case: &Case<'_>, series: &Series, plausible: &RangeInclusive<f64>, unit: Unit) -> Self {
        let (samples, values): (Vec<usize>, Vec<f64>) = series.iter().filter(|(_, v)| plausible.contains(v)).unzip();
        let rejected = series.iter().count() - values.len();
        Self { hours: samples.iter().map(|s| case.hours[*s]).collect(), values, unit, rejected }
    }

    /// Time of the last value, hours.
    #[must_use]
    pub fn end(&self) -> f64 {
        self.hours.last().copied().unwrap_or(0.0)
    }

    /// Level at the end; `None` without values.
    #[must_use]
    pub fn end_level(&self) -> Option<f64> {
        end_level(&self.hours, &self.values)
    }

    /// The reason, if the values end long before the log does.
    #[must_use]
    pub fn ends_early(&self, case: &Case<'_>) -> Option<Reason> {
        let log = case.end()? - case.hours.first()?;
        let missing = case.end()? - self.hours.last()?;
        let hours = (missing > (EARLY * log).max(EARLY_SAMPLES * case.interval?)).then_some(missing)?;
        Some(Reason::EndsEarly { hours })
    }

    #[must_use]
    pub fn points(&self) -> Points<'_> {
        Points { hours: &self.hours, values: &self.values, unit: self.unit }
    }
}
