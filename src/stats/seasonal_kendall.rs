//! Mann-Kendall within seasons: each hour of the day is compared with the same hour of other days.

use super::mann_kendall::TrendTest;

/// Seasonal Kendall for correlated seasons, such as the hours of one day: the sum of the seasons' `s`, with the
/// covariances of Hirsch and Slack (1984; Dietz and Killeen 1981).
///
/// `seasons` are columns with one value per period, all of the same length; NaN is a missing value.
#[must_use]
pub fn seasonal_kendall(seasons: &[Vec<f64>]) -> TrendTest {
    let periods = seasons.iter().map(Vec::len).min().unwrap_or(0);
    let ranks: Vec<Vec<f64>> = seasons.iter().map(|season| ranks(&season[..periods])).collect();
    let sign = |later: f64, earlier: f64| match later.partial_cmp(&earlier) {
        Some(std::cmp::Ordering::Greater) => 1.0,
        Some(std::cmp::Ordering::Less) => -1.0,
        _ => 0.0,
    };
    let pairs = || (0..periods).flat_map(|later| (0..later).map(move |earlier| (later, earlier)));
    let signs: Vec<Vec<f64>> = seasons
        .iter()
        .map(|season| pairs().map(|(later, earlier)| sign(season[later], season[earlier])).collect())
        .collect();
    let s: f64 = signs.iter().flatten().sum();
    let counts: Vec<f64> = seasons.iter().map(|x| x[..periods].iter().filter(|v| !v.is_nan()).count() as f64).collect();
    let mut variance = 0.0;
    for g in 0..seasons.len() {
        for h in 0..seasons.len() {
            let k: f64 = signs[g].iter().zip(&signs[h]).map(|(a, b)| a * b).sum();
            let r: f64 = ranks[g].iter().zip(&ranks[h]).map(|(a, b)| a * b).sum();
            variance += (k + 4.0 * r - periods as f64 * (counts[g] + 1.0) * (counts[h] + 1.0)) / 3.0;
        }
    }
    TrendTest::new(s, variance.max(0.0))
}

/// Ranks of the existing values, with ties at their mean; a missing value gets the middle rank.
fn ranks(values: &[f64]) -> Vec<f64> {
    let present = values.iter().filter(|v| !v.is_nan()).count() as f64;
    let rank = |value: &f64| {
        if value.is_nan() {
            return f64::midpoint(present, 1.0);
        }
        let below = values.iter().filter(|v| *v < value).count() as f64;
        let same = values.iter().filter(|v| v.total_cmp(value).is_eq()).count() as f64;
        below + f64::midpoint(same, 1.0)
    };
    values.iter().map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values in rows of one period, and their `s` and `var_s` by `correlated_seasonal_test` of pyMannKendall 1.4.3.
    #[test]
    fn as_py_mann_kendall_has_it() {
        let rhythm = [
            0.63, 2.48, 2.63, -0.11, -2.83, -2.88, -0.87, 1.68, 1.44, -0.13, -2.65, -2.74, -0.2, 2.22, 1.92, -0.77,
            -3.2, -3.26, -0.35, 2.2, 2.23, 0.12, -2.29, -2.43, 0.13, 2.91, 3.52, 0.86, -1.79, -1.48, 0.88, 3.41, 3.69,
            1.29, -1.26, -1.04, 0.73, 3.65, 3.39, 0.31, -2.19, -1.96, 0.53, 2.82, 2.85, 0.26, -1.9, -1.66, 1.02, 3.97,
            3.93, 1.08, -1.33, -1.14, 1.42, 3.8, 3.89, 0.57, -1.8, -1.64,
        ];
        let ties: Vec<f64> = [0.0, 6.0, 1.0, 6.0, 2.0, 5.0, 8.0, 8.0, 4.0, 1.0]
            .iter()
            .enumerate()
            .flat_map(|(row, v)| (0..5).map(move |n| v + 0.25 * row as f64 + 0.05 * f64::from(n)))
            .collect();
        for (values, period, s, variance) in [(&rhythm[..], 6, 154.0, 3836.0), (&ties[..], 5, 70.0, 3100.0)] {
            let seasons: Vec<Vec<f64>> =
                (0..period).map(|n| values.iter().skip(n).step_by(period).copied().collect()).collect();
            let test = seasonal_kendall(&seasons);
            assert_eq!(test.s, s);
            assert!((test.variance - variance).abs() < 1e-9, "{test:?}");
        }
    }

    #[test]
    fn missing_values_count_for_nothing() {
        let seasons = vec![vec![1.0, 2.0, f64::NAN, 4.0], vec![f64::NAN; 4]];
        assert_eq!(seasonal_kendall(&seasons).s, 3.0);
        assert_eq!(seasonal_kendall(&[]).z, 0.0);
    }
}
