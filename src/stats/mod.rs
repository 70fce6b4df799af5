//! Statistics on times and values of any kind.
//!
//! Times are hours, ascending; values have the unit of the caller. No function panics on finite input of any length.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bins and ranks are computed as floats and stay far below 2^32"
)]

mod broken_line;
mod correlation;
mod false_discovery;
mod least_squares;
mod low_water;
mod mann_kendall;
mod quantile;
mod season;
mod seasonal_kendall;
mod sen;
mod slope_error;
mod step;

pub use broken_line::{BrokenLine, broken_line};
pub use correlation::correlation;
pub use false_discovery::discoveries;
pub use least_squares::{Fit, RandomWalkTest, least_squares, random_walk_test};
pub use low_water::{Mark, low_water, sliding_low_water};
pub use mann_kendall::{TrendTest, hamed_rao_factor, mann_kendall};
pub use quantile::{mad_sigma, median, quantile};
pub use season::{gains, without_season};
pub use seasonal_kendall::seasonal_kendall;
pub use sen::{Sen, end_level, sen};
pub use slope_error::slope_error95;
pub use step::{Step, SteppedLine, best_step, stepped_line};

/// Standard deviations that half of a 95 % interval of a normal distribution is wide.
pub const SIGMAS95: f64 = 1.959_963_984_540_054;
/// The level at an end of a series or segment is that of this many samples, so an outlier does not matter.
pub const END_SAMPLES: usize = 5;

/// Sum of squared residuals of the least-squares line.
#[must_use]
pub fn line_sse(times: &[f64], values: &[f64]) -> f64 {
    let n = times.len().min(values.len());
    if n < 2 {
        return 0.0;
    }
    let mean = |v: &[f64]| v[..n].iter().sum::<f64>() / n as f64;
    let (mt, mv) = (mean(times), mean(values));
    let (mut tt, mut tv, mut vv) = (0.0, 0.0, 0.0);
    for (t, v) in times[..n].iter().zip(&values[..n]) {
        tt += (t - mt) * (t - mt);
        tv += (t - mt) * (v - mv);
        vv += (v - mv) * (v - mv);
    }
    if tt > 0.0 { (vv - tv * tv / tt).max(0.0) } else { vv }
}

/// Reproducible noise with mean 0 and deviation 1, nearly normal: the sum of twelve.
#[cfg(test)]
fn noise(seed: &mut u64) -> f64 {
    let mut uniform = || {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..12).map(|_| uniform()).sum::<f64>() - 6.0
}
