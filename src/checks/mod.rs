//! The checks: one file per subject, and their list. Each names its counters and returns findings: enums and figures,
//! no sentences.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "figures are floats, and `as` saturates")]

pub mod about;
pub mod chart;
mod commit;
pub mod finding;
mod measures;
mod memory_level;
pub mod namesakes;
pub mod note;
mod paging_file;
mod pool;
mod pool_growth;
mod process;
pub mod reason;
mod series;
mod system_ptes;

pub use finding::Finding;
pub use note::Note;
pub use system_ptes::ENOUGH_ENTRIES;

use crate::base::Pool;
use crate::base::threads::Task;
use crate::case::Case;
use crate::counters::CounterSet;
use crate::detect::Trend;
use crate::machine::Series;

/// A check of one subject.
pub trait Check: Sync {
    /// The counters that it needs. Only these are read from logs.
    fn counters(&self) -> CounterSet;

    /// Judges its subject.
    fn run(&self, case: &Case<'_>) -> Vec<Finding>;

    /// Completes findings with those of other checks, after all have run.
    fn relate(&self, _case: &Case<'_>, _all: &mut [Finding]) {}

    /// What could not be judged. `all` are the findings of all checks.
    fn notes(&self, _case: &Case<'_>, _all: &[Finding]) -> Vec<Note> {
        Vec::new()
    }
}

/// All checks, in the order in which equal findings are shown.
#[must_use]
pub fn all() -> Vec<Box<dyn Check>> {
    vec![
        Box::new(pool::PoolCheck(Pool::Nonpaged)),
        Box::new(pool::PoolCheck(Pool::Paged)),
        Box::new(commit::CommitCheck),
        Box::new(system_ptes::SystemPteCheck),
        Box::new(memory_level::MemoryLevelCheck),
        Box::new(paging_file::PagingFileCheck),
        Box::new(process::ProcessCheck),
    ]
}

/// The counters that the checks need and that a machine's history consists of.
#[must_use]
pub fn counters() -> CounterSet {
    counters_of(&all())
}

/// The counters that these checks and their case need.
fn counters_of(checks: &[Box<dyn Check>]) -> CounterSet {
    checks.iter().fold(crate::case::counters(), |set, check| set.union(&check.counters()))
}

/// The results of all checks on a machine.
#[derive(Debug)]
pub struct CheckResults {
    /// Most severe first.
    pub findings: Vec<Finding>,
    /// What could not be judged, and why.
    pub notes: Vec<Note>,
}

/// Runs all checks, each in its own thread.
#[must_use]
pub fn run(case: &Case<'_>) -> CheckResults {
    let checks = all();
    let mut findings: Vec<Finding> = std::thread::scope(|scope| {
        let running: Vec<_> = checks.iter().map(|check| Task::start(scope, move || check.run(case))).collect();
        running.into_iter().flat_map(Task::join).collect()
    });
    checks.iter().for_each(|check| check.relate(case, &mut findings));
    // Stable sort: among equals, nonpaged pool comes first, and processes by their growth.
    findings.sort_by_key(|f| (f.severity, f.verdict(), f.process().is_some(), f.subject));
    let own = checks.iter().flat_map(|check| check.notes(case, &findings)).collect();
    let notes = note::notes(case, &findings, own);
    CheckResults { findings, notes }
}

/// The samples within the growth: first (inclusive) and last (exclusive).
fn hours_within(case: &Case<'_>, trend: &Trend) -> (usize, usize) {
    let from = case.hours.partition_point(|h| *h < trend.hours.0);
    (from, case.hours.partition_point(|h| *h <= trend.hours.1))
}

/// The values of a series during the growth.
fn within<'s>(case: &'s Case<'_>, series: &'s Series, trend: &'s Trend) -> impl DoubleEndedIterator<Item = f64> + 's {
    let inside = |(sample, _): &(usize, f64)| (trend.hours.0..=trend.hours.1).contains(&case.hours[*sample]);
    series.iter().filter(inside).map(|(_, v)| v)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counters::{LoadCounter, MemoryCounter, ProcessField};
    use crate::log::{Log, TimeRange};
    use crate::machine::MachineBuilder;

    #[test]
    fn checks_and_case_read_all_counters_of_memory_load_and_processes() {
        let processes = ProcessField::ALL.into_iter().filter(|field| *field != ProcessField::IoDataBytes);
        let all = [CounterSet::of(MemoryCounter::ALL), CounterSet::of(LoadCounter::ALL), CounterSet::of(processes)];
        assert_eq!(counters(), all.into_iter().collect());
    }

    #[test]
    fn a_counter_is_read_for_the_check_that_asks_for_it() {
        let text = "\"(PDH-CSV 4.0) (UTC)(0)\",\"\\\\m\\Memory\\Free System Page Table Entries\"\n\
                    \"03/03/2026 02:00:00.000\",\"9\"\n";
        let log = Log::from_vec(std::path::Path::new("a.csv"), text.as_bytes().to_vec()).unwrap();
        let entries = |checks: &[Box<dyn Check>]| {
            let mut machines = MachineBuilder::new(TimeRange::default(), counters_of(checks));
            machines.add(&log).unwrap();
            machines.join().first().map(|m| m.store.get(MemoryCounter::FreeSystemPageTableEntries).len())
        };
        assert_eq!(entries(&all()), Some(1));
        let mut others = all();
        others.retain(|check| !check.counters().contains(MemoryCounter::FreeSystemPageTableEntries));
        assert_eq!(others.len(), all().len() - 1);
        assert_ne!(entries(&others), Some(1), "no check in the list asks for it");
    }
}
