//! A leak with repeated resets, such as a process that restarts or a service that is stopped every week. The pool rises
//! in a straight line, falls sharply and rises again.

use crate::detect::assessment::{Assessment, Evidence, Trend};
use crate::detect::points::{DAY, MIN_SAMPLES, OUTLIERS, Points, differences, range};
use crate::detect::segment::{STRAIGHT_TOOTH, SUSPICIOUS, SegmentStats};
use crate::model::Verdict;
use crate::stats::{low_water, mad_sigma, median};

/// Bins to search for falls: so fine that a fall is between two or three of them.
const BINS: usize = 192;
/// A fall is a reset if it is this share of the whole range …
const FALL_SHARE: f64 = 0.4;
/// … and this many times the difference of neighboring marks.
const FALL_OVER_NOISE: f64 = 6.0;
/// Rises must make up this share of the time,
const RISING_SHARE: f64 = 0.7;
/// and their rates must be within this factor of the median: load differs from day to day.
const ALIKE: f64 = 2.0;
/// Minimum number of rises: a single one is no evidence.
const FEWEST_TEETH: usize = 2;
/// Confidence: somewhat more than half of such series are leaks.
const SUSPECTED: f64 = 0.6;
/// Resets one day apart, within this share of a day, follow the day's rhythm: load.
const DAILY: f64 = 0.1;

/// Assesses a series as a sawtooth; `None` if it is not one.
#[must_use]
pub fn sawtooth(points: Points<'_>) -> Option<Assessment> {
    let resets = resets(points);
    if resets.is_empty() || daily(&resets) {
        return None;
    }
    let (rate, teeth) = teeth(points, &resets);
    let rates: Vec<f64> = teeth.iter().map(|tooth| tooth.slope).collect();
    let rising: f64 = teeth.iter().map(SegmentStats::span).sum();
    if teeth.len() < FEWEST_TEETH || rising < RISING_SHARE * points.span() {
        return None;
    }
    let last = teeth.last()?;
    let evidence = vec![
        Evidence::Sawtooth { rises: teeth.len(), rate },
        Evidence::SawtoothRises {
            share: rising / points.span(),
            slowest: rates.iter().copied().fold(f64::MAX, f64::min),
            fastest: rates.iter().copied().fold(f64::MIN, f64::max),
        },
    ];
    let trend = Trend {
        slope: last.slope,
        ci95: last.ci95,
        accelerated: None,
        hours: last.hours,
        levels: last.levels,
        began_within: false,
    };
    Some(Assessment { resets, ..Assessment::growing(Verdict::SuspectedLeak, SUSPECTED, evidence, trend) })
}

/// Straight rises between the resets: their median rate, and the rises of about that rate.
fn teeth(points: Points<'_>, resets: &[f64]) -> (f64, Vec<SegmentStats>) {
    let mut rest = points;
    let mut teeth = Vec::new();
    for end in resets.iter().copied().chain([f64::INFINITY]) {
        let tooth = rest.before(end);
        rest = rest.from(end);
        if tooth.values.len() >= MIN_SAMPLES {
            teeth.extend(SegmentStats::of(tooth));
        }
    }
    teeth.retain(|w| w.slope > 0.0 && w.z > SUSPICIOUS && w.straight >= STRAIGHT_TOOTH);
    let middle = median(&teeth.iter().map(|w| w.slope).collect::<Vec<_>>());
    teeth.retain(|w| w.slope <= ALIKE * middle && w.slope * ALIKE >= middle);
    (middle, teeth)
}

/// Times of large, sharp falls, hours.
fn resets(points: Points<'_>) -> Vec<f64> {
    let marks = low_water(points.hours, points.values, BINS.min(points.values.len() / 2).max(2));
    let values: Vec<f64> = marks.iter().map(|m| m.value).collect();
    let (low, high) = range(points.values, OUTLIERS);
    let fall = (FALL_SHARE * (high - low)).max(FALL_OVER_NOISE * mad_sigma(&differences(&values)));
    let mut found: Vec<f64> = Vec::new();
    for (at, pair) in marks.windows(2).enumerate() {
        if pair[0].value - pair[1].value > fall && fall > 0.0 {
            // Use the first low sample, since a mark describes its whole bin.
            let level = f64::midpoint(pair[0].value, pair[1].value);
            let from = if at > 0 { marks[at - 1].time } else { pair[0].time };
            let begin = points.hours.partition_point(|h| *h < from);
            let down =
                (begin..points.hours.len()).find(|n| points.hours[*n] > pair[0].time && points.values[*n] < level);
            found.extend(down.map(|n| points.hours[n]));
        }
    }
    found
}

/// Whether resets follow the day.
fn daily(resets: &[f64]) -> bool {
    let a_day = |hours: f64| (hours / DAY - 1.0).abs() < DAILY;
    resets.len() >= 2 && resets.windows(2).all(|w| a_day(w[1] - w[0]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::units::MB;
    use crate::model::Unit;

    fn assessed(value: impl Fn(f64) -> f64) -> Option<Assessment> {
        let hours: Vec<f64> = (0..=1440).map(|i| f64::from(i) / 12.0).collect();
        let values: Vec<f64> = hours.iter().map(|t| (value(*t) + (t * 7.0).sin()) * MB).collect();
        sawtooth(Points { hours: &hours, values: &values, unit: Unit::Bytes })
    }

    #[test]
    fn a_leak_that_is_reset() {
        for period in [29.0, 39.0, 70.0] {
            let teeth = assessed(|t| 200.0 + 2.0 * (t % period)).expect("teeth");
            assert_eq!(teeth.resets.len(), (120.0 / period) as usize, "every {period} hours");
            assert!((teeth.trend.unwrap().slope / MB - 2.0).abs() < 0.2);
        }
        assert!(assessed(|t| 200.0 + 4.0 * (t % 24.0)).is_none(), "the rhythm of the day");
        assert!(assessed(|t| 200.0 + t).is_none());
    }
}
