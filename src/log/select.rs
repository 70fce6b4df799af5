//! Selects what to read from a log.

use std::num::NonZeroU32;

use crate::base::time::{FileTime, ZonedTime};
use crate::counters::known::{self, CounterId, Name};
use crate::counters::{CounterPath, CounterSet, PathFilter};

/// The counters to decode.
#[derive(Clone, Copy, Debug)]
pub enum Selection<'a> {
    /// Every counter.
    All,
    /// The counters of a set.
    Counters(&'a CounterSet),
    /// The counters that match a filter.
    Paths(&'a PathFilter),
    /// No counters: only times and counts.
    Nothing,
}

impl Selection<'_> {
    /// Whether to decode the counter of this name for any instance, and its id if it has one.
    #[must_use]
    pub fn wants(&self, machine: &str, object: Name<'_>, counter: Name<'_>) -> (bool, Option<CounterId>) {
        let id = known::find(object, counter);
        match self {
            Self::All => (true, id),
            Self::Counters(set) => (id.is_some_and(|id| set.contains(id)), id),
            Self::Paths(filter) => (filter.holds_counter(machine, object.text, counter.text), id),
            Self::Nothing => (false, id),
        }
    }

    /// Whether to decode a wanted counter in a log: an analysis needs no counter in whose place the log has a better one.
    #[must_use]
    pub fn needs(&self, id: Option<CounterId>, log_has: impl FnOnce(CounterId) -> bool) -> bool {
        match self {
            Self::Counters(_) => !id.and_then(CounterId::stands_in_for).is_some_and(log_has),
            _ => true,
        }
    }

    /// Whether to decode this path if its counter is wanted.
    #[must_use]
    pub fn wants_instance(&self, path: &CounterPath) -> bool {
        match self {
            Self::Paths(filter) => filter.holds(path),
            _ => true,
        }
    }
}

/// A time range on the machines' own clocks; open at either end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// First local time; `None` for the start.
    pub from: Option<FileTime>,
    /// Last local time; `None` for the end.
    pub to: Option<FileTime>,
}

impl TimeRange {
    /// Whether a sample is in the range.
    #[must_use]
    pub fn holds(self, time: ZonedTime) -> bool {
        let local = time.local();
        self.from.is_none_or(|from| local >= from) && self.to.is_none_or(|to| local <= to)
    }
}

/// The kind of values to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// Values as Performance Monitor displays them.
    Displayed,
    /// Values as logged, if the format contains them (.blg); else the displayed ones.
    Raw,
    /// No values: only columns and times. Samples then have no cells.
    None,
}

/// What to read of a log.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The counters.
    pub selection: Selection<'a>,
    /// Only samples in this range, as if there were no others.
    pub range: TimeRange,
    /// Only every n-th of these samples, including the first. Rates are then over n intervals.
    pub every: NonZeroU32,
    /// The kind of values.
    pub values: Values,
}

impl<'a> From<Selection<'a>> for Query<'a> {
    fn from(selection: Selection<'a>) -> Self {
        Self { selection, range: TimeRange::default(), every: NonZeroU32::MIN, values: Values::Displayed }
    }
}

/// Picks the samples of a query.
pub(super) struct Picker {
    range: TimeRange,
    every: u32,
    seen: u32,
}

impl Picker {
    pub(super) fn new(query: &Query<'_>) -> Self {
        Self { range: query.range, every: query.every.get(), seen: 0 }
    }

    /// Whether the query wants the next sample.
    pub(super) fn picks(&mut self, time: ZonedTime) -> bool {
        if !self.range.holds(time) {
            return false;
        }
        let picked = self.seen == 0;
        self.seen = (self.seen + 1) % self.every;
        picked
    }
}
