//! Evidence as files bring it: recognised by content, and given to the machine that it is of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::{NaiveDateTime, TimeDelta};

use super::Tag;
use super::clues::{Clues, tags_that_matter};
use super::drivers;
use super::dump::{self, Dump};
use super::events::{self, Event, EventKind};
use super::owner::Sources;
use super::poolmon::{self, Parsed, PoolSnapshot, in_order};
use super::pooltag;
use super::stamp::{self, Stamp};
use super::text;
use super::windbg::{self, Session};
use crate::counters::MemoryCounter;
use crate::log::moment::TICKS_PER_SECOND;
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

/// All evidence of a run.
#[derive(Default)]
pub struct Collection {
    snapshots: Vec<From<PoolSnapshot>>,
    events: Vec<From<Event>>,
    sessions: Vec<From<Session>>,
    dumps: Vec<From<Dump>>,
    sources: Sources,
    /// Folders of drivers, and driver files.
    pub drivers: Vec<PathBuf>,
}

/// Largest text that is read. Bytes of text become a few times as many in memory.
const LARGEST_TEXT: usize = 1 << 30;

impl Collection {
    /// Reads a file that [`kind_of`] recognised. `modified` is when it was written.
    ///
    /// # Errors
    /// When nothing of it can be read; in words, without the file's name.
    pub fn add(&mut self, kind: Kind, path: &Path, bytes: Bytes, modified: Option<Stamp>) -> Result<Account, String> {
        let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
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
                self.sources.lists.add(&name, entries);
                let warnings = (odd > 0).then(|| format!("{odd} lines that are no entries were passed over"));
                Ok(Account { items, warnings: warnings.into_iter().collect(), ..Account::default() })
            }
            Kind::Driver => {
                self.drivers.push(path.to_owned());
                Ok(Account { items: 1, ..Account::default() })
            }
        }
    }

    /// Adds a list of tags by its path.
    ///
    /// # Errors
    /// As [`pooltag::read`].
    pub fn add_list(&mut self, path: &Path) -> Result<(), String> {
        let (entries, _) = pooltag::read(path)?;
        let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        self.sources.lists.add(&name, entries);
        Ok(())
    }

    /// Takes the list that this machine has installed, where none was given.
    pub fn add_installed_list(&mut self) {
        if !self.sources.lists.has_lists() {
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
        let (dates, _) = stamp::resolve(&[date]);
        for snapshot in &mut snapshots {
            snapshot.number = number;
            snapshot.modified = modified;
        }
        // The name's time is that of the one snapshot in it.
        if let [only] = &mut snapshots[..] {
            only.time = only.time.or(dates[0]);
        }
        let times: Vec<Stamp> = snapshots.iter().filter_map(|s| s.time).collect();
        let account = Account {
            items: snapshots.len() as u64,
            first: times.iter().min().copied(),
            last: times.iter().max().copied(),
            warnings,
        };
        self.sources.mapped.extend(mapped);
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
        for (tag, module, count) in session.modules_with_tags() {
            self.sources.debugged.push((tag, module.file(), count));
        }
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
            if let Some((count, first)) = log.damaged {
                let records = units::counted(count, "record", "records");
                warnings.push(format!("{records} could not be read, the first because of: {first}"));
            }
            (log.events, log.records)
        } else if text::head(bytes).is_some_and(|head| events::is_event_xml(&head)) {
            events::parse_event_xml(bytes)?
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

    /// Names of machines that evidence alone names.
    #[must_use]
    pub fn machines(&self) -> Vec<String> {
        let named = self.sessions.iter().filter_map(|s| s.machine.as_deref());
        let events = self.events.iter().filter_map(|e| e.machine.as_deref());
        let names: BTreeSet<String> = named.chain(events).map(host).collect();
        names.into_iter().collect()
    }

    /// What was given of machines that no log is of, each in a sentence.
    #[must_use]
    pub fn unused<'n>(&self, machines: impl Iterator<Item = &'n str>) -> Vec<String> {
        let known: BTreeSet<String> = machines.map(str::to_uppercase).collect();
        if known.is_empty() {
            return Vec::new();
        }
        let unknown = self.machines().into_iter().filter(|name| !known.contains(name));
        unknown
            .map(|name| {
                format!(
                    "evidence of machine {name} was left out, of which there is no counter log: the logs are of {}",
                    known.iter().cloned().collect::<Vec<_>>().join(", ")
                )
            })
            .collect()
    }

    /// Whether anything tells of pools by tag.
    #[must_use]
    pub fn has_pools(&self) -> bool {
        !self.snapshots.is_empty() || self.sessions.iter().any(|s| !s.item.memory.is_empty())
    }

    /// What there is on a machine, but for who owns its tags. `rest` says whether evidence that names no machine is of
    /// this one, by its path.
    #[must_use]
    pub fn clues(&self, machine: &Machine, rest: &dyn Fn(&Path) -> bool) -> (Clues, Facts) {
        let own = |named: &Option<String>, path: &Path| match named {
            Some(name) => host(name).eq_ignore_ascii_case(&machine.name),
            None => rest(path),
        };
        let clock = Clock::of(machine);
        let taken: Vec<PoolSnapshot> =
            self.snapshots.iter().filter(|s| own(&s.machine, &s.path)).map(|s| s.item.clone()).collect();
        let ordered = in_order(taken, &|local| clock.offset(local), clock.covered());
        let timed = ordered.ordering.has_times();
        let snapshots: Vec<(Option<f64>, PoolSnapshot)> = ordered
            .snapshots
            .into_iter()
            .map(|(time, s)| (time.filter(|_| timed).and_then(|t| clock.hours(t)), s))
            .collect();
        let stamped = |stamp: Stamp| match stamp {
            Stamp::Utc(time) => clock.hours(time),
            Stamp::Local(time) => clock.hours(stamp.utc(clock.offset(time))),
        };
        let mut events: Vec<(f64, Event)> = self
            .events
            .iter()
            .filter(|e| own(&e.machine, &e.path))
            .filter_map(|e| Some((stamped(e.item.time)?, e.item.clone())))
            .collect();
        events.sort_by(|a, b| a.0.total_cmp(&b.0));
        // One log exported twice is one log.
        events.dedup_by(|a, b| a.1.time == b.1.time && a.1.id == b.1.id && a.1.kind == b.1.kind);
        let memory = self.sessions.iter().filter(|s| own(&s.machine, &s.path)).flat_map(|s| {
            let name = s.path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
            s.item.memory.iter().map(move |vm| (name.clone(), vm.clone()))
        });
        let memory: Vec<_> = memory.collect();
        let facts = self.facts(&own, &events, &memory, &snapshots);
        let clues = Clues {
            begin: machine.times.first().map(|t| t.utc),
            owners: BTreeMap::new(),
            ordering: (!snapshots.is_empty()).then_some(ordered.ordering),
            snapshots,
            events,
            memory,
            scanned: 0,
            has_list: self.sources.lists.has_lists(),
            notes: ordered.notes,
        };
        (clues, facts)
    }

    /// Scans drivers and dumps for tags.
    pub fn scan_for(&mut self, tags: &[Tag]) -> Vec<String> {
        let mut problems = Vec::new();
        if !self.drivers.is_empty() {
            let scan = drivers::scan(&self.drivers, tags);
            self.sources.files += scan.files;
            self.sources.found.extend(scan.found);
            problems = scan.problems;
        }
        for From { path, item: dump, .. } in &self.dumps {
            let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
            self.sources.files += dump.drivers.len();
            self.sources.found.extend(dump.find(tags, &name));
        }
        problems
    }

    /// Finds who owns the tags that matter on machines: driver files and dumps are scanned for them. What could not be
    /// read is returned.
    pub fn name_owners<'c>(&mut self, all: impl Iterator<Item = &'c mut Clues>) -> Vec<String> {
        let mut all: Vec<&mut Clues> = all.collect();
        let tags: BTreeSet<Tag> = all.iter().flat_map(|clues| tags_that_matter(&clues.snapshots)).collect();
        let tags: Vec<Tag> = tags.into_iter().collect();
        let problems = self.scan_for(&tags);
        for clues in &mut all {
            let own = tags_that_matter(&clues.snapshots);
            clues.owners = own.into_iter().map(|tag| (tag, self.sources.ownership(tag))).collect();
            clues.scanned = self.sources.files;
        }
        problems
    }

    /// A machine without counter logs: its pools as the heads of snapshots say them.
    #[must_use]
    pub fn machine(&self, name: &str) -> Machine {
        let own = |named: &Option<String>| named.as_deref().is_none_or(|n| host(n).eq_ignore_ascii_case(name));
        let taken = self.snapshots.iter().filter(|s| own(&s.machine)).map(|s| s.item.clone()).collect();
        let ordered = in_order(taken, &|_| 0, None);
        let mut samples = Vec::new();
        for (time, snapshot) in ordered.snapshots {
            let Some(utc) = time.and_then(FileTime::from_naive) else { continue };
            let moment = Moment { utc, offset_minutes: 0 };
            let whole = |pool| snapshot.totals.of(pool).map(|bytes| bytes as f64);
            let values = [
                (MemoryCounter::PoolNonpagedBytes, whole(Pool::Nonpaged)),
                (MemoryCounter::PoolPagedBytes, whole(Pool::Paged)),
                (MemoryCounter::AvailableBytes, snapshot.totals.available.map(|bytes| bytes as f64)),
            ];
            if samples.last().is_none_or(|(last, _): &(Moment, _)| last.utc < utc) {
                samples.push((moment, values));
            }
        }
        Machine::of_values(name, &samples)
    }

    /// What was found of tags, for the command that asks for a tag alone.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    fn facts(
        &self,
        own: &dyn Fn(&Option<String>, &Path) -> bool,
        events: &[(f64, Event)],
        memory: &[(String, windbg::VirtualMemory)],
        snapshots: &[(Option<f64>, PoolSnapshot)],
    ) -> Facts {
        let event = events.iter().rev().find_map(|(_, event)| match &event.kind {
            EventKind::LowMemory(low) => {
                let when = event.time.utc(0).format("%Y-%m-%d %H:%M");
                Some((low.physical_memory?, format!("event 2004 of {when} UTC")))
            }
            _ => None,
        });
        let debugger = || memory.iter().rev().find_map(|(name, vm)| Some((vm.physical?, format!("!vm in {name}"))));
        let dumped = || {
            self.dumps.iter().filter(|d| own(&d.machine, &d.path)).find_map(|d| {
                let name = d.path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
                Some((d.item.header.physical_memory?, format!("the header of {name}")))
            })
        };
        let head = || {
            let with = snapshots.iter().rev().find_map(|(_, s)| Some((s.totals.physical?, s)))?;
            Some((with.0, format!("the head of {}", with.1.source)))
        };
        let build = self
            .sessions
            .iter()
            .filter(|s| own(&s.machine, &s.path))
            .find_map(|s| s.item.target.build)
            .or_else(|| self.dumps.iter().find(|d| own(&d.machine, &d.path)).map(|d| d.item.header.build));
        Facts { physical_memory: event.or_else(debugger).or_else(dumped).or_else(head), build }
    }
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

