//! The check of the paging file. Its usage is evidence for other findings, not a finding.

use super::Check;
use super::finding::Finding;
use super::reason::Reason;
use crate::case::Case;
use crate::counters::{CounterSet, MemoryCounter};
use crate::model::Subject;

/// Usage of the paging file, percent, from which memory is under pressure: PAL warns at 70.
const PRESSURE: f64 = 70.0;
/// Higher percentages show that the counter is wrong.
const ALL: f64 = 100.0;

/// `Paging File(_Total)\% Usage`.
pub struct PagingFileCheck;

impl Check for PagingFileCheck {
    fn counters(&self) -> CounterSet {
        CounterSet::of([MemoryCounter::PagingFileUsage])
    }

    fn run(&self, _: &Case<'_>) -> Vec<Finding> {
        Vec::new()
    }

    /// A nearly full paging file makes pool growth more severe, and explains growth of committed memory.
    fn relate(&self, case: &Case<'_>, all: &mut [Finding]) {
        let Some(pressure) = pressure(case) else { return };
        let matters = |f: &&mut Finding| match f.subject {
            Subject::Commit => true,
            subject => subject.is_pool() && f.assessment.trend.is_some(),
        };
        all.iter_mut().filter(matters).for_each(|finding| finding.reasons.push(pressure.clone()));
    }
}

fn pressure(case: &Case<'_>) -> Option<Reason> {
    let usage = case.machine.store.get(MemoryCounter::PagingFileUsage);
    let (_, last) = usage.last()?;
    let highest = usage.iter().map(|(_, v)| v).filter(|v| *v <= ALL).fold(0.0, f64::max);
    (last <= ALL && highest >= PRESSURE).then_some(Reason::PagingFile { highest, last })
}
