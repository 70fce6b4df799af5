//! How much physical memory the machine has. No counter of a usual log records it.

use super::history::Machine;
use crate::base::units::MB;
use crate::base::{Ram, RamSource};
use crate::counters::MemoryCounter;

/// Samples at the begin of the log that are looked at: memory is not added while a server runs.
const SAMPLES: usize = 64;

/// The size as far as the log allows an inference; `None` when it lacks the counters.
#[must_use]
pub fn infer(machine: &Machine) -> Option<Ram> {
    numa(machine).or_else(|| in_use(machine))
}

/// The NUMA nodes' memory adds up to the machine's.
fn numa(machine: &Machine) -> Option<Ram> {
    let nodes: Vec<_> = machine.store.instances(MemoryCounter::NumaNodeTotalMBytes).map(|(_, s)| s).collect();
    let megabytes: f64 = nodes.iter().filter_map(|series| series.last()).map(|(_, v)| v).sum();
    (1.0..1e9)
        .contains(&megabytes)
        .then_some(Ram { bytes: (megabytes * MB) as u64, source: RamSource::NumaNodes { nodes: nodes.len() } })
}

/// What is available plus what is in use: all working sets, what the system keeps resident (Cache
/// Bytes, which by its definition includes paged pool, system code and drivers), nonpaged pool and
/// the modified list.
///
/// Working sets count shared pages once for each process, while page tables, locked pages and the
/// memory of virtual machines are in none of these: the figure is rough, and is reported as an estimate.
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
    let at = |series: &super::Series, sample: usize| series.between(sample, sample + 1).next().map(|(_, v)| v);
    // The first samples do: memory is not plugged in while a server runs.
    let mut sums: Vec<f64> = available
        .iter()
        .filter_map(|(sample, free)| {
            let kept = at(cache, sample)?;
            // Since Windows 8 Cache Bytes no longer includes paged pool, despite its description.
            let paged = at(paged, sample).filter(|paged| *paged > kept).unwrap_or(0.0);
            let used = at(working_sets, sample)? + at(nonpaged, sample)? + kept + paged;
            Some(free + used + at(modified, sample).unwrap_or(0.0))
        })
        .take(SAMPLES)
        .collect();
    sums.sort_by(f64::total_cmp);
    let median = *sums.get(sums.len() / 2)?;
    (MB..1e15)
        .contains(&median)
        .then(|| Ram { bytes: (median / MB).round() as u64 * (1 << 20), source: RamSource::Estimated })
}
