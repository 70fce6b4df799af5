//! All evidence of a run: read file by file, then assigned to machines.

mod for_machine;
mod owners;
mod summary;
mod unused;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::dates::{self, AmbiguousDate};
use super::drivers::TagInFile;
use super::dump::Dump;
use super::error::{EvidenceError, EvidenceErrorKind};
use super::events::{self, Event, EventKind, EventWarning};
use super::poolmon::{self, Parsed, PoolSnapshot};
use super::pooltag::{self, PoolTags};
use super::tag::Tag;
use super::text;
use super::windbg::{self, Session};
use crate::base::time::Timestamp;
use crate::log::Bytes;
use crate::machine::Machine;

pub use summary::{EvidenceWarning, ReadSummary};
pub use unused::Unused;

/// Kind of an evidence file, which decides how to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceKind {
    /// `PoolMon`'s display, saved as text.
    PoolMonDisplay,
    /// A table of pool use by tag, written by a script.
    PoolTagTable,
    /// A list of pool tags and the drivers that own them.
    PoolTagList,
    /// Output of a kernel debugger.
    DebuggerText,
    /// A kernel dump.
    KernelDump,
    /// An event log (.evtx).
    EventLog,
    /// Events exported as XML.
    EventXml,
    /// Events exported as text.
    EventText,
    /// A driver file, to be scanned for tags.
    DriverFile,
}

impl EvidenceKind {
    /// Whether it is text that is decoded as a whole.
    fn is_text(self) -> bool {
        matches!(self, Self::PoolMonDisplay | Self::PoolTagTable | Self::PoolTagList | Self::DebuggerText)
    }
}

/// An item with its source path and the machine that it names.
struct Sourced<T> {
    path: PathBuf,
    machine: Option<String>,
    item: T,
}

impl<T> Sourced<T> {
    fn file(&self) -> String {
        name_of(&self.path)
    }
}

struct Scanned {
    /// Their folder; `None` if they apply to every machine.
    path: Option<PathBuf>,
    files: usize,
    found: Vec<TagInFile>,
}

/// All evidence of a run.
#[derive(Default)]
pub struct Collection {
    snapshots: Vec<Sourced<PoolSnapshot>>,
    events: Vec<Sourced<Event>>,
    sessions: Vec<Sourced<Session>>,
    dumps: Vec<Sourced<Dump>>,
    /// Drivers of tags, from driver columns.
    mapped: Vec<Sourced<(Tag, String)>>,
    lists: PoolTags,
    /// Driver files among the inputs, with their bytes if they are in an archive.
    driver_files: Vec<(PathBuf, Option<Bytes>)>,
    /// Folders of drivers that apply to all machines.
    driver_folders: Vec<PathBuf>,
    scanned: Vec<Scanned>,
    /// Number of files read so far.
    files: usize,
}

/// Whether a file's evidence belongs to a machine, by the name in the file and by its path.
type Own<'a> = dyn Fn(Option<&str>, &Path) -> bool + 'a;

/// Maximum size of a text. In memory, text uses a multiple of its size.
const LARGEST_TEXT: usize = 1 << 30;

impl Collection {
    /// Reads a file. `modified` is its last write time.
    ///
    /// # Errors
    /// If nothing in it can be read.
    pub fn add(
        &mut self,
        kind: EvidenceKind,
        path: &Path,
        bytes: Bytes,
        modified: Option<Timestamp>,
    ) -> Result<ReadSummary, EvidenceError> {
        self.read(kind, path, bytes, modified).map_err(|error| error.at(path))
    }

