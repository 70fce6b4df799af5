//! Many tests with one budget of false alarms.

/// Which of the p-values are discoveries, if at most the share `rate` of all discoveries may be false in the long run
/// (Benjamini and Hochberg 1995). This also holds for tests that are positively correlated (Benjamini and Yekutieli
/// 2001, theorem 1.2). `tests` is the number of tests, and `p` has the smallest of their p-values.
#[must_use]
pub fn discoveries(p: &[f64], tests: usize, rate: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let tests = tests.max(p.len()) as f64;
    let passes = |(rank, at): (usize, &usize)| p[*at] <= rate * (rank + 1) as f64 / tests;
    let last = order.iter().enumerate().rposition(|(rank, at)| passes((rank, at)));
    let mut found = vec![false; p.len()];
    order.iter().take(last.map_or(0, |last| last + 1)).for_each(|at| found[*at] = true);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_paper_has_it() {
        // The fifteen p-values of Benjamini and Hochberg 1995, section 3.3: four are discoveries at 5 %.
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.0,
        ];
        assert_eq!(discoveries(&p, 15, 0.05).iter().filter(|d| **d).count(), 4);
        assert_eq!(discoveries(&p[..2], 15, 0.05), [true, true]);
        assert_eq!(discoveries(&[0.04], 15, 0.05), [false]);
        assert!(discoveries(&[], 0, 0.05).is_empty());
    }
}
