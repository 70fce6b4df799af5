//! Least squares on several columns, and a test of a trend with autoregressive errors.

/// A fitted combination of columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// One per column; 0 for a column that is a combination of earlier ones.
    pub coefficients: Vec<f64>,
    /// Sum of squared residuals.
    pub sse: f64,
    /// Residual of each value.
    pub residuals: Vec<f64>,
    /// Number of columns that are not combinations of others.
    pub rank: usize,
    /// Norm of the part of the last column that the others do not explain.
    last_norm: f64,
}

/// A column that equals a combination of others to nine digits adds only noise.
const SAME: f64 = 1e-9;

/// Least squares by modified Gram-Schmidt, applied twice (Giraud and Langou 2005), which stays exact for nearly equal
/// columns. All columns are as long as `values`.
#[must_use]
pub fn least_squares(columns: &[&[f64]], values: &[f64]) -> Fit {
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(columns.len());
    // Each basis vector as a combination of the columns.
    let mut made_of: Vec<Vec<f64>> = Vec::with_capacity(columns.len());
    let mut coefficients = vec![0.0; columns.len()];
    let mut residuals = values.to_vec();
    let mut last_norm = 0.0;
    for (place, column) in columns.iter().enumerate() {
        let before = norm(column);
        let mut own = column.to_vec();
        let mut made = vec![0.0; columns.len()];
        made[place] = 1.0;
        for _ in 0..2 {
            for (other, parts) in basis.iter().zip(&made_of) {
                let part = dot(other, &own);
                own.iter_mut().zip(other).for_each(|(a, b)| *a -= part * b);
                made.iter_mut().zip(parts).for_each(|(a, b)| *a -= part * b);
            }
        }
        last_norm = norm(&own);
        if last_norm <= SAME * before || last_norm == 0.0 {
            last_norm = 0.0;
            continue;
        }
        own.iter_mut().chain(&mut made).for_each(|a| *a /= last_norm);
        let part = dot(&own, &residuals);
        residuals.iter_mut().zip(&own).for_each(|(a, b)| *a -= part * b);
        coefficients.iter_mut().zip(&made).for_each(|(a, b)| *a += part * b);
        basis.push(own);
        made_of.push(made);
    }
    let sse = dot(&residuals, &residuals);
    Fit { coefficients, sse, residuals, rank: basis.len(), last_norm }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// A trend, tested against autocorrelated errors, up to a random walk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomWalkTest {
    /// Value per hour.
    pub slope: f64,
    /// Standard error of the slope.
    pub error: f64,
    /// Coefficient of the autoregressive errors (AR(1)), 0 to 1; at 1 the series is a random walk.
    pub ar1: f64,
    /// Slope divided by its standard error: approximately normal without a trend.
    pub z: f64,
}

/// Correlated innovations widen the variance by at most this factor: a larger one is a bend, not noise.
const MOST_WIDENED: f64 = 4.0;
/// The coefficient used is this many standard errors above its estimate: with a smaller one a random walk would pass as
/// growth.
const DOUBT: f64 = 1.5;

/// Tests a trend by feasible generalized least squares (Prais and Winsten 1954). The errors are autoregressive; the
/// bias of their coefficient is removed (Marriott and Pope 1954, with a trend), and the largest coefficient consistent
/// with the values is used, up to 1. The test is therefore valid for white noise and for a random walk (the aim of
/// Perron and Yabu 2009). `columns` are other influences on the values. `None` with fewer than eight values more than
/// columns, and for a perfect fit.
#[must_use]
pub fn random_walk_test(times: &[f64], values: &[f64], columns: &[&[f64]]) -> Option<RandomWalkTest> {
    let n = times.len();
    if n < columns.len() + 10 || values.len() != n {
        return None;
    }
    let ones = vec![1.0; n];
    let mut all: Vec<&[f64]> = vec![&ones];
    all.extend(columns);
    all.push(times);
    let first = least_squares(&all, values);
    let e = &first.residuals;
    let estimate = dot(&e[1..], &e[..n - 1]) / dot(&e[..n - 1], &e[..n - 1]).max(f64::MIN_POSITIVE);
    let count = n as f64;
    let freed = (count * estimate + 2.0) / (count - 4.0);
    let doubt = DOUBT * ((1.0 - estimate * estimate).max(0.0) / count).sqrt();
    let ar1 = (freed + doubt).clamp(0.0, 1.0);
    let keep = (1.0 - ar1 * ar1).sqrt();
    let differ = |column: &[f64]| -> Vec<f64> {
        let begin = (ar1 < 1.0).then(|| keep * column[0]);
        begin.into_iter().chain(column.windows(2).map(|w| w[1] - ar1 * w[0])).collect()
    };
    let differed: Vec<Vec<f64>> = all.iter().skip(usize::from(ar1 >= 1.0)).map(|column| differ(column)).collect();
    let slices: Vec<&[f64]> = differed.iter().map(Vec::as_slice).collect();
    let second = least_squares(&slices, &differ(values));
    let free = second.residuals.len().checked_sub(second.rank).filter(|free| *free > 3)? as f64;
    if second.last_norm <= 0.0 {
        return None;
    }
    let variance = second.sse / free;
    let slope = *second.coefficients.last()?;
    let error = (variance * widened(&second.residuals)).sqrt() / second.last_norm;
    let z = if error > 0.0 { (slope / error).clamp(-1e3, 1e3) } else { 1e3 * slope.signum() };
    (slope != 0.0 || error > 0.0).then_some(RandomWalkTest { slope, error, ar1, z })
}

