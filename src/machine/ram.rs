//! Estimates the physical memory of a machine. No counter of a usual log records it.

use super::Series;
use super::history::Machine;
use crate::base::units::MB;
use crate::base::{Ram, RamSource};
use crate::counters::{CounterSet, MemoryCounter, ProcessField};

/// Number of samples at the start of the log to examine: RAM is not added while a server runs.
const SAMPLES: usize = 64;

/// The counters from which the size is inferred.
#[must_use]
pub fn counters() -> CounterSet {
    let others = CounterSet::of([
        MemoryCounter::NumaNodeTotalMBytes,
        MemoryCounter::PoolNonpagedBytes,
        MemoryCounter::PoolPagedResidentBytes,
        MemoryCounter::CacheBytes,
        MemoryCounter::ModifiedPageListBytes,
    ]);
    CounterSet::of(MemoryCounter::AVAILABLE).union(&others).with(ProcessField::WorkingSet)
}

/// The size that the log implies; `None` without the counters.
#[must_use]
pub fn infer(machine: &Machine) -> Option<Ram> {
    numa(machine).or_else(|| in_use(machine))
}

/// The sum of the NUMA nodes' memory is the machine's memory.
fn numa(machine: &Machine) -> Option<Ram> {
    let nodes: Vec<_> = machine.store.instances(MemoryCounter::NumaNodeTotalMBytes).map(|(_, s)| s).collect();
    let megabytes: f64 = nodes.iter().filter_map(|series| series.last()).map(|(_, v)| v).sum();
    (1.0..1e9)
        .contains(&megabytes)
        .then_some(Ram { bytes: (megabytes * MB) as u64, source: RamSource::NumaNodes { nodes: nodes.len() } })
}

/// Available memory plus memory in use: all working sets, the system's resident memory (Cache Bytes, which by
/// definition includes paged pool, system code and drivers), nonpaged pool and the modified list.
///
/// Working sets count shared pages once per process, while page tables, locked pages and the memory of virtual machines
/// are not included: the result is rough, and is reported as an estimate.
fn in_use(machine: &Machine) -> Option<Ram> {
    let working_sets = &machine.process_total.working_set;
    let nonpaged = machine.store.get(MemoryCounter::PoolNonpagedBytes);
    let cache = machine.store.get(MemoryCounter::CacheBytes);
    let paged = machine.store.get(MemoryCounter::PoolPagedResidentBytes);
    let modified = machine.store.get(MemoryCounter::ModifiedPageListBytes);
    let available = machine.available_bytes();
    if [working_sets, nonpaged, cache, &available].iter().any(|s| s.is_empty()) {
        return None;
    }
    let (mut working_sets, mut nonpaged, mut cache) = (in_step(working_sets), in_step(nonpaged), in_step(cache));
    let (mut paged, mut modified) = (in_step(paged), in_step(modified));
    // The first samples are enough: RAM is not added while a server runs.
    let mut sums: Vec<f64> = available
        .iter()
        .filter_map(|(sample, free)| {
            let kept = cache(sample)?;
            // Since Windows 8 Cache Bytes no longer includes paged pool, despite its description.
            let paged = paged(sample).filter(|paged| *paged > kept).unwrap_or(0.0);
            let used = working_sets(sample)? + nonpaged(sample)? + kept + paged;
            Some(free + used + modified(sample).unwrap_or(0.0))
        })
        .take(SAMPLES)
        .collect();
    sums.sort_by(f64::total_cmp);
    let median = *sums.get(sums.len() / 2)?;
    (MB..1e15)
        .contains(&median)
        .then(|| Ram { bytes: (median / MB).round() as u64 * (1 << 20), source: RamSource::Estimated })
}

/// The values of a series at ascending samples, in one pass. Joined logs can have counters without a common sample;
/// then all samples are requested.
fn in_step(series: &Series) -> impl FnMut(usize) -> Option<f64> {
    let mut values = series.iter().peekable();
    move |sample| {
        while values.next_if(|(at, _)| *at < sample).is_some() {}
        values.next_if(|(at, _)| *at == sample).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::{FileTime, ZonedTime};

    /// A machine whose working sets have values only in these samples.
    fn machine(samples: impl Iterator<Item = usize>) -> Machine {
        let values = |sample: usize| {
            let time = ZonedTime { utc: FileTime(sample as i64), offset_minutes: 0 };
            // The other log contains everything else in every second sample.
            let value = sample.is_multiple_of(2).then_some(100.0 * MB);
            let counters = [MemoryCounter::PoolNonpagedBytes, MemoryCounter::CacheBytes, MemoryCounter::AvailableBytes];
            (time, counters.map(|counter| (counter, value)))
        };
        let mut machine = Machine::of_values("m", &(0..20_000).map(values).collect::<Vec<_>>());
        samples.for_each(|sample| machine.process_total.working_set.push(sample, (sample as f64 + 200.0) * MB));
        machine
    }

    #[test]
    fn only_samples_that_have_all_counters_count() {
        let found = infer(&machine([1, 2, 3, 4, 7, 10].into_iter())).map(|ram| ram.bytes >> 20);
        assert_eq!(found, Some(504), "the middle of samples 2, 4 and 10");
        assert_eq!(infer(&machine((0..10_000).map(|n| 2 * n + 1))), None, "no sample has all");
    }
}
