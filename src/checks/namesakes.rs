//! Processes of one name in a log without ids: `svc#1` is a place in a list, and all places behind one that ends move up.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::case::Case;
use crate::machine::{Process, ProcessSeries};

/// What can be judged of processes that have the same name and no id.
#[derive(Default)]
pub struct Namesakes<'c> {
    /// Those of which no place was ever empty: no place can have moved, so each is one process.
    pub steady: Vec<&'c Process>,
    /// By name the sum of all others.
    pub sums: Vec<Process>,
}

/// The names of namesakes, by how they were judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamesakesJudged {
    /// Each process on its own.
    pub each: Vec<String>,
    /// The sum of all.
    pub sums: Vec<String>,
}

impl<'c> Namesakes<'c> {
    /// Those of a machine.
    pub fn of(case: &'c Case<'_>) -> Self {
        let mut by_name: BTreeMap<Arc<str>, Vec<&'c Process>> = BTreeMap::new();
        for process in case.machine.processes.iter().filter(|process| process.identity_unknown) {
            by_name.entry(process.name.clone()).or_default().push(process);
        }
        let samples = case.machine.times.len();
        let mut found = Self::default();
        for (name, group) in by_name {
            if group.iter().all(|process| process.series.is_whole(samples)) {
                found.steady.extend(group);
            } else {
                found.sums.extend(sum(&name, &group, samples));
            }
        }
        found
    }

    /// Their names.
    pub fn judged(&self) -> NamesakesJudged {
        let mut each: Vec<String> = self.steady.iter().map(|process| process.name.to_string()).collect();
        each.dedup();
        NamesakesJudged { each, sums: self.sums.iter().map(|process| process.name.to_string()).collect() }
    }
}

/// Several processes as one.
fn sum(name: &Arc<str>, group: &[&Process], samples: usize) -> Option<Process> {
    let series: Vec<&ProcessSeries> = group.iter().map(|process| &process.series).collect();
    Some(Process {
        name: name.clone(),
        full_name: format!("{name}*").into(),
        pid: None,
        started: None,
        first_seen: group.iter().map(|process| process.first_seen).min()?,
        last_seen: group.iter().map(|process| process.last_seen).max()?,
        series: ProcessSeries::sum(&series, samples),
        identity_unknown: false,
    })
}
