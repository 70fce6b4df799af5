//! Series: the values of one counter over a machine's samples.

use super::spikes::standing_alone;
use crate::stats::{END_SAMPLES, end_level};

/// Values by sample number, stored in runs so that long gaps use no memory. Small without values: a process has one for
/// each counter, logged or not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Completed runs. Most series have none.
    #[allow(clippy::box_collection, reason = "a third of the size of an empty vector")]
    ended: Option<Box<Vec<Run>>>,
    /// The current run, here because every value is added to it.
    last: Run,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Run {
    first: usize,
    /// Values; NaN if missing.
    values: Vec<f64>,
}

/// Gaps of up to this many samples are filled and do not start a new run: a run uses as much memory as four values, so
/// occasional missing values must not create one each.
const FILLED_GAP: usize = 8;
/// A full run is not moved to a larger allocation, which would leave gaps as large as the values.
const LONGEST_RUN: usize = 256;

/// The series of a counter that was not logged.
pub(super) static EMPTY: Series = Series::new();

impl Series {
    /// Creates an empty series.
    #[must_use]
    pub const fn new() -> Self {
        Self { ended: None, last: Run { first: 0, values: Vec::new() } }
    }

    /// Adds the value of a sample. Samples are ascending; a second value of the same sample replaces the first (a log
    /// can contain a counter twice).
    pub fn push(&mut self, sample: usize, value: f64) {
        let run = &mut self.last;
        let end = run.first + run.values.len();
        if run.values.is_empty() {
            *run = Run { first: sample, values: vec![value] };
        } else if sample < end {
            if let Some(slot) = sample.checked_sub(run.first).and_then(|at| run.values.get_mut(at)) {
                *slot = value;
            }
        } else if sample - end > FILLED_GAP {
            self.begin(sample, vec![value]);
        } else if run.values.len() < LONGEST_RUN {
            run.values.resize(sample - run.first, f64::NAN);
            run.values.push(value);
        } else {
            let mut values = Vec::with_capacity(LONGEST_RUN);
            values.push(value);
            self.begin(sample, values);
        }
    }

    /// Ends the current run and begins another.
    fn begin(&mut self, first: usize, values: Vec<f64>) {
        let ended = std::mem::replace(&mut self.last, Run { first, values });
        self.ended.get_or_insert_default().push(ended);
    }

    /// All runs; the last one is empty if there are no values.
    fn runs(&self) -> impl DoubleEndedIterator<Item = &Run> {
        self.ended.iter().flat_map(|ended| ended.iter()).chain([&self.last])
    }

    /// The value at an hour, interpolated between the two nearest samples; `hours` are those of the samples. Up to
    /// `slack` hours outside the series, it is the value at its end.
    #[must_use]
    pub fn at_hours(&self, hours: &[f64], hour: f64, slack: f64) -> Option<f64> {
        let mut before: Option<(f64, f64)> = None;
        for (sample, value) in self.iter() {
            let at = *hours.get(sample)?;
            if at >= hour {
                let Some((then, old)) = before else { return (at - hour <= slack).then_some(value) };
                let share = if at > then { (hour - then) / (at - then) } else { 0.0 };
                return Some(old + (value - old) * share);
            }
            before = Some((at, value));
        }
        before.filter(|(at, _)| hour - at <= slack).map(|(_, value)| value)
    }

    /// Removes and returns the values from a sample on.
    #[must_use]
    pub fn split_off(&mut self, sample: usize) -> Self {
        let mut later = Self::default();
        let mut earlier = Self::default();
        for (at, value) in self.iter() {
            if at < sample { earlier.push(at, value) } else { later.push(at, value) }
        }
        *self = earlier;
        later
    }

    /// Adds the values of another series; `samples` maps its sample numbers. If both have a value, the existing one is
    /// kept.
    pub(super) fn merge(&mut self, theirs: &Self, samples: &[usize]) {
        if theirs.is_empty() {
            return;
        }
        let moved = theirs.iter().filter_map(|(sample, value)| Some((*samples.get(sample)?, value)));
        if self.last().is_none_or(|(last, _)| theirs.first().is_some_and(|(first, _)| last < samples[first])) {
            for (sample, value) in moved {
                self.push(sample, value);
            }
            return;
        }
        let mut merged = Self::default();
        let mut own = self.iter().peekable();
        for (sample, value) in moved {
            while let Some(&(at, old)) = own.peek()
                && at < sample
            {
                merged.push(at, old);
                own.next();
            }
            match own.next_if(|(at, _)| *at == sample) {
                Some((at, old)) => merged.push(at, old),
                None => merged.push(sample, value),
            }
        }
        own.for_each(|(at, old)| merged.push(at, old));
        *self = merged;
    }

    /// Removes the values that are 0, unless all of them are. Returns their number.
    pub(super) fn remove_zeros(&mut self) -> usize {
        let mut kept = Self::default();
        self.iter().filter(|(_, value)| *value != 0.0).for_each(|(sample, value)| kept.push(sample, value));
        let zeros = self.iter().count() - kept.iter().count();
        if zeros == 0 || kept.is_empty() {
            return 0;
        }
        *self = kept;
        zeros
    }

