//! What other methods say of the same series.

use perfverdict::base::units::{KB, MB};

/// A method by its name: whether it would alarm, of hours and values.
pub type Yardstick = (&'static str, fn(&[f64], &[f64]) -> bool);

/// PAL's trend rule, least squares with a threshold, and the test of Mann and Kendall.
pub const YARDSTICKS: [Yardstick; 3] = [("PAL", pal), ("OLS", least_squares), ("MK+Sen", mann_kendall)];

/// PAL's trend rule as it has it for private bytes (its pool rules look at levels only): the mean of the
/// last thirtieth less that of the first, more than 100 MB an hour.
fn pal(hours: &[f64], values: &[f64]) -> bool {
    let n = values.len();
    let slice = (n / 30).max(1);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let span = hours[n - 1] - hours[0];
    (mean(&values[n - slice..]) - mean(&values[..slice])) / span > 100.0 * MB
}

/// Least squares with a fixed threshold of 50 KB in ten minutes.
fn least_squares(hours: &[f64], values: &[f64]) -> bool {
    let n = hours.len() as f64;
    let (mt, mv) = (hours.iter().sum::<f64>() / n, values.iter().sum::<f64>() / n);
    let tt: f64 = hours.iter().map(|t| (t - mt).powi(2)).sum();
    let tv: f64 = hours.iter().zip(values).map(|(t, v)| (t - mt) * (v - mv)).sum();
    tv / tt > 6.0 * 50.0 * KB
}

/// Mann-Kendall on up to 720 values at 3.29, with a rising Sen slope.
fn mann_kendall(hours: &[f64], values: &[f64]) -> bool {
    let step = values.len().div_ceil(720).max(1);
    let v: Vec<f64> = values.iter().step_by(step).copied().collect();
    let t: Vec<f64> = hours.iter().step_by(step).copied().collect();
    let mut s = 0_i64;
    let mut slopes = Vec::new();
    for later in 1..v.len() {
        for earlier in 0..later {
            let rise = v[later] - v[earlier];
            s += i64::from(rise > 0.0) - i64::from(rise < 0.0);
            slopes.push(rise / (t[later] - t[earlier]));
        }
    }
    slopes.sort_by(f64::total_cmp);
    let n = v.len() as f64;
    let deviation = (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
    (s as f64 - 1.0) / deviation > 3.29 && slopes[slopes.len() / 2] > 0.0
}
