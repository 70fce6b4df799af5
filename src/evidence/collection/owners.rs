//! Owners of tags, from all evidence for a machine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Collection, Own, Scanned, name_of, owned};
use crate::evidence::drivers::{self, Layout, ScanError, ScanErrorKind, TagInFile};
use crate::evidence::dump::TagsInDump;
use crate::evidence::machine_evidence::{MachineEvidence, MachineFacts, tags_that_matter};
use crate::evidence::owner::{Ownership, Sources};
use crate::evidence::tag::Tag;
use crate::machine::Machine;

/// Whether evidence without a machine name belongs to a machine, by its path.
type Rest<'a> = dyn Fn(&Path) -> bool + 'a;

impl Collection {
    /// Scans driver files and dumps for tags. Returns what could not be read.
    pub fn scan(&mut self, tags: &[Tag]) -> Vec<ScanError> {
        let mut problems = Vec::new();
        if !self.driver_folders.is_empty() {
            let scan = drivers::scan(&self.driver_folders, tags);
            problems.extend(scan.problems);
            self.scanned.push(Scanned { path: None, files: scan.files, found: scan.found });
        }
        // The files of a folder belong to one machine and are scanned on all cores.
        let mut folders: BTreeMap<&Path, Vec<PathBuf>> = BTreeMap::new();
        for (path, _) in self.driver_files.iter().filter(|(_, bytes)| bytes.is_none()) {
            folders.entry(path.parent().unwrap_or(path)).or_default().push(path.clone());
        }
        for files in folders.into_values() {
            let scan = drivers::scan(&files, tags);
            problems.extend(scan.problems);
            self.scanned.push(Scanned { path: files.into_iter().next(), files: scan.files, found: scan.found });
        }
        for (path, bytes) in self.driver_files.iter().filter_map(|(path, bytes)| Some((path, bytes.as_ref()?))) {
            match drivers::look_at(bytes, Layout::File, tags) {
                Ok(found) => {
                    let shown = path.display().to_string();
                    let named = |f: TagInFile| TagInFile { name: name_of(path), path: shown.clone(), ..f };
                    let found = found.into_iter().map(named).collect();
                    self.scanned.push(Scanned { path: Some(path.clone()), files: 1, found });
                }
                Err(e) => problems.push(ScanErrorKind::Image(e).at(path)),
            }
        }
        for dump in &self.dumps {
            let TagsInDump { found, not_searched } = dump.item.find(tags, &dump.file());
            let files = dump.item.drivers.len() - not_searched;
            let all_searched = not_searched == 0 || tags.is_empty();
            problems.extend((!all_searched).then(|| ScanErrorKind::DriversNotSearched { not_searched }.at(&dump.path)));
            self.scanned.push(Scanned { path: Some(dump.path.clone()), files, found });
        }
        problems
    }

    /// Sources for the owners of tags of a machine; from all evidence for `None`.
    #[must_use]
    pub fn sources(&self, machine: Option<(&Machine, &Rest<'_>)>) -> Sources {
        let own: Box<Own<'_>> = match machine {
            Some((machine, rest)) => owned(machine, rest),
            None => Box::new(|_, _| true),
        };
        let scanned = || self.scanned.iter().filter(|s| s.path.as_ref().is_none_or(|path| own(None, path)));
        let sessions = self.sessions.iter().filter(|s| own(s.machine.as_deref(), &s.path));
        let debugged = sessions.flat_map(|s| {
            s.item
                .modules_with_tags()
                .into_iter()
                .map(|(tag, module, count)| (tag, module.file(), count))
                .collect::<Vec<_>>()
        });
        Sources {
            lists: self.lists.clone(),
            mapped: self.mapped.iter().filter(|m| own(None, &m.path)).map(|m| m.item.clone()).collect(),
            found: scanned().flat_map(|s| s.found.iter().cloned()).collect(),
            files: scanned().map(|s| s.files).sum(),
            debugged: debugged.collect(),
        }
    }

    /// Finds the owners of relevant tags by scanning driver files and dumps. Returns what could not be read.
    pub fn name_owners(
        &mut self,
        all: &mut [(Machine, MachineEvidence, MachineFacts)],
        belongs: &dyn Fn(&Path, &str) -> bool,
    ) -> Vec<ScanError> {
        let tags: BTreeSet<Tag> =
            all.iter().flat_map(|(_, evidence, _)| tags_that_matter(&evidence.snapshots)).collect();
        let problems = self.scan(&tags.into_iter().collect::<Vec<Tag>>());
        for (machine, evidence, _) in all {
            let rest = |path: &Path| belongs(path, &machine.name);
            let sources = self.sources(Some((machine, &rest)));
            let of = |tag: Tag| -> (Tag, Ownership) { (tag, sources.ownership(tag)) };
            evidence.owners = tags_that_matter(&evidence.snapshots).into_iter().map(of).collect();
            evidence.scanned = sources.files;
        }
        problems
    }
}
