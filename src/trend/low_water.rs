//! Low-water marks: the level that a series falls back to.
//!
//! Load, bursts and caches come down again and again; the 10th percentile of each bin is what stays
//! when they have. A leak lifts it.

use super::quantile::quantile;

/// The low-water mark of one bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Mean time of the bin's samples, hours.
    pub time: f64,
    /// 10th percentile of its values.
    pub value: f64,
}

/// Share of a bin's samples that may lie below its mark: a lone outlier below, such as a counter
/// that reads 0 once, must not set the mark of a bin of ten samples or more.
const LOW: f64 = 0.10;

/// Cuts the time from first to last sample into `bins` equal bins and takes the mark of each that
/// has samples.
#[must_use]
pub fn low_water(times: &[f64], values: &[f64], bins: usize) -> Vec<Mark> {
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return Vec::new() };
    let width = (last - first) / bins.max(1) as f64;
    if width <= 0.0 {
        return vec![Mark { time: *first, value: quantile(values, LOW) }];
    }
    let bin_of = |time: f64| (((time - first) / width) as usize).min(bins.max(1) - 1);
    let mut marks = Vec::with_capacity(bins);
    let mut at = 0;
    while at < times.len().min(values.len()) {
        let bin = bin_of(times[at]);
        let end = times[at..].iter().position(|t| bin_of(*t) != bin).map_or(times.len(), |n| at + n).min(values.len());
        let time = times[at..end].iter().sum::<f64>() / (end - at) as f64;
        marks.push(Mark { time, value: quantile(&values[at..end], LOW) });
        at = end;
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn daily_load_leaves_no_trace() {
        let times: Vec<f64> = (0..240).map(f64::from).collect();
        let values: Vec<f64> = (0..240).map(|h| if (8..18).contains(&(h % 24)) { 500.0 } else { 100.0 }).collect();
        let marks = low_water(&times, &values, 10);
        assert_eq!(marks.len(), 10);
        assert!(marks.iter().all(|m| m.value == 100.0));
    }

    #[test]
    fn odd_input() {
        assert!(low_water(&[], &[], 4).is_empty());
        assert_eq!(low_water(&[1.0, 1.0], &[3.0, 5.0], 4).len(), 1);
        let gap = low_water(&[0.0, 1.0, 99.0, 100.0], &[1.0, 1.0, 2.0, 2.0], 10);
        assert_eq!(gap.iter().map(|m| m.value).collect::<Vec<_>>(), [1.0, 2.0], "empty bins have no mark");
    }
}
