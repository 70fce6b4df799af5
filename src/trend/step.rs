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

/// Three levels and where the second and the third begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoSteps {
    /// Numbers of the first values on the second and on the third level.
    pub at: (usize, usize),
    /// Means of the values on the levels.
    pub levels: [f64; 3],
    /// Sum of squared residuals.
    pub sse: f64,
}

/// More values are thinned out: the search takes their square.
const MOST: usize = 400;

/// The two steps that leave the smallest squares, searched over all places. `None` for fewer than six values,
/// which three levels always fit.
#[must_use]
pub fn best_two_steps(values: &[f64]) -> Option<TwoSteps> {
    let thin = values.len().div_ceil(MOST).max(1);
    let values: Vec<f64> = values.iter().step_by(thin).copied().collect();
    let n = values.len();
    if n < 6 {
        return None;
    }
    let origin = values[0];
    let mut sums = vec![(0.0, 0.0)];
    for value in &values {
        let (sum, squares) = sums[sums.len() - 1];
        let v = value - origin;
        sums.push((sum + v, squares + v * v));
    }
    let part = |from: usize, to: usize| {
        let (sum, squares) = (sums[to].0 - sums[from].0, sums[to].1 - sums[from].1);
        let mean = sum / (to - from) as f64;
        (origin + mean, (squares - sum * mean).max(0.0))
    };
    let mut best: Option<TwoSteps> = None;
    for first in 1..n - 1 {
        let (low, before) = part(0, first);
        for second in first + 1..n {
            let ((middle, between), (high, after)) = (part(first, second), part(second, n));
            let sse = before + between + after;
            if best.is_none_or(|b| sse < b.sse) {
                best = Some(TwoSteps { at: (first * thin, second * thin), levels: [low, middle, high], sse });
            }
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
        let two = best_two_steps(&[1.0, 1.0, 5.0, 5.0, 9.0, 9.0, 9.0]).unwrap();
        assert_eq!((two.at, two.levels, two.sse), ((2, 4), [1.0, 5.0, 9.0], 0.0));
    }
}
