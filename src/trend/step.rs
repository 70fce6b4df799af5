//! One step: the best fit of two levels.

/// Two levels and where the second begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Number of the first value on the second level.
    pub at: usize,
    /// The levels, means of the values on them.
    pub before: f64,
    /// The second level.
    pub after: f64,
    /// Sum of squared residuals.
    pub sse: f64,
}

/// The step that leaves the smallest squares. `None` for fewer than two values.
#[must_use]
pub fn best_step(values: &[f64]) -> Option<Step> {
    // Differences from the first value keep the sums of squares exact for levels far above 0.
    let origin = *values.first()?;
    let total: f64 = values.iter().map(|v| v - origin).sum();
    let squares: f64 = values.iter().map(|v| (v - origin) * (v - origin)).sum();
    let n = values.len() as f64;
    let mut before = 0.0;
    let mut best: Option<Step> = None;
    for at in 1..values.len() {
        before += values[at - 1] - origin;
        let (left, right) = (at as f64, n - at as f64);
        let after = total - before;
        let sse = (squares - before * before / left - after * after / right).max(0.0);
        if best.is_none_or(|b| sse < b.sse) {
            best = Some(Step { at, before: origin + before / left, after: origin + after / right, sse });
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_step() {
        let values = [1.0, 1.0, 1.0, 5.0, 5.0, 5.0, 5.0];
        assert_eq!(best_step(&values), Some(Step { at: 3, before: 1.0, after: 5.0, sse: 0.0 }));
        assert_eq!(best_step(&[1.0]), None);
    }
}
