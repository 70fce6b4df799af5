//! Checks against earlier levels: how long growth lasts, and whether the end is above them all.

use crate::detect::gate::{GateKind, GateResult, Measured, Passed, Steep};
use crate::detect::points::{END_SAMPLES, Points, differences, range};
use crate::detect::segment::{STRAIGHT_SHORT_RISE, SegmentStats};
use crate::stats::mad_sigma;

/// Shorter growth could be the load of one working day, which falls again later that day: 20 hours include a night.
pub const ONE_DAY_HOURS: f64 = 20.0;
/// Shorter growth is proof if it adds this share of its first level, …
const STEEP: f64 = 0.75;
/// … is this many times the earlier movement …
const DWARFS: f64 = 4.0;
/// … (far more if a day and night before are known, since backups add a few times the usual movement), …
const DWARFS_A_DAY: f64 = 10.0;
/// … and lasts at least ten minutes, longer than any program takes to start, in a straight line.
const FEWEST_HOURS: f64 = 1.0 / 6.0;
/// Share of earlier values that counts as outliers at either end.
const RARELY: f64 = 0.01;
/// The end is above all earlier levels if it is so by this share of their range …
const ABOVE_RANGE: f64 = 0.5;
/// … and by this many times the noise of single values.
const ABOVE_NOISE: f64 = 6.0;

/// Is it long enough to exclude the load of one day?
#[must_use]
pub fn long_enough(points: Points<'_>, stats: &SegmentStats) -> GateResult {
    let hours = points.from(stats.hours.0).covered();
    if hours >= ONE_DAY_HOURS {
        return GateResult::new(GateKind::LongEnough, Passed::Yes, Measured::LongEnough { hours, steep: None });
    }
    let early = points.before(stats.hours.0);
    let (low, high) = range(early.values, RARELY);
    let moved = high - low;
    let growth = stats.growth();
    let unheard_of = if early.covered() >= ONE_DAY_HOURS {
        growth >= DWARFS_A_DAY * moved
    } else {
        growth >= STEEP * stats.levels.0.max(0.0) && growth >= DWARFS * moved
    };
    let is_steep = stats.straight >= STRAIGHT_SHORT_RISE && unheard_of && hours >= FEWEST_HOURS;
    let steep = is_steep.then(|| Steep {
        growth,
        share: growth / stats.levels.0.max(1.0),
        moved_before: (early.values.len() >= END_SAMPLES).then_some(moved),
    });
    let passed = if is_steep { Passed::Yes } else { Passed::Doubtful };
    GateResult::new(GateKind::LongEnough, passed, Measured::LongEnough { hours, steep })
}

/// Is the level at the end above all earlier levels? Daily load that is high at the end of a log is not.
#[must_use]
pub fn new_territory(end: f64, earlier: Points<'_>) -> GateResult {
    let (low, high) = range(earlier.values, RARELY);
    // The difference of two independent values scatters √2 times as much as each value.
    let noise = mad_sigma(&differences(earlier.values)) / std::f64::consts::SQRT_2;
    let margin = (ABOVE_RANGE * (high - low)).max(ABOVE_NOISE * noise);
    let above = end - high;
    let passed = if above > margin { Passed::Yes } else { Passed::No };
    GateResult::new(GateKind::NewTerritory, passed, Measured::NewTerritory { above, over_hours: earlier.span() })
}
