//! Sets of counters to read from a log.

use std::collections::BTreeSet;

use super::CounterId;

/// A set of counters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CounterSet(BTreeSet<CounterId>);

impl CounterSet {
    /// Creates a set.
    #[must_use]
    pub fn of<C: Into<CounterId>>(counters: impl IntoIterator<Item = C>) -> Self {
        Self(counters.into_iter().map(Into::into).collect())
    }

    /// All counters with a name in the code.
    #[must_use]
    pub fn all_known() -> Self {
        Self::of(CounterId::all())
    }

    /// Adds one counter.
    #[must_use]
    pub fn with(mut self, counter: impl Into<CounterId>) -> Self {
        self.0.insert(counter.into());
        self
    }

    /// Adds all counters of another set.
    #[must_use]
    pub fn union(mut self, other: &Self) -> Self {
        self.0.extend(&other.0);
        self
    }

    /// Whether the set contains a counter.
    #[must_use]
    pub fn contains(&self, counter: impl Into<CounterId>) -> bool {
        self.0.contains(&counter.into())
    }

    /// The counters, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = CounterId> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<CounterSet> for CounterSet {
    fn from_iter<I: IntoIterator<Item = CounterSet>>(sets: I) -> Self {
        sets.into_iter().fold(Self::default(), |all, set| all.union(&set))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counters::{DiskCounter, LoadCounter, MemoryCounter};

    #[test]
    fn sets_are_put_together() {
        let memory = CounterSet::of([MemoryCounter::CommitLimit]).with(LoadCounter::Threads);
        let all: CounterSet = [memory.clone(), CounterSet::of([DiskCounter::ReadLatency])].into_iter().collect();
        assert!(all.contains(LoadCounter::Threads) && all.contains(DiskCounter::ReadLatency));
        assert!(!memory.contains(DiskCounter::ReadLatency));
        assert_eq!(all.iter().count(), 3);
        assert!(CounterId::all().all(|id| CounterSet::all_known().contains(id)));
    }
}
