//! Evidence as files bring it: recognised by content, and given to the machine that it is of.

mod of_machine;
mod owners;

use std::path::{Path, PathBuf};

use super::drivers::{self, Found};
use super::dump::{self, Dump};
use super::events::{self, Event, EventKind};
use super::poolmon::{self, Parsed, PoolSnapshot};
use super::pooltag::{self, PoolTags};
use super::stamp::{self, Printed, Stamp};
use super::windbg::{self, Session};
use super::{Tag, text};
use crate::base::units;
use crate::log::Bytes;
use crate::machine::Machine;

pub use of_machine::Facts;

/// Kind of a file of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// PoolMon's display, or a table by tag.
    PoolMon,
    /// A debugger's session.
    Debugger,
    /// A kernel dump.
    Dump,
    /// Events.
    Events,
    /// A list of tags.
    PoolTag,
    /// A driver file, which is scanned.
    Driver,
}

/// What a file is; `None` for what is no evidence.
#[must_use]
pub fn kind_of(bytes: &[u8], path: &Path) -> Option<Kind> {
    if dump::is_dump(bytes) {
        return Some(Kind::Dump);
    }
    if events::is_evtx(bytes) {
        return Some(Kind::Events);
    }
    if bytes.starts_with(b"MZ") {
        return drivers::is_driver_name(path).then_some(Kind::Driver);
    }
    let head = text::head(bytes)?;
    // The surest marks first. A session may hold a table that looks like PoolMon's, and lists of tags look like prose.
    match () {
        () if events::is_event_xml(&head) => Some(Kind::Events),
        () if head.trim_start_matches('\u{feff}').starts_with("\"(PDH-") => None,
        () if poolmon::is_table(&head) => Some(Kind::PoolMon),
        () if poolmon::is_display(&head) => Some(Kind::PoolMon),
        () if pooltag::is_pooltag(&head) => Some(Kind::PoolTag),
        () if events::is_event_text(&head) => Some(Kind::Events),
        () if windbg::is_session(&head) => Some(Kind::Debugger),
        () => None,
    }
}

/// What one file gave, for the list of files.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Snapshots, events, tables or entries read.
    pub items: u64,
    /// First time that it names, on the machine's clock or UTC.
    pub first: Option<Stamp>,
    /// Last time.
    pub last: Option<Stamp>,
    /// What was odd.
    pub warnings: Vec<String>,
}

/// Something of a file, and the machine that it names.
struct From<T> {
    path: PathBuf,
    machine: Option<String>,
    item: T,
}

impl<T> From<T> {
    fn file(&self) -> String {
        name_of(&self.path)
    }
}

/// Driver files that were scanned.
struct Scanned {
    /// Where they are; `None` for those that are of every machine.
    path: Option<PathBuf>,
    files: usize,
    found: Vec<Found>,
}

/// All evidence of a run.
#[derive(Default)]
pub struct Collection {
    snapshots: Vec<From<PoolSnapshot>>,
    events: Vec<From<Event>>,
    sessions: Vec<From<Session>>,
    dumps: Vec<From<Dump>>,
    /// Tags in driver columns.
    mapped: Vec<From<(Tag, String)>>,
    lists: PoolTags,
    /// Driver files among the inputs; with their bytes where they are in an archive.
    driver_files: Vec<(PathBuf, Option<Bytes>)>,
    /// Folders of drivers that were given for all machines.
    driver_folders: Vec<PathBuf>,
    scanned: Vec<Scanned>,
    /// Files read so far.
    files: usize,
}

/// Whether evidence of a file is of a machine, by what the file names and where it lies.
type Own<'a> = dyn Fn(Option<&str>, &Path) -> bool + 'a;

/// Largest text that is read. Bytes of text become a few times as many in memory.
const LARGEST_TEXT: usize = 1 << 30;

