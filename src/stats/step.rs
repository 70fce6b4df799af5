//! Steps: the best fit of two levels, and of a line with two jumps.

use super::least_squares::least_squares;

/// Two levels, and the start of the second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Index of the first value at the second level.
    pub at: usize,
    /// The first level: the mean of its values.
    pub before: f64,
    /// The second level: the mean of its values.
    pub after: f64,
    /// Sum of squared residuals.
    pub sse: f64,
}

/// The step with the smallest sum of squared residuals. `None` for fewer than two values.
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

/// A straight line with two jumps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SteppedLine {
    /// Value per hour between the jumps.
    pub slope: f64,
    /// Indexes of the first values after the jumps.
    pub at: (usize, usize),
    /// Sizes of the jumps.
    pub steps: (f64, f64),
    /// Sum of squared residuals.
    pub sse: f64,
}

/// More values than this are thinned: the time of the search grows with the square.
const MOST: usize = 64;

/// The line with two jumps with the smallest sum of squared residuals; all positions with at least two values between
/// are searched. Its slope is growth that two steps do not explain. `None` for fewer than twelve values.
#[must_use]
pub fn stepped_line(times: &[f64], values: &[f64]) -> Option<SteppedLine> {
    let thin = values.len().div_ceil(MOST).max(1);
    let levels: Vec<f64> = values.iter().step_by(thin).copied().collect();
    let when: Vec<f64> = times.iter().step_by(thin).copied().collect();
    let n = levels.len().min(when.len());
    if n < 12 {
        return None;
    }
    // The line is projected out of all data, so only two jumps remain to solve for.
    let ones = vec![1.0; n];
    let line = |column: &[f64]| least_squares(&[&ones, &when[..n]], column).residuals;
    let rest = line(&levels[..n]);
    let jumps: Vec<Vec<f64>> =
        (0..n).map(|at| line(&(0..n).map(|i| if i >= at { 1.0 } else { 0.0 }).collect::<Vec<f64>>())).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let own: Vec<(f64, f64)> = jumps.iter().map(|jump| (dot(jump, jump), dot(jump, &rest))).collect();
    let whole = dot(&rest, &rest);
    let mut best: Option<(f64, usize, usize, f64, f64)> = None;
    for first in 2..n - 4 {
        for second in first + 2..n - 1 {
            let ((aa, ay), (bb, by)) = (own[first], own[second]);
            let ab = dot(&jumps[first], &jumps[second]);
            let determinant = aa * bb - ab * ab;
            if determinant <= 1e-9 * aa * bb {
                continue;
            }
            let (a, b) = ((ay * bb - by * ab) / determinant, (by * aa - ay * ab) / determinant);
            let sse = (whole - a * ay - b * by).max(0.0);
            if best.is_none_or(|(least, ..)| sse < least) {
                best = Some((sse, first, second, a, b));
            }
        }
    }
    let (sse, first, second, a, b) = best?;
    let step = |at: usize, size: f64, i: usize| if i >= at { size } else { 0.0 };
    let flat: Vec<f64> = (0..n).map(|i| levels[i] - step(first, a, i) - step(second, b, i)).collect();
    let slope = least_squares(&[&ones, &when[..n]], &flat).coefficients[1];
    Some(SteppedLine { slope, at: (first * thin, second * thin), steps: (a, b), sse })
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

    #[test]
    fn tells_steps_from_a_slope() {
        let times: Vec<f64> = (0..40).map(f64::from).collect();
        let steps = |t: &f64| {
            if *t >= 25.0 {
                9.0
            } else if *t >= 10.0 {
                5.0
            } else {
                1.0
            }
        };
        let flat: Vec<f64> = times.iter().map(steps).collect();
        let found = stepped_line(&times, &flat).unwrap();
        assert_eq!(found.at, (10, 25));
        assert!(found.slope.abs() < 1e-9 && (found.steps.0 - 4.0).abs() < 1e-9 && found.sse < 1e-9, "{found:?}");
        let rising: Vec<f64> = times.iter().map(|t| steps(t) + 0.5 * t).collect();
        assert!((stepped_line(&times, &rising).unwrap().slope - 0.5).abs() < 1e-9);
        assert!(stepped_line(&times[..9], &flat[..9]).is_none());
    }
}
