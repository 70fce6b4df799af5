//! Low-water marks: the level that a series falls back to.
//!
//! Load, bursts and caches fall again and again. The 10th percentile of each bin is what remains then; a leak raises
//! it.

/// The low-water mark of one bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Time at which the series had that value, hours: near the start of a bin that rises.
    pub time: f64,
    /// 10th percentile of the bin's values.
    pub value: f64,
}

/// Share of a bin's samples that may be below its mark: a single outlier, such as a counter that reads 0 once, must not
/// set the mark of a bin of ten samples or more.
const LOW: f64 = 0.10;

/// Divides the time from the first to the last sample into `bins` equal bins, and returns the mark of each bin with
/// samples.
#[must_use]
pub fn low_water(times: &[f64], values: &[f64], bins: usize) -> Vec<Mark> {
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return Vec::new() };
    let width = (last - first) / bins.max(1) as f64;
    if width <= 0.0 {
        return mark(times, values).into_iter().collect();
    }
    let bin_of = |time: f64| (((time - first) / width) as usize).min(bins.max(1) - 1);
    let mut marks = Vec::with_capacity(bins);
    let mut at = 0;
    while at < times.len().min(values.len()) {
        let bin = bin_of(times[at]);
        let end = times[at..].iter().position(|t| bin_of(*t) != bin).map_or(times.len(), |n| at + n).min(values.len());
        marks.extend(mark(&times[at..end], &values[at..end]));
        at = end;
    }
    marks
}

/// The marks of a bin with a fixed width, hours, that slides over the series by `step`. Neighboring marks share
/// samples.
#[must_use]
pub fn sliding_low_water(times: &[f64], values: &[f64], width: f64, step: f64) -> Vec<Mark> {
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return Vec::new() };
    let places = ((last - first - width) / step).max(0.0) as usize + 1;
    let mut marks: Vec<Mark> = Vec::new();
    for place in 0..places {
        let begin = first + place as f64 * step;
        let from = times.partition_point(|t| *t < begin);
        let to = times.partition_point(|t| *t <= begin + width).min(values.len());
        // At the middle of the bin, because the lowest hour of a day is the same in several bins.
        let found = times.get(from..to).and_then(|times| mark(times, values.get(from..to)?));
        marks.extend(found.map(|mark| Mark { time: begin + width / 2.0, ..mark }));
    }
    marks
}

/// The mark of a bin. Time and value are interpolated alike between the two samples next to the quantile, so the marks
/// of a ramp are on the ramp.
fn mark(times: &[f64], values: &[f64]) -> Option<Mark> {
    let mut order: Vec<usize> = (0..times.len().min(values.len())).collect();
    let place = LOW * order.len().checked_sub(1)? as f64;
    let by_value = |a: &usize, b: &usize| values[*a].total_cmp(&values[*b]).then(a.cmp(b));
    let (_, low, above) = order.select_nth_unstable_by(place.floor() as usize, by_value);
    let low = *low;
    let high = above.iter().copied().min_by(by_value).unwrap_or(low);
    let between = |all: &[f64]| all[low] + (all[high] - all[low]) * place.fract();
    Some(Mark { time: between(times), value: between(values) })
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
    fn the_marks_of_a_ramp_lie_on_it() {
        let times: Vec<f64> = (0..100).map(f64::from).collect();
        let values: Vec<f64> = times.iter().map(|t| 7.0 + 3.0 * t).collect();
        let marks = low_water(&times, &values, 12);
        assert!(marks.iter().all(|m| (m.value - 7.0 - 3.0 * m.time).abs() < 1e-9));
    }

    #[test]
    fn a_sliding_day_sees_every_night() {
        let times: Vec<f64> = (0..240).map(f64::from).collect();
        let values: Vec<f64> = (0..240).map(|h| if (8..18).contains(&(h % 24)) { 500.0 } else { 100.0 }).collect();
        let marks = sliding_low_water(&times, &values, 24.0, 6.0);
        assert_eq!(marks.len(), 36);
        assert!(marks.iter().all(|m| m.value == 100.0));
        assert!(sliding_low_water(&[], &[], 24.0, 6.0).is_empty());
        assert_eq!(sliding_low_water(&[1.0], &[2.0], 24.0, 6.0).len(), 1);
    }

    #[test]
    fn odd_input() {
        assert!(low_water(&[], &[], 4).is_empty());
        assert_eq!(low_water(&[1.0, 1.0], &[3.0, 5.0], 4).len(), 1);
        let gap = low_water(&[0.0, 1.0, 99.0, 100.0], &[1.0, 1.0, 2.0, 2.0], 10);
        assert_eq!(gap.iter().map(|m| m.value).collect::<Vec<_>>(), [1.0, 2.0], "empty bins have no mark");
    }
}