    fn read(
        &mut self,
        kind: EvidenceKind,
        path: &Path,
        bytes: Bytes,
        modified: Option<Timestamp>,
    ) -> Result<ReadSummary, EvidenceErrorKind> {
        if kind.is_text() && bytes.len() > LARGEST_TEXT {
            return Err(EvidenceErrorKind::TextTooLarge);
        }
        let name = name_of(path);
        match kind {
            EvidenceKind::PoolMonDisplay => {
                self.add_snapshots(poolmon::parse_display(&name, &text::decode(&bytes)), path, &name, modified)
            }
            EvidenceKind::PoolTagTable => {
                self.add_snapshots(poolmon::parse_table(&name, &text::decode(&bytes)), path, &name, modified)
            }
            EvidenceKind::PoolTagList => {
                let (entries, odd) = pooltag::parse_pooltag(&text::decode(&bytes));
                let items = entries.len() as u64;
                self.lists.add(&name, entries);
                let odd = (odd > 0).then_some(EvidenceWarning::OddListLines(odd));
                Ok(ReadSummary { items, warnings: odd.into_iter().collect(), ..ReadSummary::default() })
            }
            EvidenceKind::DebuggerText => Ok(self.add_session(windbg::parse(&text::decode(&bytes), &name), path)),
            EvidenceKind::KernelDump => self.add_dump(bytes, path, &name),
            EvidenceKind::EventLog => {
                let events::EventLog { events, records, warnings } = events::parse_evtx(&bytes)?;
                Ok(self.add_events(events, records, warnings, path))
            }
            EvidenceKind::EventXml => {
                let events::Exported { events, all, warnings } = events::parse_event_xml(&bytes)?;
                Ok(self.add_events(events, all, warnings, path))
            }
            EvidenceKind::EventText => {
                let (events, all, warnings) = events::parse_event_text(&text::decode(&bytes));
                Ok(self.add_events(events, all, warnings, path))
            }
            EvidenceKind::DriverFile => {
                let archived = (!path.is_file()).then_some(bytes);
                self.driver_files.push((path.to_owned(), archived));
                Ok(ReadSummary { items: 1, ..ReadSummary::default() })
            }
        }
    }

    /// Adds a folder of drivers, or a driver file, that applies to every machine.
    pub fn add_drivers(&mut self, folder: &Path) {
        self.driver_folders.push(folder.to_owned());
    }

    /// Adds a list of tags.
    ///
    /// # Errors
    /// Same as [`pooltag::read`].
    pub fn add_list(&mut self, path: &Path) -> Result<(), EvidenceError> {
        let (entries, _) = pooltag::read(path)?;
        self.lists.add(&name_of(path), entries);
        Ok(())
    }

    /// Adds the list that is installed on this machine, if no other was given.
    pub fn add_installed_list(&mut self) {
        if !self.lists.has_lists() {
            for path in pooltag::installed(&pooltag::program_folders()) {
                // Ignore a list that cannot be read.
                let _ = self.add_list(&path);
            }
        }
    }

    fn add_snapshots(
        &mut self,
        parsed: Parsed,
        path: &Path,
        name: &str,
        modified: Option<Timestamp>,
    ) -> Result<ReadSummary, EvidenceErrorKind> {
        let Parsed { mut snapshots, mapped, warnings } = parsed;
        if snapshots.is_empty() {
            return Err(EvidenceErrorKind::NoPoolRows);
        }
        let (date, number) = poolmon::of_file_name(name);
        self.files += 1;
        for snapshot in &mut snapshots {
            (snapshot.file, snapshot.number, snapshot.modified) = (self.files, number, modified);
        }
        // The time in the file name applies to its only snapshot.
        if let [only] = &mut snapshots[..] {
            only.printed = only.printed.or(date);
        }
        let printed: Vec<Option<AmbiguousDate>> = snapshots.iter().map(|s| s.printed).collect();
        let times: Vec<Timestamp> = dates::resolve(&printed, None).0.into_iter().flatten().collect();
        let summary = ReadSummary {
            items: snapshots.len() as u64,
            first: times.iter().min().copied(),
            last: times.iter().max().copied(),
            warnings: warnings.into_iter().map(EvidenceWarning::from).collect(),
            ..ReadSummary::default()
        };
        self.mapped.extend(mapped.into_iter().map(|item| Sourced { path: path.to_owned(), machine: None, item }));
        self.snapshots.extend(snapshots.into_iter().map(|item| Sourced { path: path.to_owned(), machine: None, item }));
        Ok(summary)
    }

