//! How far off the slope of a line can be, if its errors are correlated and its rate itself wanders.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::least_squares::{least_squares, random_walk_test};

/// Number of blocks whose levels show how the rate wanders; enough to estimate a variance, few enough that noise
/// averages out in each.
const BLOCKS: usize = 8;
/// A block has at least this many values.
const FEWEST_A_BLOCK: usize = 2;

/// Half of the 95 % confidence interval of the slope of a line, per hour. `None` with fewer than ten values, or a perfect
/// fit.
///
/// Two parts add up: the error of the line under autoregressive noise, up to a random walk
/// ([`random_walk_test`]), and the variance of the rate from block to block, as far as the noise within the blocks does
/// not explain it: a leak runs at the pace of the work that leaks.
#[must_use]
pub fn slope_error95(times: &[f64], values: &[f64]) -> Option<f64> {
    let of_line = random_walk_test(times, values, &[])?.error;
    let of_rate = wandering(times, values).unwrap_or(0.0);
    let quantile = StudentsT::new(0.0, 1.0, BLOCKS as f64 - 2.0).map_or(1.96, |t| t.inverse_cdf(0.975));
    Some(quantile * of_line.hypot(of_rate))
}

/// Standard error of the mean rate, per hour, by how the rates of blocks differ beyond noise.
fn wandering(times: &[f64], values: &[f64]) -> Option<f64> {
    let blocks = BLOCKS.min(values.len() / FEWEST_A_BLOCK);
    if blocks < 4 {
        return None;
    }
    let ones = vec![1.0; values.len()];
    let rest = least_squares(&[&ones, times], values).residuals;
    let ends: Vec<usize> = (0..=blocks).map(|block| block * values.len() / blocks).collect();
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let levels: Vec<f64> = ends.windows(2).map(|w| mean(&rest[w[0]..w[1]])).collect();
    let variance = |part: &[f64]| {
        let middle = mean(part);
        part.iter().map(|v| (v - middle) * (v - middle)).sum::<f64>() / (part.len() - 1) as f64
    };
    // Noise of a block's level, from its differences, which a slow movement hardly touches.
    let noise = ends.windows(2).map(|w| {
        let differences: Vec<f64> = rest[w[0]..w[1]].windows(2).map(|d| d[1] - d[0]).collect();
        differences.iter().map(|d| d * d).sum::<f64>() / (2 * differences.len()) as f64 / (w[1] - w[0]) as f64
    });
    let noise = noise.sum::<f64>() / blocks as f64;
    let steps: Vec<f64> = levels.windows(2).map(|w| w[1] - w[0]).collect();
    let of_rate = (variance(&steps) - 2.0 * noise).max(0.0);
    let block = (times[times.len() - 1] - times[0]) / blocks as f64;
    (block > 0.0).then(|| (of_rate / steps.len() as f64).sqrt() / block)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{noise, sen};

    /// How many of 200 intervals hold a slope of 1, of series of 48 values with this noise.
    fn held(next: impl Fn(f64, f64) -> f64) -> usize {
        let times: Vec<f64> = (0..48).map(f64::from).collect();
        (0..200_u64)
            .filter(|number| {
                let mut seed = 77 + number * 7919;
                let mut state = 0.0;
                let values: Vec<f64> = times
                    .iter()
                    .map(|t| {
                        state = next(state, noise(&mut seed));
                        t + state
                    })
                    .collect();
                let slope = sen(&times, &values).unwrap().slope;
                slope_error95(&times, &values).is_some_and(|reach| (slope - 1.0).abs() <= reach)
            })
            .count()
    }

    #[test]
    fn intervals_hold_the_truth() {
        for (name, held) in [
            ("white noise", held(|_, noise| noise)),
            ("correlated noise", held(|state, noise| 0.7 * state + noise)),
            ("a rate that wanders", held(|state, noise| state + noise)),
        ] {
            assert!(held >= 180, "{name}: {held} of 200");
        }
    }

    #[test]
    fn too_little_is_none() {
        assert_eq!(slope_error95(&[1.0, 2.0, 3.0], &[1.0, 2.0, 4.0]), None);
        assert_eq!(slope_error95(&[], &[]), None);
    }

    proptest::proptest! {
        #[test]
        fn any_values_are_safe(values in proptest::collection::vec(-1e12_f64..1e12, 0..80)) {
            let times: Vec<f64> = (0..values.len()).map(|i| i as f64).collect();
            if let Some(reach) = slope_error95(&times, &values) {
                proptest::prop_assert!(reach.is_finite() && reach >= 0.0);
            }
        }
    }
}
