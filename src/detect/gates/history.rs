//! Checks against earlier levels: how long growth lasts, and whether the end is above them all.

use crate::detect::gate::{GateKind, GateResult, Measured, Passed, Steep};
use crate::detect::marks::onset;
use crate::detect::points::{END_SAMPLES, MIN_SAMPLES, Points, differences, range};
use crate::detect::segment::{STRAIGHT_SHORT_RISE, SUSPICIOUS, SegmentStats};
use crate::stats::mad_sigma;

/// Shorter growth could be the load of one working day, which falls again later that day: 20 hours include a night.
pub const ONE_DAY_HOURS: f64 = 20.0;
/// Shorter growth could be a cache that fills over a day and a night, or a warm-up before the load of a day. Two days,
/// less the time that a log may lack at either end.
pub const TWO_NIGHTS_HOURS: f64 = 47.0;
/// Growth within a day is suspected only if it is this straight: the load of a day bends.
const STRAIGHT_WITHIN_A_DAY: f64 = 0.98;
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

/// Is it long enough to exclude the load of one day, and a cache that fills over a night?
#[must_use]
pub fn long_enough(points: Points<'_>, stats: &SegmentStats) -> GateResult {
    let hours = points.from(stats.hours.0).covered();
    let straight = stats.straight;
    if hours >= TWO_NIGHTS_HOURS {
        let measured = Measured::LongEnough { hours, straight, steep: None };
        return GateResult::new(GateKind::LongEnough, Passed::Yes, measured);
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
    let passed = match steep {
        Some(_) => Passed::Yes,
        None if hours < ONE_DAY_HOURS && straight < STRAIGHT_WITHIN_A_DAY => Passed::No,
        None => Passed::Doubtful,
    };
    GateResult::new(GateKind::LongEnough, passed, Measured::LongEnough { hours, straight, steep })
}

/// Share of a rise without which it must stand: a warm-up, or the time after a start, is in it.
const FIRST: f64 = 0.25;
/// Later growth of less than this share of the whole rate slows down, as of halves.
const LATER: f64 = 0.45;

/// Does a rise that was there from the start go on after its first quarter? A warm-up that is followed by the load of a
/// day does not. Never failed: a leak can be slow for a while, too.
#[must_use]
pub fn also_later(points: Points<'_>, stats: &SegmentStats) -> Option<GateResult> {
    let later = points.from(stats.hours.0 + FIRST * stats.span());
    let without = SegmentStats::of(later).filter(|_| later.values.len() >= MIN_SAMPLES)?;
    let starts = onset(later);
    let goes_on = without.z > SUSPICIOUS && without.slope >= LATER * stats.slope && starts.is_none();
    let passed = if goes_on { Passed::Yes } else { Passed::Doubtful };
    let starts_before_end = starts.map(|at| stats.hours.1 - at);
    let measured = Measured::AlsoLater { whole: stats.slope, later: without.slope, starts_before_end };
    Some(GateResult::new(GateKind::AlsoLater, passed, measured))
}

/// Growth must be there without its last 20 minutes, hours: one peak is no leak …
const LAST_HOURS: f64 = 1.0 / 3.0;
/// … and without this many samples, …
const LAST_SAMPLES: usize = 3;
/// … if at least this many are left.
const FEWEST_EARLIER: usize = 12;

/// Did it grow before its last minutes, too?
#[must_use]
pub fn also_earlier(points: Points<'_>, stats: &SegmentStats) -> Option<GateResult> {
    let own = points.from(stats.hours.0);
    let by_count = own.hours.len().checked_sub(LAST_SAMPLES).map(|at| own.hours[at])?;
    let from = by_count.min(stats.hours.1 - LAST_HOURS);
    let earlier = own.before(from);
    if earlier.values.len() < FEWEST_EARLIER {
        // The end of a longer log; a log of some minutes has nothing else.
        let is_peak = own.span() <= LAST_HOURS && points.span() > 2.0 * LAST_HOURS;
        let measured = Measured::AlsoEarlier { hours: own.span(), z: 0.0 };
        return is_peak.then(|| GateResult::new(GateKind::AlsoEarlier, Passed::No, measured));
    }
    let without = SegmentStats::of(earlier)?;
    let passed = if without.z > SUSPICIOUS && without.slope > 0.0 { Passed::Yes } else { Passed::No };
    let measured = Measured::AlsoEarlier { hours: stats.hours.1 - from, z: without.z };
    Some(GateResult::new(GateKind::AlsoEarlier, passed, measured))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::units::MB;
    use crate::model::Unit;

    /// The answer of a check of a day with a sample every five minutes.
    fn answer(
        level: impl Fn(f64) -> f64,
        check: impl Fn(Points<'_>, &SegmentStats) -> Option<GateResult>,
    ) -> Option<Passed> {
        let hours: Vec<f64> = (0..=288).map(|i| f64::from(i) / 12.0).collect();
        let values: Vec<f64> = hours.iter().map(|t| (level(*t) + 0.3 * (t * 7.0).sin()) * MB).collect();
        let points = Points { hours: &hours, values: &values, unit: Unit::Bytes };
        check(points, &SegmentStats::of(points).expect("enough samples")).map(|gate| gate.passed)
    }

    #[test]
    fn growth_is_there_before_its_last_minutes() {
        assert_eq!(answer(|t| 200.0 + t, also_earlier), Some(Passed::Yes));
        let peak = |t: f64| if t > 23.7 { 400.0 } else { 200.0 };
        assert_eq!(answer(peak, also_earlier), Some(Passed::No));
    }

    #[test]
    fn growth_is_there_after_its_first_quarter() {
        assert_eq!(answer(|t| 200.0 + 2.0 * t, also_later), Some(Passed::Yes));
        let warm_up = |t: f64| 200.0 + 100.0 * (1.0 - (-t / 1.5).exp());
        assert_eq!(answer(warm_up, also_later), Some(Passed::Doubtful));
        let then_a_day = move |t: f64| warm_up(t) + 30.0 * ((t - 15.0) / 6.0).clamp(0.0, 1.0);
        assert_eq!(answer(then_a_day, also_later), Some(Passed::Doubtful));
    }
}
