//! What of the evidence is of a machine, on its time line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Collection, Own, host, owned, same_host};
use crate::base::units;
use crate::counters::MemoryCounter;
use crate::evidence::clock::Clock;
use crate::evidence::clues::Clues;
use crate::evidence::events::{Event, EventKind};
use crate::evidence::fit;
use crate::evidence::poolmon::{PoolSnapshot, in_order};
use crate::evidence::stamp::{self, Printed, Stamp};
use crate::evidence::windbg::VirtualMemory;
use crate::log::{FileTime, ZonedTime};
use crate::machine::{Machine, Pool};

/// What evidence says of the machine itself.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Physical memory, bytes, and who says so.
    pub physical_memory: Option<(u64, String)>,
    /// Build of Windows.
    pub build: Option<u32>,
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
            samples.push((ZonedTime { utc, offset_minutes: 0 }, values));
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
                .map(|utc| (ZonedTime { utc, offset_minutes: 0 }, nothing.map(|counter| (counter, None))))
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
        let mut sessions = self.sessions.iter().filter(|s| own(s.machine.as_deref(), &s.path));
        let build = sessions.find_map(|s| s.item.target.build);
        Facts { physical_memory, build: build.or_else(|| dumps().next().map(|d| d.item.header.build)) }
    }
}
