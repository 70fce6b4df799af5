//! Sen's slope: the median of all pairwise slopes.

use super::quantile::median;
use super::{END_SAMPLES, SIGMAS95};

/// A line through the data that tolerates up to a quarter of outliers.
#[derive(Clone, Debug, PartialEq)]
pub struct Sen {
    /// Value per hour.
    pub slope: f64,
    /// Value at hour 0: the median of the values minus their slope.
    pub intercept: f64,
    /// All pairwise slopes, ascending, for the confidence interval.
    slopes: Vec<f64>,
}

/// Sen's estimator (Sen 1968). `None` with fewer than two different times. Time and memory grow with the
/// square of the number of points: use it for marks, not for raw samples.
#[must_use]
pub fn sen(times: &[f64], values: &[f64]) -> Option<Sen> {
    let mut slopes = Vec::with_capacity(times.len() * times.len().saturating_sub(1) / 2);
    for (at, (t, v)) in times.iter().zip(values).enumerate() {
        for (later, w) in times.iter().zip(values).skip(at + 1) {
            let step = later - t;
            if step > 0.0 {
                slopes.push((w - v) / step);
            }
        }
    }
    if slopes.is_empty() {
        return None;
    }
    slopes.sort_unstable_by(f64::total_cmp);
    let middle = slopes.len() / 2;
    let slope = if slopes.len() % 2 == 1 { slopes[middle] } else { f64::midpoint(slopes[middle - 1], slopes[middle]) };
    let left: Vec<f64> = times.iter().zip(values).map(|(t, v)| v - slope * t).collect();
    Some(Sen { slope, intercept: median(&left), slopes })
}

/// The level at the end of a series: Sen's line through the last [`END_SAMPLES`] values, at the last one. One outlier
/// does not change it, and it does not lag behind growth. `None` without values.
#[must_use]
pub fn end_level(times: &[f64], values: &[f64]) -> Option<f64> {
    let from = values.len().saturating_sub(END_SAMPLES);
    let (times, values) = (times.get(from..)?, &values[from..]);
    let last = *times.last()?;
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
    Some(sen(times, values).map_or_else(|| median(values), |line| line.at(last).clamp(low, high)))
}

impl Sen {
    /// 95 % confidence interval of the slope (Gilbert 1987, section 16.4.2), by the variance of
    /// Mann-Kendall's `s`.
    #[must_use]
    pub fn interval95(&self, variance: f64) -> (f64, f64) {
        let n = self.slopes.len() as f64;
        let reach = SIGMAS95 * variance.max(0.0).sqrt();
        let last = self.slopes.len() - 1;
        // Ranks start at 1: the lower bound has rank M1, the upper M2 + 1.
        let low = (((n - reach) / 2.0).floor() - 1.0).max(0.0) as usize;
        let high = f64::midpoint(n, reach).ceil().max(0.0) as usize;
        (self.slopes[low.min(last)], self.slopes[high.min(last)])
    }

    /// The line's value at a time.
    #[must_use]
    pub fn at(&self, time: f64) -> f64 {
        self.intercept + self.slope * time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_with_outliers() {
        let times: Vec<f64> = (0..30).map(f64::from).collect();
        let mut values: Vec<f64> = times.iter().map(|t| 5.0 + 2.0 * t).collect();
        for at in [3, 11, 20, 28] {
            values[at] += 1000.0;
        }
        let line = sen(&times, &values).unwrap();
        assert!((line.slope - 2.0).abs() < 1e-9 && (line.intercept - 5.0).abs() < 1e-9, "{line:?}");
        let (low, high) = line.interval95(super::super::mann_kendall(&values).variance);
        assert!(low <= 2.0 && high >= 2.0);
        assert!((line.at(100.0) - 205.0).abs() < 1e-9);
    }

    #[test]
    fn the_level_at_the_end_does_not_lag_and_has_no_outlier() {
        let times: Vec<f64> = (0..9).map(f64::from).collect();
        let ramp: Vec<f64> = times.iter().map(|t| 10.0 * t).collect();
        assert_eq!(end_level(&times, &ramp), Some(80.0));
        let mut peak = vec![50.0; 9];
        peak[7] = 900.0;
        assert_eq!(end_level(&times, &peak), Some(50.0));
        assert_eq!(end_level(&times[..1], &[7.0]), Some(7.0));
        assert_eq!(end_level(&[], &[]), None);
        let rising = end_level(&times[..5], &[553.0, 555.0, 621.0, 670.0, 602.0]).unwrap();
        assert!((553.0..=670.0).contains(&rising), "within the last values: {rising}");
    }

    #[test]
    fn too_little_is_none() {
        assert!(sen(&[], &[]).is_none());
        assert!(sen(&[1.0, 1.0], &[2.0, 3.0]).is_none());
    }
}
