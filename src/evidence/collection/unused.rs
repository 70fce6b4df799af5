//! Evidence that belongs to no machine in the report.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Collection, host, same_host};

/// Evidence that belongs to no machine in the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unused {
    /// It names machines that the report is not about.
    OtherMachines {
        /// Names of those machines.
        machines: Vec<String>,
        /// Machines in the report.
        reported: Vec<String>,
    },
    /// It names no machine, and its folder contains counter logs of several.
    NoMachine {
        /// The first file.
        first: PathBuf,
        /// Number of further files.
        more: usize,
        /// Machines in the report.
        reported: Vec<String>,
    },
}

impl Collection {
    /// Machine names in evidence, with the number of files or events for each.
    fn named(&self) -> BTreeMap<String, usize> {
        let sessions = self.sessions.iter().filter_map(|s| s.machine.as_deref());
        let events = self.events.iter().filter_map(|e| e.machine.as_deref());
        let mut names = BTreeMap::new();
        sessions.chain(events).for_each(|name| *names.entry(host(name)).or_insert(0) += 1);
        names
    }

    /// The machine that most evidence names.
    #[must_use]
    pub fn machine_name(&self) -> Option<String> {
        self.named().into_iter().max_by_key(|(_, count)| *count).map(|(name, _)| name)
    }

    /// Evidence that belongs to no machine in the report. `belongs` decides by path whether evidence without a machine
    /// name belongs to any.
    #[must_use]
    pub fn unused(&self, machines: &[String], belongs: &dyn Fn(&Path) -> bool) -> Vec<Unused> {
        if machines.is_empty() {
            return Vec::new();
        }
        let reported = machines.to_vec();
        let is_other = |name: &String| !machines.iter().any(|machine| same_host(machine, name));
        let others: Vec<String> = self.named().into_keys().filter(is_other).collect();
        let mut unused = Vec::new();
        if !others.is_empty() {
            unused.push(Unused::OtherMachines { machines: others, reported: reported.clone() });
        }
        let snapshots = self.snapshots.iter().filter(|s| s.machine.is_none()).map(|s| &s.path);
        let events = self.events.iter().filter(|e| e.machine.is_none()).map(|e| &e.path);
        let sessions = self.sessions.iter().filter(|s| s.machine.is_none()).map(|s| &s.path);
        let dumps = self.dumps.iter().map(|d| &d.path);
        let files = self.driver_files.iter().map(|(path, _)| path);
        let all: BTreeSet<&PathBuf> = snapshots.chain(events).chain(sessions).chain(dumps).chain(files).collect();
        let mut lost = all.into_iter().filter(|path| !belongs(path));
        if let Some(first) = lost.next() {
            unused.push(Unused::NoMachine { first: first.clone(), more: lost.count(), reported });
        }
        unused
    }
}
