//! Shapes that are not leaks: a few steps, or a cache that fills more and more slowly; and the rhythm of day and week.

use crate::detect::points::DAY;
use crate::stats::{best_step, broken_line, least_squares, line_sse};

/// A rhythm is fitted if the segment contains it this many times.
const OFTEN: f64 = 2.5;
/// Waves per day.
const DAILY_WAVES: u32 = 4;
/// Waves per week.
const WEEKLY_WAVES: u32 = 6;

/// Maximum number of steps, such as a few programs that start one after the other.
const MOST_STEPS: usize = 5;
/// Minimum number of steps; fewer are detected elsewhere.
const FEWEST_STEPS: usize = 2;
/// Minimum number of marks on a level, so that one outlier is not a level.
const MARKS_A_LEVEL: usize = 2;
/// Steps explain the marks if their levels leave less than this share of the squares of a straight or bent line: six
/// levels of a ramp leave 1/36, so only shapes far from straight reach this.
const STEPS_SSE: f64 = 0.3;
/// Steps at about the same hour of the day, within this share of a day, are a scheduled job's: a staircase.
const SAME_HOUR: f64 = 0.08;
/// … from this many on: two steps are at the same hour by chance one time in six, three one time in 40.
const FEWEST_AT_THE_HOUR: usize = 3;
/// Steps less than this share of a day apart are on one day and do not count as the same hour.
const ANOTHER_DAY: f64 = 0.5;

/// Positions of a few steps, if they explain the marks better than a line, whose squares are `smooth`; by binary
/// segmentation (Scott and Knott 1974).
#[must_use]
pub fn step_segments(values: &[f64], smooth: f64) -> Option<Vec<usize>> {
    let mut at: Vec<usize> = Vec::new();
    loop {
        let ends: Vec<usize> = [0].into_iter().chain(at.iter().copied()).chain([values.len()]).collect();
        let left: f64 = ends.windows(2).map(|w| squares(&values[w[0]..w[1]])).sum();
        if left < STEPS_SSE * smooth {
            return (at.len() >= FEWEST_STEPS).then_some(at);
        }
        if at.len() == MOST_STEPS {
            return None;
        }
        let splits = ends.windows(2).filter_map(|w| {
            let part = &values[w[0]..w[1]];
            let step = best_step(part).filter(|s| s.at >= MARKS_A_LEVEL && part.len() - s.at >= MARKS_A_LEVEL)?;
            Some((squares(part) - step.sse, w[0] + step.at))
        });
        let (_, split) = splits.max_by(|a, b| a.0.total_cmp(&b.0))?;
        at.push(split);
        at.sort_unstable();
    }
}

/// Sum of squares about the mean.
fn squares(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>()
}

/// Whether at least three times are at the same hour of different days, as exactly as bins of this width show, hours.
#[must_use]
pub fn at_the_same_hour(times: &[f64], bin: f64) -> bool {
    times.len() >= FEWEST_AT_THE_HOUR
        && times.windows(2).all(|w| {
            let days = (w[1] - w[0]) / DAY;
            days > ANOTHER_DAY && (days - days.round()).abs() < SAME_HOUR.max(bin / DAY)
        })
}

/// Time constants of caches, as shares of the segment.
const FILLS_IN: [f64; 6] = [1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1];
/// The curve of a cache must leave less than this share of the squares of a straight line, …
const CURVED: f64 = 0.6;
/// … hardly more than a bent line, which has one more parameter, …
const HARDLY_WORSE: f64 = 1.1;
/// … and predict less than this share of the growth so far over the same time again.
const LITTLE_MORE: f64 = 0.3;

/// Predicted growth of a cache that fills more and more slowly over the same time again, as a share of the growth so
/// far; `None` if a line explains the marks as well. A logarithm whose time constant is 1/100 of the segment reaches
/// 0.15.
#[must_use]
pub fn saturates(times: &[f64], values: &[f64]) -> Option<f64> {
    let (first, last) = (times.first()?, times.last()?);
    let line = line_sse(times, values);
    let bent = broken_line(times, values).map_or(line, |bent| bent.sse);
    let ones = vec![1.0; times.len()];
    let curves = FILLS_IN.into_iter().map(|tau| {
        let curve = |share: f64| (1.0 + share / tau).ln();
        let column: Vec<f64> =
            times.iter().map(|t| curve((t - first) / (last - first).max(f64::MIN_POSITIVE))).collect();
        let fit = least_squares(&[&ones, &column], values);
        (fit.sse, fit.coefficients[1], (curve(2.0) - curve(1.0)) / curve(1.0))
    });
    let (sse, rise, more) = curves.min_by(|a, b| a.0.total_cmp(&b.0))?;
    (rise > 0.0 && sse < CURVED * line && sse < HARDLY_WORSE * bent && more < LITTLE_MORE).then_some(more)
}

/// The waves of day and week at these times, if the span contains them often enough.
#[must_use]
pub fn rhythm(times: &[f64], span: f64) -> Vec<Vec<f64>> {
    let waves = [(DAY, DAILY_WAVES), (7.0 * DAY, WEEKLY_WAVES)];
    let present = waves.into_iter().filter(|(period, _)| span >= OFTEN * period);
    present
        .flat_map(|(period, count)| (1..=count).map(move |wave| std::f64::consts::TAU * f64::from(wave) / period))
        .flat_map(|speed| {
            [times.iter().map(|t| (speed * t).sin()).collect(), times.iter().map(|t| (speed * t).cos()).collect()]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(value: impl Fn(f64) -> f64) -> (Vec<f64>, Vec<f64>) {
        (0..48).map(|n| (f64::from(n), value(f64::from(n)))).unzip()
    }

    #[test]
    fn caches_slow_down_and_leaks_do_not() {
        let ripple = |t: f64| 0.02 * (t * 2.9).sin();
        let (times, values) = marks(|t| 10.0 + (1.0 + t / 0.05).ln() + ripple(t));
        let more = saturates(&times, &values).expect("a cache");
        assert!((0.05..0.2).contains(&more), "{more}");
        for leak in [|t: f64| 10.0 + 0.1 * t, |t: f64| 10.0 + 0.2 * (t - 20.0).max(0.0), |t: f64| 10.0 + 0.003 * t * t]
        {
            let (times, values) = marks(|t| leak(t) + ripple(t));
            assert_eq!(saturates(&times, &values), None);
        }
    }

    #[test]
    fn a_few_steps_are_told_from_a_line() {
        let smooth = |values: &[f64]| line_sse(&(0..48).map(f64::from).collect::<Vec<_>>(), values);
        let (_, stairs) = marks(|t| (t / 13.0).floor() + 0.01 * (t * 2.9).sin());
        assert_eq!(step_segments(&stairs, smooth(&stairs)), Some(vec![13, 26, 39]));
        let (_, ramp) = marks(|t| t + 0.3 * (t * 2.9).sin());
        assert_eq!(step_segments(&ramp, smooth(&ramp)), None);
        assert!(at_the_same_hour(&[13.0, 37.5, 85.2], 0.5));
        assert!(!at_the_same_hour(&[13.0, 30.0, 60.0], 0.5) && !at_the_same_hour(&[1.0, 25.0], 0.5));
    }
}
