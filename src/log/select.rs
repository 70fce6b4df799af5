//! What to read of a log.

use std::num::NonZeroU32;

use crate::base::time::{FileTime, ZonedTime};
use crate::counters::known::{self, CounterId, Name};
use crate::counters::{CounterPath, PathFilter};

/// Which counters to decode.
#[derive(Clone, Copy, Debug)]
pub enum Selection<'a> {
    /// Every counter.
    All,
    /// Those that the analysis knows.
    Known,
    /// Those that match a filter.
    Paths(&'a PathFilter),
    /// None: only times and counts.
    Nothing,
}

impl Selection<'_> {
    /// Whether to decode the counter of this name, of one instance or another, and what it is known as.
    #[must_use]
    pub fn wants(&self, machine: &str, object: Name<'_>, counter: Name<'_>) -> (bool, Option<CounterId>) {
        let known = known::find(object, counter);
        match self {
            Self::All => (true, known),
            Self::Known => (known.is_some(), known),
            Self::Paths(filter) => (filter.holds_counter(machine, object.text, counter.text), known),
            Self::Nothing => (false, known),
        }
    }

    /// Whether to decode a path whose counter is wanted.
    #[must_use]
    pub fn wants_instance(&self, path: &CounterPath) -> bool {
        match self {
            Self::Paths(filter) => filter.holds(path),
            _ => true,
        }
    }
}

/// A stretch of time on the machines' own clocks; open at either end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// First local time.
    pub from: Option<FileTime>,
    /// Last local time.
    pub to: Option<FileTime>,
}

impl TimeRange {
    /// Whether a sample lies within.
    #[must_use]
    pub fn holds(self, time: ZonedTime) -> bool {
        let local = time.local();
        self.from.is_none_or(|from| local >= from) && self.to.is_none_or(|to| local <= to)
    }
}

/// Which values of the counters to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// As Performance Monitor displays them.
    Displayed,
    /// As logged, where the format has them (.blg); else the displayed ones.
    Raw,
    /// None: only columns and times. Samples then have no cells.
    None,
}

/// What to read of a log.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// Which counters.
    pub selection: Selection<'a>,
    /// Only samples within. The others are as if they had not been logged.
    pub window: TimeRange,
    /// Only every n-th of these samples, the first included. Rates are then over n intervals.
    pub every: NonZeroU32,
    /// Which values.
    pub values: Values,
}

impl<'a> From<Selection<'a>> for Query<'a> {
    fn from(selection: Selection<'a>) -> Self {
        Self { selection, window: TimeRange::default(), every: NonZeroU32::MIN, values: Values::Displayed }
    }
}

/// Picks the samples that a query asks for.
pub(super) struct Picker {
    window: TimeRange,
    every: u32,
    seen: u32,
}

impl Picker {
    pub(super) fn new(query: &Query<'_>) -> Self {
        Self { window: query.window, every: query.every.get(), seen: 0 }
    }

    /// Whether the next sample is asked for.
    pub(super) fn picks(&mut self, time: ZonedTime) -> bool {
        if !self.window.holds(time) {
            return false;
        }
        let picked = self.seen == 0;
        self.seen = (self.seen + 1) % self.every;
        picked
    }
}
