//! The Mann-Kendall test for a monotonic trend, and its correction for autocorrelation.

use statrs::distribution::{ContinuousCDF, Normal};

use super::SIGMAS95;
use super::sen::sen;

/// Result of a trend test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrendTest {
    /// Concordant minus discordant pairs.
    pub s: f64,
    /// Variance of `s` without a trend.
    pub variance: f64,
    /// Standard score, with continuity correction.
    pub z: f64,
}

impl TrendTest {
    /// A test of `s` and its variance.
    pub(super) fn new(s: f64, variance: f64) -> Self {
        let z = if variance <= 0.0 || s == 0.0 { 0.0 } else { (s - s.signum()) / variance.sqrt() };
        Self { s, variance, z }
    }

    /// The same test with the variance multiplied.
    #[must_use]
    pub fn with_variance_factor(self, factor: f64) -> Self {
        Self::new(self.s, self.variance * factor)
    }

    /// Two-sided p-value.
    #[must_use]
    pub fn p(self) -> f64 {
        2.0 * Normal::standard().sf(self.z.abs())
    }
}

/// The Mann-Kendall test (Mann 1945, Kendall 1975), with the variance corrected for ties.
#[must_use]
pub fn mann_kendall(values: &[f64]) -> TrendTest {
    let n = values.len() as f64;
    let mut s = 0.0;
    for (at, a) in values.iter().enumerate() {
        for b in &values[at + 1..] {
            s += f64::from(i8::from(b > a) - i8::from(b < a));
        }
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let term = |t: f64| t * (t - 1.0) * (2.0 * t + 5.0);
    let ties: f64 = sorted.chunk_by(|a, b| a.total_cmp(b).is_eq()).map(|group| term(group.len() as f64)).sum();
    TrendTest::new(s, (term(n) - ties) / 18.0)
}

/// Factor by which autocorrelation inflates the variance of `s` (Hamed and Rao 1998): from the autocorrelations that
/// are significant at 5 %, of the ranks of the detrended values.
///
/// Below 1 it would make a trend *more* significant, which is not justified here: callers use at least 1.
#[must_use]
pub fn hamed_rao_factor(values: &[f64]) -> f64 {
    let n = values.len();
    if n < 4 {
        return 1.0;
    }
    let index: Vec<f64> = (0..n).map(|i| i as f64).collect();
    let slope = sen(&index, values).map_or(0.0, |s| s.slope);
    let detrended: Vec<f64> = values.iter().zip(&index).map(|(v, i)| v - slope * (i + 1.0)).collect();
    let ranks = ranks(&detrended);
    let mean = ranks.iter().sum::<f64>() / n as f64;
    let centred: Vec<f64> = ranks.iter().map(|r| r - mean).collect();
    let covariance = |lag: usize| centred.iter().zip(&centred[lag..]).map(|(a, b)| a * b).sum::<f64>();
    let zero = covariance(0);
    if zero <= 0.0 {
        return 1.0;
    }
    let bound = SIGMAS95 / (n as f64).sqrt();
    let mut sum = 0.0;
    for lag in 1..n {
        let correlation = covariance(lag) / zero;
        if correlation.abs() > bound {
            let left = (n - lag) as f64;
            sum += left * (left - 1.0) * (left - 2.0) * correlation;
        }
    }
    let n = n as f64;
    1.0 + 2.0 / (n * (n - 1.0) * (n - 2.0)) * sum
}

/// Ranks from 1; ties get their mean rank.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for group in order.chunk_by(|a, b| values[*a].total_cmp(&values[*b]).is_eq()) {
        let rank = below as f64 + f64::midpoint(group.len() as f64, 1.0);
        for at in group {
            ranks[*at] = rank;
        }
        below += group.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[allow(clippy::unreadable_literal, reason = "as Python prints them")]
    /// Values and results of pyMannKendall 1.4.3: `original_test` and `hamed_rao_modification_test`.
    #[test]
    fn as_py_mann_kendall_has_it() {
        for case in include!("../../tests/data/mann_kendall.in") {
            let test = mann_kendall(case.values);
            assert_eq!(test.s, case.s);
            assert!((test.variance - case.variance).abs() < 1e-9 * case.variance.max(1.0), "{test:?}");
            assert!((test.z - case.z).abs() < 1e-9, "{test:?}");
            assert!((test.p() - case.p).abs() < 1e-9, "{} {}", test.p(), case.p);
            let corrected = test.with_variance_factor(hamed_rao_factor(case.values));
            assert!((corrected.variance - case.hamed_rao_variance).abs() < 1e-6 * case.variance, "{corrected:?}");
            assert!((corrected.z - case.hamed_rao_z).abs() < 1e-6, "{corrected:?}");
        }
    }

    struct Case {
        values: &'static [f64],
        s: f64,
        variance: f64,
        z: f64,
        p: f64,
        hamed_rao_variance: f64,
        hamed_rao_z: f64,
    }

    proptest::proptest! {
        #[test]
        fn any_values_are_safe(values in proptest::collection::vec(-1e18_f64..1e18, 0..60)) {
            let test = mann_kendall(&values);
            proptest::prop_assert!(test.z.is_finite() && hamed_rao_factor(&values).is_finite());
        }

        #[test]
        fn turning_the_series_around_turns_the_sign(values in proptest::collection::vec(-1e6_f64..1e6, 2..40)) {
            let reversed: Vec<f64> = values.iter().rev().copied().collect();
            proptest::prop_assert_eq!(mann_kendall(&values).s, -mann_kendall(&reversed).s);
        }
    }
}