impl Collection {
    /// Reads a file that [`kind_of`] recognised. `modified` is when it was written.
    ///
    /// # Errors
    /// When nothing of it can be read; in words, without the file's name.
    pub fn add(&mut self, kind: Kind, path: &Path, bytes: Bytes, modified: Option<Stamp>) -> Result<Account, String> {
        let name = name_of(path);
        let is_text = matches!(kind, Kind::PoolMon | Kind::Debugger | Kind::PoolTag);
        if is_text && bytes.len() > LARGEST_TEXT {
            return Err("is larger than 1 GB, which no such text is; split it".to_owned());
        }
        match kind {
            Kind::PoolMon => {
                let content = text::decode(&bytes);
                let parsed = if poolmon::is_table(&content[..floor(&content, text::HEAD)]) {
                    poolmon::parse_table(&name, &content)
                } else {
                    poolmon::parse_display(&name, &content)
                };
                self.add_snapshots(parsed, path, &name, modified)
            }
            Kind::Debugger => {
                let session = windbg::parse(&text::decode(&bytes), &name);
                Ok(self.add_session(session, path))
            }
            Kind::Dump => self.add_dump(bytes, path, &name),
            Kind::Events => self.add_events(&bytes, path),
            Kind::PoolTag => {
                let (entries, odd) = pooltag::parse_pooltag(&text::decode(&bytes));
                let items = entries.len() as u64;
                self.lists.add(&name, entries);
                let warnings = (odd > 0).then(|| format!("{odd} lines that are no entries were passed over"));
                Ok(Account { items, warnings: warnings.into_iter().collect(), ..Account::default() })
            }
            Kind::Driver => {
                let archived = (!path.is_file()).then_some(bytes);
                self.driver_files.push((path.to_owned(), archived));
                Ok(Account { items: 1, ..Account::default() })
            }
        }
    }

    /// Adds a folder of drivers, or a driver file, that is of every machine.
    pub fn add_drivers(&mut self, folder: &Path) {
        self.driver_folders.push(folder.to_owned());
    }

    /// Adds a list of tags by its path.
    ///
    /// # Errors
    /// As [`pooltag::read`].
    pub fn add_list(&mut self, path: &Path) -> Result<(), String> {
        let (entries, _) = pooltag::read(path)?;
        self.lists.add(&name_of(path), entries);
        Ok(())
    }

    /// Takes the list that this machine has installed, where none was given.
    pub fn add_installed_list(&mut self) {
        if !self.lists.has_lists() {
            for path in pooltag::installed(&pooltag::program_folders()) {
                // One that cannot be read is as good as none.
                let _ = self.add_list(&path);
            }
        }
    }

    fn add_snapshots(
        &mut self,
        parsed: Parsed,
        path: &Path,
        name: &str,
        modified: Option<Stamp>,
    ) -> Result<Account, String> {
        let Parsed { mut snapshots, mapped, warnings } = parsed;
        if snapshots.is_empty() {
            return Err(
                "looks like pool tags, but holds no row that can be read; expected a tag, its type, allocations, \
                        frees, difference and bytes"
                    .to_owned(),
            );
        }
        let (date, number) = poolmon::of_file_name(name);
        self.files += 1;
        for snapshot in &mut snapshots {
            (snapshot.file, snapshot.number, snapshot.modified) = (self.files, number, modified);
        }
        // The name's time is that of the one snapshot in it.
        if let [only] = &mut snapshots[..] {
            only.printed = only.printed.or(date);
        }
        let printed: Vec<Option<Printed>> = snapshots.iter().map(|s| s.printed).collect();
        let times: Vec<Stamp> = stamp::resolve(&printed, None).0.into_iter().flatten().collect();
        let account = Account {
            items: snapshots.len() as u64,
            first: times.iter().min().copied(),
            last: times.iter().max().copied(),
            warnings,
        };
        let of_file = |item| From { path: path.to_owned(), machine: None, item };
        self.mapped.extend(mapped.into_iter().map(of_file));
        self.snapshots.extend(snapshots.into_iter().map(|item| From { path: path.to_owned(), machine: None, item }));
        Ok(account)
    }

