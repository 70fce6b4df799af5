//! Checks of the trend itself: against chance, noise and random drift, and whether it continues.

use crate::detect::gate::{GateKind, GateResult, Measured, Passed};
use crate::detect::marks::{SLIDING_FROM_HOURS, columns, marks_of_bins};
use crate::detect::points::Points;
use crate::detect::segment::{SIGNIFICANT, SUSPICIOUS, SegmentStats};
use crate::detect::shape::rhythm;
use crate::stats::{broken_line, line_sse, random_walk_test};

/// Growth must be this many times the noise of the marks: smaller growth is not visible in a chart either.
const GROWTH_OVER_NOISE: f64 = 3.0;
/// Standard score of the rise against a random walk without drift; a normal score of 3 is one in 700. The accuracy
/// table shows what it costs among rises that drift.
pub(crate) const BEYOND_RANDOM_WALK: f64 = 3.0;
/// The marks of single hours must not contradict whole days: one in 20.
const NOT_CONTRADICTED: f64 = 1.64;
/// From this score on, the rise may be more than a random walk: one in 40.
const NEARLY_RANDOM_WALK: f64 = 2.0;
/// Number of marks to test for a random walk: enough to estimate how each depends on the one before, …
const FINE_BINS: usize = 480;
/// … with this many samples each, so that spikes have no effect, …
const SAMPLES_A_BIN: usize = 8;
/// … but at least this many marks.
const FEWEST_BINS: usize = 24;
/// Growth has stopped if the second half rises slower than this share of the first. An exponential warm-up with a time
/// constant of a third of the log reaches 0.22.
const LEVELLED_OFF: f64 = 0.20;
/// Below this share growth slows down: an exponential with a time constant of half the log is at 0.37. Leaks that slow
/// with falling load look the same, so they are only suspected.
const SLOWING_DOWN: f64 = 0.45;

/// Is the growth more than chance?
pub(super) fn trend(stats: &SegmentStats) -> GateResult {
    let passed = match stats.z {
        z if z > SIGNIFICANT => Passed::Yes,
        z if z > SUSPICIOUS => Passed::Doubtful,
        _ => Passed::No,
    };
    let measured = Measured::Trend { z: stats.z, marks: stats.marks.len(), variance_factor: stats.variance_factor };
    GateResult::new(GateKind::Trend, passed, measured)
}

/// Is it more than the noise?
pub(super) fn larger_than_noise(stats: &SegmentStats) -> GateResult {
    let growth = stats.growth();
    let passed = if growth >= GROWTH_OVER_NOISE * stats.noise { Passed::Yes } else { Passed::No };
    GateResult::new(GateKind::Noise, passed, Measured::Noise { growth, noise: stats.noise })
}

/// Is it more than random drift?
pub(super) fn not_random_drift(stats: &SegmentStats, points: Points<'_>) -> GateResult {
    let bins = FINE_BINS.min(points.values.len() / SAMPLES_A_BIN).max(FEWEST_BINS);
    let (times, values) = columns(&marks_of_bins(points, bins.min(points.values.len())));
    let rhythm = rhythm(&times, points.span());
    let waves: Vec<&[f64]> = rhythm.iter().map(Vec::as_slice).collect();
    let fine = random_walk_test(&times, &values, &waves).map_or(0.0, |test| test.z);
    // The load of single days drifts too; marks of whole days do not contain it.
    let (times, values) = columns(&stats.marks);
    let coarse = random_walk_test(&times, &values, &[]).filter(|_| points.span() >= SLIDING_FROM_HOURS);
    let z = coarse.map_or(fine, |coarse| fine.max(coarse.z));
    let passed = match z {
        z if z > BEYOND_RANDOM_WALK && fine > NOT_CONTRADICTED => Passed::Yes,
        z if z > NEARLY_RANDOM_WALK => Passed::Doubtful,
        _ => Passed::No,
    };
    GateResult::new(GateKind::RandomDrift, passed, Measured::RandomDrift { z })
}

/// A bend counts if the broken line leaves less than this share of the squares of a straight line; its two additional
/// parameters alone remove a tenth of noise.
const BENT: f64 = 0.7;
/// Below this share, the growth before the bend is as straight as that of a cache that fills evenly. A leak that pauses
/// with its load, over a night or a weekend, has paused before.
const CLEARLY_BENT: f64 = 0.2;
/// The end is flat for at least this share of the segment …
const FLAT_SHARE: f64 = 0.15;
/// … and as many hours as a night has.
const FLAT_HOURS: f64 = 8.0;

/// The answer for growth that stopped well before the end.
fn flat_end(stats: &SegmentStats) -> Option<GateResult> {
    let (times, values) = columns(&stats.marks);
    let bent = broken_line(&times, &values)?;
    let hours = stats.hours.1 - bent.at;
    let line = line_sse(&times, &values);
    let is_flat = bent.before > 0.0 && bent.after < LEVELLED_OFF * bent.before;
    if !is_flat || bent.sse >= BENT * line || hours < (FLAT_SHARE * stats.span()).max(FLAT_HOURS) {
        return None;
    }
    let passed = if bent.sse < CLEARLY_BENT * line { Passed::No } else { Passed::Doubtful };
    let measured = Measured::FlatEnd { hours, before: bent.before };
    Some(GateResult::new(GateKind::GoesOn, passed, measured))
}

/// Does it continue to the end?
pub(super) fn goes_on(stats: &SegmentStats) -> GateResult {
    if let Some(more) = stats.saturates {
        return GateResult::new(GateKind::GoesOn, Passed::No, Measured::SlowsLikeCache { more });
    }
    let (first, second) = (stats.early, stats.late);
    let ratio = if first > 0.0 { second / first } else { 1.0 };
    let passed = match ratio {
        r if r < LEVELLED_OFF => Passed::No,
        r if r < SLOWING_DOWN => Passed::Doubtful,
        _ => Passed::Yes,
    };
    // A flat end may leave less doubt than the halves, or more.
    let flat = flat_end(stats).filter(|flat| flat.passed == Passed::No || passed == Passed::Yes);
    flat.unwrap_or_else(|| GateResult::new(GateKind::GoesOn, passed, Measured::GoesOn { first, second }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::units::MB;
    use crate::model::Unit;

    fn ends_flat(level: impl Fn(f64) -> f64) -> Option<Passed> {
        let hours: Vec<f64> = (0..=864).map(|i| f64::from(i) / 12.0).collect();
        let values: Vec<f64> = hours.iter().map(|t| (level(*t) + 0.3 * (t * 7.0).sin()) * MB).collect();
        let points = Points { hours: &hours, values: &values, unit: Unit::Bytes };
        flat_end(&SegmentStats::of(points).expect("enough samples")).map(|gate| gate.passed)
    }

    #[test]
    fn a_cache_that_is_full_has_stopped_and_a_leak_has_not() {
        assert_eq!(ends_flat(|t| 200.0 + t.min(48.0)), Some(Passed::No));
        assert_eq!(ends_flat(|t| 200.0 + t), None);
        assert_eq!(ends_flat(|t| 200.0 + t.min(68.0)), None, "four hours are no longer than a night");
    }
}
