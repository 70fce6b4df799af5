//! Evidence as files bring it: recognised by content, and given to the machine that it is of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::clock::Clock;
use super::clues::{Clues, tags_that_matter};
use super::drivers::{self, Found, Layout};
use super::dump::{self, Dump};
use super::events::{self, Event, EventKind};
use super::fit;
use super::owner::{Ownership, Sources};
use super::poolmon::{self, Parsed, PoolSnapshot, in_order};
use super::pooltag::{self, PoolTags};
use super::stamp::{self, Printed, Stamp};
use super::windbg::{self, Session, VirtualMemory};
use super::{Tag, text};
use crate::counters::MemoryCounter;
use crate::log::{Bytes, FileTime, Moment};
use crate::machine::{Machine, Pool};
use crate::verdict::units;

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
        let pools = session.pools.iter().cloned();
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

    /// What was given and is of no machine of the report, each in a sentence. `belongs` tells of evidence that names no
    /// machine whether it is of any.
    #[must_use]
    pub fn unused(&self, machines: &[String], belongs: &dyn Fn(&Path) -> bool) -> Vec<String> {
        if machines.is_empty() {
            return Vec::new();
        }
        let unknown = self.named().into_keys().filter(|name| !machines.iter().any(|m| same_host(m, name)));
        let mut said: Vec<String> = unknown
            .map(|name| {
                format!(
                    "evidence of machine {name} was left out, of which there is no counter log: the logs are of {}",
                    machines.join(", ")
                )
            })
            .collect();
        let snapshots = self.snapshots.iter().filter(|s| s.machine.is_none()).map(|s| &s.path);
        let events = self.events.iter().filter(|e| e.machine.is_none()).map(|e| &e.path);
        let sessions = self.sessions.iter().filter(|s| s.machine.is_none()).map(|s| &s.path);
        let dumps = self.dumps.iter().map(|d| &d.path);
        let files = self.driver_files.iter().map(|(path, _)| path);
        let all: BTreeSet<&PathBuf> = snapshots.chain(events).chain(sessions).chain(dumps).chain(files).collect();
        let lost: Vec<&PathBuf> = all.into_iter().filter(|path| !belongs(path)).collect();
        if let Some(first) = lost.first() {
            let more = if lost.len() > 1 { format!(" and {} more", lost.len() - 1) } else { String::new() };
            said.push(format!(
                "{}{more}: names no machine, and lies beside logs of several ({}); it was left out. Give it in a folder with the log \
                 of its machine",
                first.display(),
                machines.join(", ")
            ));
        }
        said
    }

    /// Whether anything tells of a machine.
    #[must_use]
    pub fn tells(&self) -> bool {
        !self.snapshots.is_empty() || !self.events.is_empty() || self.sessions.iter().any(|s| !s.item.memory.is_empty())
    }

    /// What there is on a machine, but for who owns its tags. `rest` says whether evidence that names no machine is of
    /// this one, by its path.
    #[must_use]
    pub fn clues(&self, machine: &Machine, rest: &dyn Fn(&Path) -> bool) -> (Clues, Facts) {
        let own = owned(machine, rest);
        let clock = Clock::of(machine);
        let mut notes = Vec::new();
        let taken = self.taken(&*own, clock.covered(), &mut notes);
        let ordered = in_order(taken, &|local| clock.offset(local), clock.covered());
        notes.extend(ordered.notes);
        let timed = ordered.ordering.has_times();
        let at = |time: Option<chrono::NaiveDateTime>| time.filter(|_| timed).and_then(|t| clock.hours(t));
        let snapshots: Vec<_> = ordered.snapshots.into_iter().map(|(time, s)| (at(time), s)).collect();
        let of_machine = self.events.iter().filter(|e| own(e.machine.as_deref(), &e.path));
        let mut events: Vec<(f64, Event)> =
            of_machine.filter_map(|e| Some((clock.hours_of(e.item.time)?, e.item.clone()))).collect();
        events.sort_by(|a, b| a.0.total_cmp(&b.0));
        // One log exported twice is one log.
        events.dedup_by(|a, b| a.1.time == b.1.time && a.1.id == b.1.id && a.1.kind == b.1.kind);
        if machine.without_log && events.iter().any(|(_, e)| matches!(e.time, Stamp::Utc(_))) {
            notes.push("No log tells the machine's time zone: times of events are UTC".to_owned());
        }
        let mut memory: Vec<(String, VirtualMemory)> = Vec::new();
        for session in self.sessions.iter().filter(|s| own(s.machine.as_deref(), &s.path)) {
            for vm in &session.item.memory {
                match vm.physical.map_or(Ok(()), |bytes| fit::can_have(machine, bytes)) {
                    Ok(()) => memory.push((session.file(), vm.clone())),
                    Err(why) => notes.push(format!(
                        "!vm in {} is of another machine, and was left out: it says {} of RAM, but {why}",
                        session.file(),
                        units::bytes(vm.physical.unwrap_or(0) as f64)
                    )),
                }
            }
        }
        let misfit = fit::misfit(machine, &snapshots);
        let facts = self.facts(machine, &*own, &events, &memory, &snapshots, misfit.is_none(), &mut notes);
        let clues = Clues {
            begin: machine.times.first().map(|t| t.utc),
            owners: BTreeMap::new(),
            ordering: (!snapshots.is_empty()).then_some(ordered.ordering),
            snapshots,
            misfit,
            events,
            memory,
            scanned: 0,
            has_list: self.lists.has_lists(),
            notes,
        };
        (clues, facts)
    }

    /// The snapshots of a machine. Of dates that could be read in two ways all together tell which is right.
    fn taken(
        &self,
        own: &Own<'_>,
        covered: Option<(chrono::NaiveDateTime, chrono::NaiveDateTime)>,
        notes: &mut Vec<String>,
    ) -> Vec<PoolSnapshot> {
        let of_machine = self.snapshots.iter().filter(|s| own(s.machine.as_deref(), &s.path));
        let mut taken: Vec<PoolSnapshot> = of_machine.map(|s| s.item.clone()).collect();
        let printed: Vec<Option<Printed>> = taken.iter().map(|s| s.printed).collect();
        let (stamps, guessed) = stamp::resolve(&printed, covered);
        taken.iter_mut().zip(stamps).for_each(|(snapshot, stamp)| snapshot.time = stamp.or(snapshot.time));
        if guessed {
            notes
                .push("Dates of the snapshots could be read as month/day or day/month; month/day was taken".to_owned());
        }
        taken
    }

    /// Scans driver files and dumps for tags. What could not be read is returned.
    pub fn scan(&mut self, tags: &[Tag]) -> Vec<String> {
        let mut problems = Vec::new();
        if !self.driver_folders.is_empty() {
            let scan = drivers::scan(&self.driver_folders, tags);
            problems.extend(scan.problems);
            self.scanned.push(Scanned { path: None, files: scan.files, found: scan.found });
        }
        let on_disk: Vec<PathBuf> =
            self.driver_files.iter().filter(|(_, bytes)| bytes.is_none()).map(|(path, _)| path.clone()).collect();
        for path in on_disk {
            let scan = drivers::scan(std::slice::from_ref(&path), tags);
            problems.extend(scan.problems);
            self.scanned.push(Scanned { path: Some(path), files: scan.files, found: scan.found });
        }
        for (path, bytes) in self.driver_files.iter().filter_map(|(path, bytes)| Some((path, bytes.as_ref()?))) {
            match drivers::look_at(bytes, Layout::File, tags) {
                Ok(found) => {
                    let shown = path.display().to_string();
                    let named = |f: Found| Found { name: name_of(path), path: shown.clone(), ..f };
                    let found = found.into_iter().map(named).collect();
                    self.scanned.push(Scanned { path: Some(path.clone()), files: 1, found });
                }
                Err(e) => problems.push(format!("{}: cannot be scanned: {e}", path.display())),
            }
        }
        for dump in &self.dumps {
            let found = dump.item.find(tags, &dump.file());
            self.scanned.push(Scanned { path: Some(dump.path.clone()), files: dump.item.drivers.len(), found });
        }
        problems
    }

    /// What owners of tags are found by, of a machine; of all evidence for `None`.
    #[must_use]
    pub fn sources(&self, machine: Option<(&Machine, &dyn Fn(&Path) -> bool)>) -> Sources {
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

    /// Names who owns the tags that matter on machines: driver files and dumps are scanned for them. What could not be
    /// read is returned.
    pub fn name_owners(
        &mut self,
        all: &mut [(Machine, Clues, Facts)],
        belongs: &dyn Fn(&Path, &str) -> bool,
    ) -> Vec<String> {
        let tags: BTreeSet<Tag> = all.iter().flat_map(|(_, clues, _)| tags_that_matter(&clues.snapshots)).collect();
        let problems = self.scan(&tags.into_iter().collect::<Vec<Tag>>());
        for (machine, clues, _) in all {
            let rest = |path: &Path| belongs(path, &machine.name);
            let sources = self.sources(Some((machine, &rest)));
            let of = |tag: Tag| -> (Tag, Ownership) { (tag, sources.ownership(tag)) };
            clues.owners = tags_that_matter(&clues.snapshots).into_iter().map(of).collect();
            clues.scanned = sources.files;
        }
        problems
    }

    /// A machine without counter logs: its pools as the heads of snapshots say them, else the times of its events.
    #[must_use]
    pub fn machine(&self, name: &str) -> Machine {
        let own = |named: Option<&str>, _: &Path| named.is_none_or(|n| same_host(name, &host(n)));
        let ordered = in_order(self.taken(&own, None, &mut Vec::new()), &|_| 0, None);
        let mut samples = Vec::new();
        for (time, snapshot) in ordered.snapshots {
            let Some(utc) = time.and_then(FileTime::from_naive) else { continue };
            let whole = |pool| snapshot.totals.of(pool).map(|bytes| bytes as f64);
            let values = [
                (MemoryCounter::PoolNonpagedBytes, whole(Pool::Nonpaged)),
                (MemoryCounter::PoolPagedBytes, whole(Pool::Paged)),
                (MemoryCounter::AvailableBytes, snapshot.totals.available.map(|bytes| bytes as f64)),
            ];
            samples.push((Moment { utc, offset_minutes: 0 }, values));
        }
        if samples.is_empty() {
            let mut times: Vec<FileTime> = self
                .events
                .iter()
                .filter(|e| own(e.machine.as_deref(), &e.path))
                .filter_map(|e| FileTime::from_naive(e.item.time.utc(0)))
                .collect();
            times.sort_unstable();
            let nothing =
                [MemoryCounter::PoolNonpagedBytes, MemoryCounter::PoolPagedBytes, MemoryCounter::AvailableBytes];
            samples = times
                .into_iter()
                .map(|utc| (Moment { utc, offset_minutes: 0 }, nothing.map(|counter| (counter, None))))
                .collect();
        }
        samples.dedup_by_key(|(time, _)| time.utc);
        Machine::of_values(name, &samples)
    }

    #[allow(clippy::too_many_arguments, reason = "each source in its turn")]
    fn facts(
        &self,
        machine: &Machine,
        own: &Own<'_>,
        events: &[(f64, Event)],
        memory: &[(String, VirtualMemory)],
        snapshots: &[(Option<f64>, PoolSnapshot)],
        fits: bool,
        notes: &mut Vec<String>,
    ) -> Facts {
        let event = events.iter().rev().find_map(|(_, event)| match &event.kind {
            EventKind::LowMemory(low) => {
                let when = event.time.utc(0).format("%Y-%m-%d %H:%M");
                Some((low.physical_memory?, format!("event 2004 of {when} UTC")))
            }
            _ => None,
        });
        let debugger = memory.iter().rev().find_map(|(name, vm)| Some((vm.physical?, format!("!vm in {name}"))));
        let dumps = || self.dumps.iter().filter(|d| own(None, &d.path));
        let dumped =
            dumps().find_map(|d| Some((d.item.header.physical_memory?, format!("the header of {}", d.file()))));
        let head = snapshots
            .iter()
            .rev()
            .filter(|_| fits)
            .find_map(|(_, s)| Some((s.totals.physical?, format!("the head of {}", s.source))));
        let mut said = [event, debugger, dumped, head].into_iter().flatten();
        let physical_memory = said.find(|(bytes, basis)| match fit::can_have(machine, *bytes) {
            Ok(()) => true,
            Err(why) => {
                let bytes = units::bytes(*bytes as f64);
                notes.push(format!("By {basis} the machine has {bytes} of RAM, but {why}: that is of another machine"));
                false
            }
        });
        let sessions = self.sessions.iter().filter(|s| own(s.machine.as_deref(), &s.path));
        let build = sessions.filter_map(|s| s.item.target.build).next();
        Facts { physical_memory, build: build.or_else(|| dumps().next().map(|d| d.item.header.build)) }
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

/// What evidence says of the machine itself.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Physical memory, bytes, and who says so.
    pub physical_memory: Option<(u64, String)>,
    /// Build of Windows.
    pub build: Option<u32>,
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
