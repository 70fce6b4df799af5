//! Evidence that is of no machine of the report.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Collection, host, same_host};

/// Evidence that is of no machine of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unused {
    /// It names a machine of which there is no counter log.
    OtherMachine {
        /// The machine that it names.
        machine: String,
        /// The machines of the counter logs.
        logged: Vec<String>,
    },
    /// It names no machine, and lies beside counter logs of several.
    NoMachine {
        /// The first file.
        first: PathBuf,
        /// How many more files there are.
        more: usize,
        /// The machines of the counter logs.
        logged: Vec<String>,
    },
}

impl Collection {
    /// Names of machines that evidence names, with how many pieces of it.
    fn named(&self) -> BTreeMap<String, usize> {
        let sessions = self.sessions.iter().filter_map(|s| s.machine.as_deref());
        let events = self.events.iter().filter_map(|e| e.machine.as_deref());
        let mut names = BTreeMap::new();
        sessions.chain(events).for_each(|name| *names.entry(host(name)).or_insert(0) += 1);
        names
    }

    /// The machine that most of the evidence names.
    #[must_use]
    pub fn machine_name(&self) -> Option<String> {
        self.named().into_iter().max_by_key(|(_, count)| *count).map(|(name, _)| name)
    }

    /// Evidence that is of no machine of the report. `belongs` decides by its path whether evidence that names no machine
    /// is of any.
    #[must_use]
    pub fn unused(&self, machines: &[String], belongs: &dyn Fn(&Path) -> bool) -> Vec<Unused> {
        if machines.is_empty() {
            return Vec::new();
        }
        let logged = machines.to_vec();
        let unknown = self.named().into_keys().filter(|name| !machines.iter().any(|m| same_host(m, name)));
        let mut unused: Vec<Unused> =
            unknown.map(|machine| Unused::OtherMachine { machine, logged: logged.clone() }).collect();
        let snapshots = self.snapshots.iter().filter(|s| s.machine.is_none()).map(|s| &s.path);
        let events = self.events.iter().filter(|e| e.machine.is_none()).map(|e| &e.path);
        let sessions = self.sessions.iter().filter(|s| s.machine.is_none()).map(|s| &s.path);
        let dumps = self.dumps.iter().map(|d| &d.path);
        let files = self.driver_files.iter().map(|(path, _)| path);
        let all: BTreeSet<&PathBuf> = snapshots.chain(events).chain(sessions).chain(dumps).chain(files).collect();
        let mut lost = all.into_iter().filter(|path| !belongs(path));
        if let Some(first) = lost.next() {
            unused.push(Unused::NoMachine { first: first.clone(), more: lost.count(), logged });
        }
        unused
    }
}
