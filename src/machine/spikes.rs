//! Values that stand alone: one sample far from those before and after it, as a failed read leaves it.

use crate::stats::{mad_sigma, median};

/// A value is compared with this many values before it, and as many after it.
const NEIGHBORS: usize = 2;
/// At an end of the series there are this many on one side.
const FEWEST_NEIGHBORS: usize = 3;
/// A value stands alone if it is off by this share of its neighbors' median: load and a leak move less in one sample …
const SHARE: f64 = 0.2;
/// … and come back more slowly; by this many times the range of its neighbors, …
const RANGES: f64 = 5.0;
/// … and by this many times the usual difference of neighboring values.
const DIFFERENCES: f64 = 10.0;
/// Up to this many of a series stand alone, …
const MOST: usize = 3;
/// … or one of this many: more are load that comes and goes within a sample.
const MOST_PER: usize = 200;

/// Places of the values that stand alone; none if there are many of them.
pub fn standing_alone(values: &[f64]) -> Vec<usize> {
    if values.len() <= 2 * NEIGHBORS {
        return Vec::new();
    }
    let differences: Vec<f64> = values.windows(2).map(|w| w[1] - w[0]).collect();
    let usual = mad_sigma(&differences);
    let alone: Vec<usize> = (0..values.len()).filter(|at| stands_alone(values, *at, usual)).collect();
    if alone.len() > MOST.max(values.len() / MOST_PER) { Vec::new() } else { alone }
}

fn stands_alone(values: &[f64], at: usize, usual: f64) -> bool {
    let from = at.saturating_sub(if at + 1 == values.len() { FEWEST_NEIGHBORS } else { NEIGHBORS });
    let to = (at + 1 + if at == 0 { FEWEST_NEIGHBORS } else { NEIGHBORS }).min(values.len());
    let near: Vec<f64> = values[from..at].iter().chain(&values[at + 1..to]).copied().collect();
    let (low, high) = near.iter().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
    let middle = median(&near);
    (values[at] - middle).abs() > (SHARE * middle.abs()).max(RANGES * (high - low)).max(DIFFERENCES * usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sample_stands_alone_and_two_do_not() {
        let mut values: Vec<f64> = (0..60).map(|n| 300.0 + f64::from(n % 7)).collect();
        assert!(standing_alone(&values).is_empty());
        for (at, value) in [(0, 3.0), (20, 900.0), (59, 32_000.0)] {
            values[at] = value;
        }
        assert_eq!(standing_alone(&values), [0, 20, 59]);
        values[21] = 880.0;
        assert_eq!(standing_alone(&values), [0, 59], "a peak of two samples is load");
        let steps: Vec<f64> = (0..60).map(|n| if n < 30 { 300.0 } else { 500.0 }).collect();
        assert!(standing_alone(&steps).is_empty());
        let leak: Vec<f64> = (0..10).map(|n| 100.0 * f64::from(n + 1)).collect();
        assert!(standing_alone(&leak).is_empty());
        let backups: Vec<f64> = (0..600).map(|n| if n % 60 == 9 { 500.0 } else { 300.0 }).collect();
        assert!(standing_alone(&backups).is_empty(), "load that comes again and again");
        assert!(standing_alone(&[1.0, 9.0, 1.0]).is_empty());
    }
}