    fn add_session(&mut self, session: Session, path: &Path) -> Account {
        let items = session.memory.len() + session.pools.len() + session.found.len() + session.modules.len();
        let account = Account {
            items: items as u64,
            first: session.time(),
            last: session.time(),
            warnings: session.warnings.clone(),
        };
        let machine = session.target.machine.clone();
        let found = session.pools.is_empty().then(|| session.found_snapshot(&name_of(path))).flatten();
        let pools = session.pools.iter().cloned().chain(found);
        self.snapshots.extend(pools.map(|item| From { path: path.to_owned(), machine: machine.clone(), item }));
        self.sessions.push(From { path: path.to_owned(), machine, item: session });
        account
    }

    fn add_dump(&mut self, bytes: Bytes, path: &Path, name: &str) -> Result<Account, String> {
        let mut dump = Dump::open(bytes)?;
        let mut warnings = std::mem::take(&mut dump.warnings);
        if !dump.drivers.is_empty() {
            match dump.pools(name) {
                Ok(item) => self.snapshots.push(From { path: path.to_owned(), machine: None, item }),
                Err(why) => warnings.push(why),
            }
        }
        let time = dump.header.time.map(Stamp::Utc);
        let account = Account { items: dump.drivers.len() as u64, first: time, last: time, warnings };
        self.dumps.push(From { path: path.to_owned(), machine: None, item: dump });
        Ok(account)
    }

    fn add_events(&mut self, bytes: &[u8], path: &Path) -> Result<Account, String> {
        let mut warnings = Vec::new();
        let (events, all) = if events::is_evtx(bytes) {
            let log = events::parse_evtx(bytes)?;
            warnings.extend(damaged(log.damaged));
            if log.cut {
                warnings.push("is cut off: its last events are missing".to_owned());
            }
            (log.events, log.records)
        } else if text::head(bytes).is_some_and(|head| events::is_event_xml(&head)) {
            let exported = events::parse_event_xml(bytes)?;
            warnings.extend(damaged(exported.damaged));
            if exported.undated > 0 {
                let events = units::counted(exported.undated, "event", "events");
                warnings.push(format!("{events} with a time that cannot be read left out"));
            }
            (exported.events, exported.all)
        } else {
            let (events, all, odd) = events::parse_event_text(&text::decode(bytes));
            warnings.extend(odd);
            (events, all)
        };
        if events.is_empty() {
            let read = units::counted(all, "event", "events");
            warnings.push(format!(
                "none of its {read} tells of memory, boots or installations (2004, 2019, 2020, 6008, 7045 …); give the System log"
            ));
        }
        let times: Vec<Stamp> = events.iter().map(|e| e.time).collect();
        let account = Account {
            items: events.len() as u64,
            first: times.iter().min().copied(),
            last: times.iter().max().copied(),
            warnings,
        };
        for event in events {
            let machine = (!event.computer.is_empty()).then(|| event.computer.clone());
            if let EventKind::LowMemory(low) = &event.kind
                && let Some(mut item) = low.snapshot(&format!("event {}", event.id))
            {
                item.time = Some(event.time);
                self.snapshots.push(From { path: path.to_owned(), machine: machine.clone(), item });
            }
            self.events.push(From { path: path.to_owned(), machine, item: event });
        }
        Ok(account)
    }
}

/// What to say of events that could not be read.
fn damaged(found: Option<(usize, String)>) -> Option<String> {
    let (count, first) = found?;
    let events = units::counted(count, "event", "events");
    Some(format!("{events} could not be read, the first because of: {first}"))
}

/// Whether evidence is of a machine: it names it, or names none and lies with its logs.
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

/// The name of a computer without its domain.
fn host(name: &str) -> String {
    name.split('.').next().unwrap_or(name).to_uppercase()
}

/// Characters of a NetBIOS name, to which counter logs cut the names of computers.
const NETBIOS: usize = 15;

/// Whether a log's name of a machine and an event's are of one.
fn same_host(log: &str, host: &str) -> bool {
    let cut = log.chars().count() == NETBIOS && host.chars().count() > NETBIOS;
    log.eq_ignore_ascii_case(host) || (cut && host.to_uppercase().starts_with(&log.to_uppercase()))
}

/// The largest place at or below one where a text can be cut.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
