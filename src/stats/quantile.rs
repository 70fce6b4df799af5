//! Quantiles, and a standard deviation that is robust to outliers.

/// The q-quantile, 0 ≤ q ≤ 1, by linear interpolation between order statistics (Hyndman and Fan
/// 1996, type 7, as in R, `NumPy` and spreadsheets). 0 for no values.
#[must_use]
pub fn quantile(values: &[f64], q: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else { return 0.0 };
    let place = q.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let mut values = values.to_vec();
    // Two order statistics need no sort.
    let (_, low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let low = *low;
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    low + (high - low) * (place - below as f64)
}

/// The median; 0 for no values.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The standard deviation, estimated as 1.4826 times the median absolute deviation (MAD), which is consistent for
/// normal noise (Rousseeuw and Croux 1993). Up to half of the values can be outliers.
#[must_use]
pub fn mad_sigma(values: &[f64]) -> f64 {
    let centre = median(values);
    let distances: Vec<f64> = values.iter().map(|v| (v - centre).abs()).collect();
    1.4826 * median(&distances)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_numpy_has_them() {
        // numpy.quantile([1, 2, 4, 8], [0, .1, .5, .9, 1])
        for (q, expected) in [(0.0, 1.0), (0.1, 1.3), (0.5, 3.0), (0.9, 6.8), (1.0, 8.0)] {
            assert!((quantile(&[8.0, 1.0, 4.0, 2.0], q) - expected).abs() < 1e-12, "{q}");
        }
        assert_eq!(quantile(&[], 0.5), 0.0);
        assert!((mad_sigma(&[1.0, 2.0, 3.0, 4.0, 1000.0]) - 1.4826).abs() < 1e-12);
    }
}
