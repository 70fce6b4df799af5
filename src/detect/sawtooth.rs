//! A leak that is reset again and again: a process that is restarted or recycled, a service that is
//! stopped every week. The pool rises in a straight line, falls at once, and rises anew.

use crate::base::units;
use crate::detect::assess::{Judgement, Trend};
use crate::detect::gates::SUSPICIOUS;
use crate::detect::segment::{DAY, MIN_SAMPLES, Points, Window};
use crate::model::Verdict;
use crate::stats::{deviation, low_water, median, quantile};

/// Bins in which falls are looked for: fine enough that a fall lies between two or three of them.
const BINS: usize = 192;
/// A fall is a reset when it takes this share of the whole range …
const FALL_SHARE: f64 = 0.4;
/// … and so many times what neighbouring marks differ by.
const FALL_OVER_NOISE: f64 = 6.0;
/// A rise is a straight line: load bends. The rising half of a parabola comes to 0.93.
const STRAIGHT: f64 = 0.95;
/// Rises must make up this share of the time,
const RISING_SHARE: f64 = 0.7;
/// and be no more than so many times slower or faster than the middle one: load differs from day to day.
const ALIKE: f64 = 2.0;
/// Resets a day apart, to within this share of it, are the day's rhythm, and that is load.
const DAILY: f64 = 0.1;

/// Judges a series as a sawtooth; `None` when it is none.
pub fn sawtooth(points: Points<'_>) -> Option<Judgement> {
    let resets = resets(points);
    if resets.is_empty() || daily(&resets) {
        return None;
    }
    let mut rest = points;
    let mut teeth = Vec::new();
    for end in resets.iter().copied().chain([f64::INFINITY]) {
        let tooth = rest.before(end);
        rest = rest.from(end);
        if tooth.values.len() >= MIN_SAMPLES {
            teeth.extend(Window::examine(tooth));
        }
    }
    let rises = |w: &Window| w.slope > 0.0 && w.z > SUSPICIOUS && w.straight >= STRAIGHT;
    teeth.retain(rises);
    let slopes: Vec<f64> = teeth.iter().map(|w| w.slope).collect();
    let middle = median(&slopes);
    teeth.retain(|w| w.slope <= ALIKE * middle && w.slope * ALIKE >= middle);
    let slopes: Vec<f64> = teeth.iter().map(|w| w.slope).collect();
    let rising: f64 = teeth.iter().map(|w| w.hours.1 - w.hours.0).sum();
    if teeth.len() < 2 || rising < RISING_SHARE * points.span() {
        return None;
    }
    let last = teeth.last()?;
    let reasons = vec![
        format!(
            "It rises in a straight line {} times at about {}, and falls back at once in between: that is how something \
             looks that leaks and is restarted or recycled; load does not fall at once",
            teeth.len(),
            points.unit.rate(middle)
        ),
        format!(
            "Straight rises make up {} of the log, each at between {} and {}",
            units::percent(rising / points.span()),
            points.unit.rate(slopes.iter().copied().fold(f64::MAX, f64::min)),
            points.unit.rate(slopes.iter().copied().fold(f64::MIN, f64::max))
        ),
    ];
    let trend = Trend {
        slope: last.slope,
        ci95: last.ci95,
        late: last.slope,
        hours: last.hours,
        levels: last.levels,
        began_within: false,
    };
    Some(Judgement { resets, ..Judgement::guilty(Verdict::SuspectedLeak, 0.6, reasons, trend) })
}

/// When the series fell by much at once, hours.
fn resets(points: Points<'_>) -> Vec<f64> {
    let marks = low_water(points.hours, points.values, BINS.min(points.values.len() / 2).max(2));
    let values: Vec<f64> = marks.iter().map(|m| m.value).collect();
    let steps: Vec<f64> = values.windows(2).map(|w| w[1] - w[0]).collect();
    let range = quantile(points.values, 0.98) - quantile(points.values, 0.02);
    let fall = (FALL_SHARE * range).max(FALL_OVER_NOISE * deviation(&steps));
    let mut found: Vec<f64> = Vec::new();
    for (at, pair) in marks.windows(2).enumerate() {
        if pair[0].value - pair[1].value > fall && fall > 0.0 {
            // The first sample that is down, for the mark of a bin stands for all of it.
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
    use crate::model::Unit;

    const MB: f64 = 1024.0 * 1024.0;

    fn judged(value: impl Fn(f64) -> f64) -> Option<Judgement> {
        let hours: Vec<f64> = (0..=1440).map(|i| f64::from(i) / 12.0).collect();
        let values: Vec<f64> = hours.iter().map(|t| (value(*t) + (t * 7.0).sin()) * MB).collect();
        sawtooth(Points { hours: &hours, values: &values, unit: Unit::Bytes })
    }

    #[test]
    fn a_leak_that_is_reset() {
        for period in [29.0, 39.0, 70.0] {
            let teeth = judged(|t| 200.0 + 2.0 * (t % period)).expect("teeth");
            assert_eq!(teeth.resets.len(), (120.0 / period) as usize, "every {period} hours");
            assert!((teeth.trend.unwrap().slope / MB - 2.0).abs() < 0.2);
        }
        assert!(judged(|t| 200.0 + 4.0 * (t % 24.0)).is_none(), "the rhythm of the day");
        assert!(judged(|t| 200.0 + t).is_none());
    }
}