/// The largest place at or below one where a text can be cut.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The machine's clock.
struct Clock<'m> {
    times: &'m [Moment],
}

impl<'m> Clock<'m> {
    fn of(machine: &'m Machine) -> Self {
        Self { times: &machine.times }
    }

    /// Minutes that the clock was ahead of UTC when it showed a time.
    fn offset(&self, local: NaiveDateTime) -> i16 {
        let Some(first) = self.times.first() else { return 0 };
        let guess = local.checked_sub_signed(TimeDelta::minutes(i64::from(first.offset_minutes)));
        let Some(utc) = guess.and_then(FileTime::from_naive) else { return first.offset_minutes };
        let at = self.times.partition_point(|t| t.utc <= utc).saturating_sub(1);
        self.times.get(at).unwrap_or(first).offset_minutes
    }

    fn hours(&self, utc: NaiveDateTime) -> Option<f64> {
        let ticks = FileTime::from_naive(utc)?.0.checked_sub(self.times.first()?.utc.0)?;
        Some(ticks as f64 / TICKS_PER_SECOND as f64 / 3600.0)
    }

    fn covered(&self) -> Option<(NaiveDateTime, NaiveDateTime)> {
        Some((self.times.first()?.utc.to_naive()?, self.times.last()?.utc.to_naive()?))
    }
}
