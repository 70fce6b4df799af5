//! A machine's series, by counter and instance.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::series::{EMPTY, Series};
use crate::counters::{CounterId, Instances, LoadCounter, MemoryCounter};

/// Selects a series of a counter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The only series, or `_Total`.
    Whole,
    /// The sum of the instances.
    Sum,
    /// One instance.
    Instance(Arc<str>),
}

/// How a value is added to its series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It is the sample's value.
    Push,
    /// It is added to the sample's value.
    Add,
}

/// Series by counter and instance. The table of counters ([`Instances`]) defines how instances become series.
#[derive(Clone, Debug, Default)]
pub struct SeriesStore {
    places: BTreeMap<(CounterId, Part), usize>,
    series: Vec<Series>,
}

impl SeriesStore {
    /// The series of a counter: its values, those of `_Total`, or the sum of its instances. Empty if the counter was
    /// not logged, and for counters with one series per instance.
    #[must_use]
    pub fn get(&self, counter: impl Into<CounterId>) -> &Series {
        let id = counter.into();
        self.part(id, Part::Whole).or_else(|| self.part(id, Part::Sum)).unwrap_or(&EMPTY)
    }

    /// The values of one instance of a counter with one series per instance; empty if not logged.
    #[must_use]
    pub fn instance(&self, counter: impl Into<CounterId>, instance: &str) -> &Series {
        self.instances(counter).find(|(name, _)| *name == instance).map_or(&EMPTY, |(_, series)| series)
    }

    /// The instances of a counter with one series per instance, by name.
    pub fn instances(&self, counter: impl Into<CounterId>) -> impl Iterator<Item = (&str, &Series)> {
        let id = counter.into();
        self.places.range((id, Part::Sum)..).take_while(move |((own, _), _)| *own == id).filter_map(
            |((_, part), place)| match part {
                Part::Instance(name) => Some((&**name, &self.series[*place])),
                Part::Whole | Part::Sum => None,
            },
        )
    }

    /// Same as [`SeriesStore::get`], for a load counter.
    #[must_use]
    pub fn load(&self, counter: LoadCounter) -> &Series {
        self.get(counter)
    }

    /// Whether the log names a counter of the machine's memory, if only with blanks.
    #[must_use]
    pub fn is_logged(&self, counter: MemoryCounter) -> bool {
        self.part(counter.into(), Part::Whole).is_some()
    }

    /// Whether the log has any of the `Memory` object's pool counters.
    #[must_use]
    pub fn has_pools(&self) -> bool {
        !self.get(MemoryCounter::PoolNonpagedBytes).is_empty() || !self.get(MemoryCounter::PoolPagedBytes).is_empty()
    }

    /// The series for an instance's values, by the counter's rule; `None` for values that are not kept.
    pub(super) fn route(id: CounterId, instance: &str) -> Option<(Part, Step)> {
        let is_total = instance == "_Total";
        // An instance such as `0,_Total`, the sum of a node's processors, is a sum too.
        let is_sum = instance.ends_with("_Total");
        match id.instances() {
            Instances::Single => Some((Part::Whole, Step::Push)),
            Instances::Total | Instances::TotalOrSum if is_total => Some((Part::Whole, Step::Push)),
            Instances::TotalOrSum if !is_sum => Some((Part::Sum, Step::Add)),
            Instances::PerInstance if !is_sum => Some((Part::Instance(Arc::from(instance)), Step::Push)),
            _ => None,
        }
    }

    /// The index of a series, which is created if new.
    pub(super) fn place(&mut self, id: CounterId, part: Part) -> usize {
        let next = self.series.len();
        let place = *self.places.entry((id, part)).or_insert(next);
        if place == next {
            self.series.push(Series::default());
        }
        place
    }

    /// Adds a value of the current sample.
    pub(super) fn take(&mut self, place: usize, step: Step, sample: usize, value: f64) {
        match step {
            Step::Push => self.series[place].push(sample, value),
            Step::Add => self.series[place].add(sample, value),
        }
    }

    /// The machine-wide series of a counter, if it was logged.
    pub(super) fn whole_mut(&mut self, counter: MemoryCounter) -> Option<&mut Series> {
        let place = self.places.get(&(counter.into(), Part::Whole))?;
        self.series.get_mut(*place)
    }

    /// Adds the series of another store; `samples` maps its sample numbers.
    pub(super) fn merge(&mut self, other: Self, samples: &[usize]) {
        for ((id, part), place) in other.places {
            let own = self.place(id, part);
            self.series[own].merge(&other.series[place], samples);
        }
    }

    fn part(&self, id: CounterId, part: Part) -> Option<&Series> {
        self.places.get(&(id, part)).map(|place| &self.series[*place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counters::DiskCounter;

    /// A store with one sample of `(instance, value)`.
    fn store(counter: impl Into<CounterId>, values: &[(&str, f64)]) -> SeriesStore {
        let id = counter.into();
        let mut store = SeriesStore::default();
        for (instance, value) in values {
            if let Some((part, step)) = SeriesStore::route(id, instance) {
                let place = store.place(id, part);
                store.take(place, step, 0, *value);
            }
        }
        store
    }

    fn only(series: &Series) -> Option<f64> {
        series.first().map(|(_, value)| value)
    }

    #[test]
    fn latencies_are_kept_instance_by_instance() {
        let disks = store(DiskCounter::ReadLatency, &[("C:", 0.002), ("D:", 0.3), ("_Total", 0.151)]);
        let all: Vec<_> = disks.instances(DiskCounter::ReadLatency).map(|(name, s)| (name, only(s))).collect();
        assert_eq!(all, [("C:", Some(0.002)), ("D:", Some(0.3))]);
        assert_eq!(only(disks.instance(DiskCounter::ReadLatency, "D:")), Some(0.3));
        assert!(disks.get(DiskCounter::ReadLatency).is_empty(), "neither summed nor averaged");
        assert_eq!(disks.instances(DiskCounter::WriteLatency).count(), 0);
    }

    #[test]
    fn loads_are_windows_own_total_or_the_sum() {
        let cards = store(LoadCounter::NetworkBytes, &[("Intel", 3.0), ("Broadcom", 4.0)]);
        assert_eq!(only(cards.get(LoadCounter::NetworkBytes)), Some(7.0));
        let disks = store(LoadCounter::DiskBytes, &[("0 C:", 3.0), ("1 D:", 4.0), ("_Total", 8.0)]);
        assert_eq!(only(disks.get(LoadCounter::DiskBytes)), Some(8.0));
        let nodes = store(LoadCounter::ProcessorTime, &[("0,0", 3.0), ("0,1", 4.0), ("0,_Total", 3.5)]);
        assert_eq!(only(nodes.get(LoadCounter::ProcessorTime)), Some(7.0));
        let files = store(MemoryCounter::PagingFileUsage, &[(r"\??\C:\pagefile.sys", 3.0), ("_Total", 5.0)]);
        assert_eq!(only(files.get(MemoryCounter::PagingFileUsage)), Some(5.0));
    }

    #[test]
    fn stores_are_joined_series_by_series() {
        let mut all = store(DiskCounter::ReadLatency, &[("C:", 0.1), ("D:", 0.2)]);
        all.merge(store(DiskCounter::ReadLatency, &[("D:", 0.4), ("E:", 0.5)]), &[1]);
        let values = |name| all.instance(DiskCounter::ReadLatency, name).iter().collect::<Vec<_>>();
        assert_eq!((values("C:"), values("E:")), (vec![(0, 0.1)], vec![(1, 0.5)]));
        assert_eq!(values("D:"), [(0, 0.2), (1, 0.4)]);
    }
}