/// Factor by which correlated innovations widen the variance of their mean.
fn widened(innovations: &[f64]) -> f64 {
    let index: Vec<f64> = (0..innovations.len()).map(|i| i as f64).collect();
    let ones = vec![1.0; innovations.len()];
    // A regular bend is not noise.
    let e = least_squares(&[&ones, &index], innovations).residuals;
    let squares = dot(&e, &e);
    if squares <= 0.0 {
        return 1.0;
    }
    let r = (dot(&e[1..], &e[..e.len() - 1]) / squares).clamp(0.0, 0.9);
    ((1.0 + r) / (1.0 - r)).clamp(1.0, MOST_WIDENED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::noise;

    #[test]
    fn coefficients_of_a_known_combination() {
        let t: Vec<f64> = (0..50).map(f64::from).collect();
        let x: Vec<f64> = t.iter().map(|t| (t * 0.7).sin()).collect();
        let ones = vec![1.0; 50];
        let y: Vec<f64> = t.iter().zip(&x).map(|(t, x)| 1e9 + 3.0 * x + 0.5 * t).collect();
        let fit = least_squares(&[&ones, &x, &x, &t], &y);
        assert_eq!(fit.rank, 3, "a column twice counts once");
        for (found, expected) in fit.coefficients.iter().zip([1e9, 3.0, 0.0, 0.5]) {
            assert!((found - expected).abs() < 1e-5, "{fit:?}");
        }
    }

    #[test]
    fn neither_noise_nor_a_random_walk_is_a_trend() {
        let times: Vec<f64> = (0..60).map(f64::from).collect();
        for ar1 in [0.0, 0.5, 0.9, 1.0] {
            let beyond = (0..400)
                .filter(|seed| {
                    let mut seed = 1000 + seed * 7919;
                    let mut state = 0.0;
                    let values: Vec<f64> = times
                        .iter()
                        .map(|_| {
                            state = ar1 * state + noise(&mut seed);
                            state
                        })
                        .collect();
                    random_walk_test(&times, &values, &[]).is_some_and(|test| test.z > 2.326)
                })
                .count();
            // 1 % is the aim; strong autocorrelation in a short series raises it somewhat.
            assert!(beyond <= 16, "{ar1}: {beyond} of 400");
        }
    }

    #[test]
    fn a_trend_is_found_in_either() {
        let times: Vec<f64> = (0..60).map(f64::from).collect();
        let mut seed = 5;
        let mut state = 0.0;
        let walk: Vec<f64> = times
            .iter()
            .map(|t| {
                state += noise(&mut seed);
                2.0 * t + state
            })
            .collect();
        let test = random_walk_test(&times, &walk, &[]).unwrap();
        assert!(test.z > 6.0 && (test.slope - 2.0).abs() < 0.6, "{test:?}");
        let white: Vec<f64> = times.iter().map(|t| 0.2 * t + noise(&mut seed)).collect();
        let test = random_walk_test(&times, &white, &[]).unwrap();
        assert!(test.z > 6.0 && test.ar1 < 0.5, "{test:?}");
    }

    proptest::proptest! {
        #[test]
        fn any_values_are_safe(values in proptest::collection::vec(-1e12_f64..1e12, 0..60)) {
            let times: Vec<f64> = (0..values.len()).map(|i| i as f64).collect();
            if let Some(test) = random_walk_test(&times, &values, &[&values.clone()]) {
                proptest::prop_assert!(test.z.is_finite() && test.slope.is_finite());
            }
        }
    }
}