    fn add_session(&mut self, session: Session, path: &Path) -> ReadSummary {
        let items = session.memory.len() + session.pools.len() + session.found.len() + session.modules.len();
        let summary = ReadSummary {
            items: items as u64,
            first: session.time(),
            last: session.time(),
            machines: session.target.machine.iter().cloned().collect(),
            warnings: session.warnings.iter().cloned().map(EvidenceWarning::from).collect(),
        };
        let machine = session.target.machine.clone();
        let found = session.pools.is_empty().then(|| session.found_snapshot(&name_of(path))).flatten();
        let pools = session.pools.iter().cloned().chain(found);
        self.snapshots.extend(pools.map(|item| Sourced { path: path.to_owned(), machine: machine.clone(), item }));
        self.sessions.push(Sourced { path: path.to_owned(), machine, item: session });
        summary
    }

    fn add_dump(&mut self, bytes: Bytes, path: &Path, name: &str) -> Result<ReadSummary, EvidenceErrorKind> {
        let mut dump = Dump::open(bytes)?;
        let mut warnings = std::mem::take(&mut dump.warnings);
        if !dump.drivers.is_empty() {
            match dump.pools(name) {
                Ok(item) => self.snapshots.push(Sourced { path: path.to_owned(), machine: None, item }),
                Err(error) => warnings.push(error.into()),
            }
        }
        let time = dump.header.time.map(Timestamp::Utc);
        let warnings = warnings.into_iter().map(EvidenceWarning::from).collect();
        let items = dump.drivers.len() as u64;
        let summary = ReadSummary { items, first: time, last: time, warnings, ..ReadSummary::default() };
        self.dumps.push(Sourced { path: path.to_owned(), machine: None, item: dump });
        Ok(summary)
    }

    /// Adds the relevant events out of `all` in a file.
    fn add_events(
        &mut self,
        events: Vec<Event>,
        all: usize,
        mut warnings: Vec<EventWarning>,
        path: &Path,
    ) -> ReadSummary {
        if events.is_empty() {
            warnings.push(EventWarning::NothingRelevant { all });
        }
        let times: Vec<Timestamp> = events.iter().map(|e| e.time).collect();
        let summary = ReadSummary {
            items: events.len() as u64,
            first: times.iter().min().copied(),
            last: times.iter().max().copied(),
            machines: events.iter().map(|e| &e.computer).filter(|name| !name.is_empty()).cloned().collect(),
            warnings: warnings.into_iter().map(EvidenceWarning::from).collect(),
        };
        for event in events {
            let machine = (!event.computer.is_empty()).then(|| event.computer.clone());
            if let EventKind::LowMemory(low) = &event.kind
                && let Some(mut item) = low.snapshot(event.id)
            {
                item.time = Some(event.time);
                self.snapshots.push(Sourced { path: path.to_owned(), machine: machine.clone(), item });
            }
            self.events.push(Sourced { path: path.to_owned(), machine, item: event });
        }
        summary
    }
}

/// Whether an evidence file belongs to a machine: it names the machine, or it names none and is stored with the
/// machine's logs, which `rest` decides.
#[must_use]
pub fn is_of(machine: &Machine, named: &BTreeSet<String>, path: &Path, rest: &dyn Fn(&Path) -> bool) -> bool {
    let own = owned(machine, rest);
    if named.is_empty() { own(None, path) } else { named.iter().any(|name| own(Some(name), path)) }
}

/// Whether evidence belongs to a machine: it names the machine, or names none and is stored with its logs.
fn owned<'a>(machine: &'a Machine, rest: &'a dyn Fn(&Path) -> bool) -> Box<Own<'a>> {
    Box::new(move |named, path| match named {
        Some(name) => same_host(&machine.name, &host(name)),
        None => rest(path),
    })
}

/// The last part of a path.
fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}

/// A computer name without its domain.
fn host(name: &str) -> String {
    name.split('.').next().unwrap_or(name).to_uppercase()
}

/// Length of a NetBIOS name, to which counter logs truncate computer names.
const NETBIOS: usize = 15;

/// Whether the machine names in a log and in an event are the same.
fn same_host(log: &str, host: &str) -> bool {
    let cut = log.chars().count() == NETBIOS && host.chars().count() > NETBIOS;
    log.eq_ignore_ascii_case(host) || (cut && host.to_uppercase().starts_with(&log.to_uppercase()))
}
