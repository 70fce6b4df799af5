//! The checks: one file a subject, and the list of them. Each asks for its counters and returns findings: enums and figures,
//! no sentences.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "figures are floats, and `as` saturates")]

pub mod about;
pub mod chart;
mod commit;
pub mod finding;
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
use crate::case::Case;
use crate::counters::CounterSet;
use crate::detect::Trend;
use crate::machine::Series;

/// A check of one subject.
pub trait Check: Sync {
    /// The counters that it needs. Logs are read for these alone.
    fn counters(&self) -> CounterSet;

    /// Judges its subject.
    fn run(&self, case: &Case<'_>) -> Vec<Finding>;

    /// Completes findings by those of other checks, after all have run.
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
        Box::new(paging_file::PagingFileCheck),
        Box::new(process::ProcessCheck),
    ]
}

/// The counters that the checks need, and those that a machine's history is made of.
#[must_use]
pub fn counters() -> CounterSet {
    all().iter().fold(crate::case::counters(), |set, check| set.union(&check.counters()))
}

/// What the checks found on a machine.
#[derive(Debug)]
pub struct Found {
    /// The most severe first.
    pub findings: Vec<Finding>,
    /// What could not be judged, and why.
    pub notes: Vec<Note>,
}

/// Runs all checks, each in a thread of its own.
#[must_use]
pub fn run(case: &Case<'_>) -> Found {
    let checks = all();
    let mut findings: Vec<Finding> = std::thread::scope(|scope| {
        let running: Vec<_> = checks.iter().map(|check| scope.spawn(|| check.run(case))).collect();
        let done = running.into_iter().map(|run| run.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        done.flatten().collect()
    });
    checks.iter().for_each(|check| check.relate(case, &mut findings));
    // Stable: of equals nonpaged pool comes first, and processes by what they have grown.
    findings.sort_by_key(|f| (f.severity, f.verdict(), f.process().is_some(), f.subject));
    let own = checks.iter().flat_map(|check| check.notes(case, &findings)).collect();
    let notes = note::notes(case, &findings, own);
    Found { findings, notes }
}

/// The samples within growth: the first, and the one behind the last.
fn hours_within(case: &Case<'_>, trend: &Trend) -> (usize, usize) {
    let from = case.hours.partition_point(|h| *h < trend.hours.0);
    (from, case.hours.partition_point(|h| *h <= trend.hours.1))
}

/// The values of a series within growth.
fn within<'s>(case: &'s Case<'_>, series: &'s Series, trend: &'s Trend) -> impl DoubleEndedIterator<Item = f64> + 's {
    let inside = |(sample, _): &(usize, f64)| (trend.hours.0..=trend.hours.1).contains(&case.hours[*sample]);
    series.iter().filter(inside).map(|(_, v)| v)
}