    /// Removes the values that stand alone, and returns them with their sample numbers.
    pub(super) fn remove_standing_alone(&mut self) -> Vec<(usize, f64)> {
        let all: Vec<(usize, f64)> = self.iter().collect();
        let values: Vec<f64> = all.iter().map(|(_, value)| *value).collect();
        let alone = standing_alone(&values);
        if alone.is_empty() {
            return Vec::new();
        }
        let mut kept = Self::default();
        let others = all.iter().enumerate().filter(|(at, _)| alone.binary_search(at).is_err());
        others.for_each(|(_, (sample, value))| kept.push(*sample, *value));
        *self = kept;
        alone.into_iter().map(|at| all[at]).collect()
    }

    /// The level at the end, which one outlier does not change.
    #[must_use]
    pub fn end_level(&self) -> Option<f64> {
        let mut last: Vec<(usize, f64)> = self.iter().rev().take(END_SAMPLES).collect();
        last.reverse();
        let (samples, values): (Vec<f64>, Vec<f64>) = last.into_iter().map(|(at, value)| (at as f64, value)).unzip();
        end_level(&samples, &values)
    }

    /// Adds to the value of a sample, which is the last or a new one.
    pub fn add(&mut self, sample: usize, value: f64) {
        let end = self.last.first + self.last.values.len();
        match self.last.values.last_mut() {
            Some(last) if sample + 1 == end => *last += value,
            _ => self.push(sample, value),
        }
    }

    /// Sample numbers and values, without missing values.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (usize, f64)> + '_ {
        self.runs().flat_map(|run| {
            run.values.iter().enumerate().map(|(at, v)| (run.first + at, *v)).filter(|(_, v)| !v.is_nan())
        })
    }

    /// Number of samples in all runs, including short gaps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.runs().map(|run| run.values.len()).sum()
    }

    /// About every `step`-th value, without reading the others.
    pub fn thinned(&self, step: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let step = step.max(1);
        let mut skip = 0;
        self.runs().flat_map(move |run| {
            let from = skip;
            let taken = run.values.len().saturating_sub(from).div_ceil(step);
            skip = (from + taken * step).saturating_sub(run.values.len());
            run.values
                .iter()
                .enumerate()
                .skip(from)
                .step_by(step)
                .map(|(at, v)| (run.first + at, *v))
                .filter(|(_, v)| !v.is_nan())
        })
    }

    /// Whether there are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.last.values.is_empty()
    }

    /// The first value.
    #[must_use]
    pub fn first(&self) -> Option<(usize, f64)> {
        self.iter().next()
    }

    /// The last value.
    #[must_use]
    pub fn last(&self) -> Option<(usize, f64)> {
        self.iter().next_back()
    }

    /// The values from one sample (inclusive) to another (exclusive).
    pub fn between(&self, from: usize, to: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.iter().skip_while(move |(at, _)| *at < from).take_while(move |(at, _)| *at < to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_short_and_long() {
        let mut series = Series::default();
        for (at, value) in [(3, 1.0), (4, 2.0), (7, 3.0), (7, 4.0), (1000, 5.0)] {
            series.push(at, value);
        }
        let all: Vec<_> = series.iter().collect();
        assert_eq!(all, [(3, 1.0), (4, 2.0), (7, 4.0), (1000, 5.0)]);
        assert_eq!(series.runs().count(), 2);
        assert_eq!((series.first(), series.last()), (Some((3, 1.0)), Some((1000, 5.0))));
        assert_eq!(series.between(4, 1000).count(), 2);
    }

    #[test]
    fn thinned_split_and_added() {
        let mut series = Series::default();
        (0..1000).for_each(|n| series.push(n, n as f64));
        let thin: Vec<usize> = series.thinned(100).map(|(at, _)| at).collect();
        assert_eq!(thin, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
        let later = series.split_off(700);
        assert_eq!((series.len(), later.len(), later.first()), (700, 300, Some((700, 700.0))));
        series.add(699, 1.0);
        series.add(800, 5.0);
        assert_eq!(series.iter().rev().take(2).collect::<Vec<_>>(), [(800, 5.0), (699, 700.0)]);
    }

    #[test]
    fn zeros_are_removed_unless_there_is_nothing_else() {
        let series = |values: &[f64]| {
            let mut series = Series::default();
            values.iter().enumerate().for_each(|(sample, value)| series.push(sample, *value));
            series
        };
        let mut some = series(&[0.0, 5.0, 0.0, 6.0, -0.0]);
        assert_eq!((some.remove_zeros(), some.iter().collect::<Vec<_>>()), (3, vec![(1, 5.0), (3, 6.0)]));
        let mut none = series(&[1.0, 2.0]);
        assert_eq!((none.remove_zeros(), none), (0, series(&[1.0, 2.0])));
        let mut all = series(&[0.0, 0.0]);
        assert_eq!((all.remove_zeros(), all), (0, series(&[0.0, 0.0])));
    }
}
