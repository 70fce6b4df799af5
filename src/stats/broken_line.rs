//! A line with one bend, for growth that starts, ends or changes within the log.

/// Two connected lines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrokenLine {
    /// Time of the bend, hours.
    pub at: f64,
    /// Value at the bend.
    pub value: f64,
    /// Slope before the bend, per hour.
    pub before: f64,
    /// Slope after the bend, per hour.
    pub after: f64,
    /// Sum of squared residuals.
    pub sse: f64,
}

/// The continuous broken line with the smallest sum of squared residuals, with its bend at one of the times (Hudson
/// 1966, all positions are searched). At least three points are on either side. `None` for fewer than seven points.
#[must_use]
#[allow(clippy::many_single_char_names, reason = "the sums of a least-squares fit")]
pub fn broken_line(times: &[f64], values: &[f64]) -> Option<BrokenLine> {
    let n = times.len().min(values.len());
    if n < 7 {
        return None;
    }
    // Centered and scaled, to keep sums of squares exact.
    let (start, span) = (times[0], times[n - 1] - times[0]);
    let origin = values[..n].iter().sum::<f64>() / n as f64;
    let scale = values[..n].iter().map(|v| (v - origin).abs()).fold(0.0, f64::max);
    if span <= 0.0 || scale <= 0.0 {
        return None;
    }
    let t: Vec<f64> = times[..n].iter().map(|x| (x - start) / span).collect();
    let y: Vec<f64> = values[..n].iter().map(|v| (v - origin) / scale).collect();
    let sum = |f: &dyn Fn(usize) -> f64| (0..n).map(f).sum::<f64>();
    let count = n as f64;
    let (st, sy) = (sum(&|i| t[i]), sum(&|i| y[i]));
    let (stt, sty, syy) = (sum(&|i| t[i] * t[i]), sum(&|i| t[i] * y[i]), sum(&|i| y[i] * y[i]));

    // Sums over the points after the bend: count, t, t², y, t·y.
    let mut tail = [0.0; 5];
    let mut best: Option<BrokenLine> = None;
    for bend in (0..n).rev() {
        let c = t[bend];
        if (2..n - 3).contains(&bend) {
            let [k, tt, ttt, ty, tty] = tail;
            // h = max(0, t - c)
            let (sh, shh) = (tt - c * k, ttt - 2.0 * c * tt + c * c * k);
            let (sth, syh) = (ttt - c * tt, tty - c * ty);
            let matrix = [[count, st, sh], [st, stt, sth], [sh, sth, shh]];
            if let Some([a, b, d]) = solve(matrix, [sy, sty, syh]) {
                let sse = (syy - a * sy - b * sty - d * syh).max(0.0);
                if best.is_none_or(|old| sse * scale * scale < old.sse) {
                    best = Some(BrokenLine {
                        at: start + c * span,
                        value: origin + scale * (a + b * c),
                        before: b * scale / span,
                        after: (b + d) * scale / span,
                        sse: sse * scale * scale,
                    });
                }
            }
        }
        for (sum, value) in tail.iter_mut().zip([1.0, c, c * c, y[bend], c * y[bend]]) {
            *sum += value;
        }
    }
    best
}

/// Solves three equations by elimination with pivoting.
fn solve(mut m: [[f64; 3]; 3], mut r: [f64; 3]) -> Option<[f64; 3]> {
    for column in 0..3 {
        let pivot = (column..3).max_by(|a, b| m[*a][column].abs().total_cmp(&m[*b][column].abs()))?;
        if m[pivot][column].abs() < 1e-12 {
            return None;
        }
        m.swap(column, pivot);
        r.swap(column, pivot);
        for row in column + 1..3 {
            let factor = m[row][column] / m[column][column];
            let above = m[column];
            for (own, other) in m[row].iter_mut().zip(above).skip(column) {
                *own -= factor * other;
            }
            r[row] -= factor * r[column];
        }
    }
    let mut x = [0.0; 3];
    for row in (0..3).rev() {
        let known: f64 = (row + 1..3).map(|c| m[row][c] * x[c]).sum();
        x[row] = (r[row] - known) / m[row][row];
    }
    Some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_bend() {
        let times: Vec<f64> = (0..100).map(f64::from).collect();
        let values: Vec<f64> = times.iter().map(|t| 5e8 + 1e6 * (t - 40.0).max(0.0)).collect();
        let line = broken_line(&times, &values).unwrap();
        assert!((line.at - 40.0).abs() < 1e-9, "{line:?}");
        assert!(line.before.abs() < 1.0 && (line.after - 1e6).abs() < 1.0, "{line:?}");
    }

    proptest::proptest! {
        #[test]
        fn never_worse_than_a_line(values in proptest::collection::vec(-1e9_f64..1e9, 7..40)) {
            let times: Vec<f64> = (0..values.len()).map(|i| i as f64).collect();
            if let Some(bent) = broken_line(&times, &values) {
                let line = super::super::line_sse(&times, &values);
                proptest::prop_assert!(bent.sse <= line * (1.0 + 1e-6) + 1.0, "{} {}", bent.sse, line);
            }
        }
    }
}
