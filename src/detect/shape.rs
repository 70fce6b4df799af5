//! Shapes that are no leak: a few steps, a cache that fills ever more slowly; and the rhythm of day and week.

use crate::detect::segment::DAY;
use crate::stats::{best_step, broken_line, least_squares, line_sse};

/// A rhythm is taken out when the stretch holds it so often.
const OFTEN: f64 = 2.5;
/// Waves in a day, and in a week.
const DAILY_WAVES: u32 = 4;
const WEEKLY_WAVES: u32 = 6;

/// Steps that a few programs make when they are started one after the other.
const FEW: usize = 5;
/// They explain the marks when levels leave less than this share of the squares of a straight or bent line: six
/// levels of a ramp leave a 36th of all, so only what is far from straight gets there.
const FEW_STEPS_SSE: f64 = 0.3;
/// Steps at about the same hour of the day, to within this share of it, are a job's, and a staircase.
const SAME_HOUR: f64 = 0.08;

/// Where a few steps lie that explain the marks better than a line does; by binary segmentation (Scott and Knott
/// 1974).
pub fn few_steps(values: &[f64], smooth: f64) -> Option<Vec<usize>> {
    let mut at: Vec<usize> = Vec::new();
    loop {
        let ends: Vec<usize> = [0].into_iter().chain(at.iter().copied()).chain([values.len()]).collect();
        let spread = |part: &[f64]| {
            let mean = part.iter().sum::<f64>() / part.len().max(1) as f64;
            part.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>()
        };
        let left: f64 = ends.windows(2).map(|w| spread(&values[w[0]..w[1]])).sum();
        if left < FEW_STEPS_SSE * smooth {
            // Three levels up to six.
            return (at.len() >= 2).then_some(at);
        }
        if at.len() == FEW {
            return None;
        }
        let splits = ends.windows(2).filter_map(|w| {
            let part = &values[w[0]..w[1]];
            let step = best_step(part).filter(|s| s.at >= 2 && part.len() - s.at >= 2)?;
            Some((spread(part) - step.sse, w[0] + step.at))
        });
        let (_, split) = splits.max_by(|a, b| a.0.total_cmp(&b.0))?;
        at.push(split);
        at.sort_unstable();
    }
}

/// Whether times follow the day.
pub fn daily(times: &[f64]) -> bool {
    times.len() >= 3
        && times.windows(2).all(|w| {
            let days = (w[1] - w[0]) / DAY;
            days > 0.5 && (days - days.round()).abs() < SAME_HOUR
        })
}

/// Time constants of caches, as shares of the stretch.
const FILLS_IN: [f64; 6] = [1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1];
/// The curve of a cache must leave less than this share of the squares of a straight line, and hardly more than a
/// bent one does, which has one parameter more …
const CURVED: f64 = 0.6;
const HARDLY_WORSE: f64 = 1.1;
/// … and say that as long a time again adds less than this share of what this one did.
const LITTLE_MORE: f64 = 0.3;

/// What a cache that fills ever more slowly would add in as long a time again, as a share; `None` where a line
/// explains the marks as well. A logarithm whose time constant is a hundredth of the stretch comes to 0.15.
pub fn slows_down(times: &[f64], values: &[f64]) -> Option<f64> {
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

/// The waves of day and week at these times, where the span holds them often enough.
pub fn rhythm(times: &[f64], span: f64) -> Vec<Vec<f64>> {
    let waves = [(DAY, DAILY_WAVES), (7.0 * DAY, WEEKLY_WAVES)];
    let held = waves.into_iter().filter(|(period, _)| span >= OFTEN * period);
    held.flat_map(|(period, count)| (1..=count).map(move |wave| std::f64::consts::TAU * f64::from(wave) / period))
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
        let more = slows_down(&times, &values).expect("a cache");
        assert!((0.05..0.2).contains(&more), "{more}");
        for leak in [|t: f64| 10.0 + 0.1 * t, |t: f64| 10.0 + 0.2 * (t - 20.0).max(0.0), |t: f64| 10.0 + 0.003 * t * t]
        {
            let (times, values) = marks(|t| leak(t) + ripple(t));
            assert_eq!(slows_down(&times, &values), None);
        }
    }

    #[test]
    fn a_few_steps_are_told_from_a_line() {
        let smooth = |values: &[f64]| line_sse(&(0..48).map(f64::from).collect::<Vec<_>>(), values);
        let (_, stairs) = marks(|t| (t / 13.0).floor() + 0.01 * (t * 2.9).sin());
        assert_eq!(few_steps(&stairs, smooth(&stairs)), Some(vec![13, 26, 39]));
        let (_, ramp) = marks(|t| t + 0.3 * (t * 2.9).sin());
        assert_eq!(few_steps(&ramp, smooth(&ramp)), None);
        assert!(daily(&[13.0, 37.5, 85.2]) && !daily(&[13.0, 30.0, 60.0]) && !daily(&[1.0, 25.0]));
    }
}
