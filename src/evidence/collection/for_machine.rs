//! The evidence for one machine, on its time line.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDateTime;

use super::{Collection, Own, host, owned, same_host};
use crate::base::time::{FileTime, Timestamp, ZonedTime};
use crate::base::{Pool, RamSource};
use crate::counters::MemoryCounter;
use crate::evidence::clock::MachineClock;
use crate::evidence::consistency;
use crate::evidence::dates::{self, AmbiguousDate};
use crate::evidence::events::{Event, EventKind};
use crate::evidence::machine_evidence::{EvidenceNote, MachineEvidence, MachineFacts};
use crate::evidence::poolmon::{PoolSnapshot, in_order};
use crate::evidence::windbg::VirtualMemory;
use crate::machine::Machine;

impl Collection {
    /// Whether this evidence alone is enough to analyze a machine.
    #[must_use]
    pub fn describes_a_machine(&self) -> bool {
        !self.snapshots.is_empty() || !self.events.is_empty() || self.sessions.iter().any(|s| !s.item.memory.is_empty())
    }

    /// The evidence for a machine, without owners of tags. `rest` decides by path whether evidence without a machine
    /// name belongs to this machine.
    #[must_use]
    pub fn for_machine(&self, machine: &Machine, rest: &dyn Fn(&Path) -> bool) -> (MachineEvidence, MachineFacts) {
        let own = owned(machine, rest);
        let clock = MachineClock::of(machine);
        let mut notes = Vec::new();
        let taken = self.taken(&*own, clock.covered(), &mut notes);
        let ordered = in_order(taken, &|local| clock.offset(local), clock.covered());
        notes.extend(ordered.notes.into_iter().map(EvidenceNote::Snapshots));
        let timed = ordered.ordering.has_times();
        let at = |time: Option<NaiveDateTime>| time.filter(|_| timed).and_then(|t| clock.hours(t));
        let snapshots: Vec<_> = ordered.snapshots.into_iter().map(|(time, s)| (at(time), s)).collect();
        let events = self.events_of(&*own, &clock);
        if machine.without_log && events.iter().any(|(_, e)| matches!(e.time, Timestamp::Utc(_))) {
            notes.push(EvidenceNote::TimeZoneUnknown);
        }
        let memory = self.memory_of(&*own, machine, &mut notes);
        let mut evidence = MachineEvidence {
            begin: machine.times.first().map(|t| t.utc),
            owners: BTreeMap::new(),
            ordering: (!snapshots.is_empty()).then_some(ordered.ordering),
            inconsistency: consistency::inconsistency(machine, &snapshots),
            snapshots,
            events,
            memory,
            scanned: 0,
            has_list: self.lists.has_lists(),
            notes,
        };
        let facts = self.facts(machine, &*own, &mut evidence);
        (evidence, facts)
    }

    /// The events of a machine, by hours since its first sample.
    fn events_of(&self, own: &Own<'_>, clock: &MachineClock<'_>) -> Vec<(f64, Event)> {
        let of_machine = self.events.iter().filter(|e| own(e.machine.as_deref(), &e.path));
        let mut events: Vec<(f64, Event)> =
            of_machine.filter_map(|e| Some((clock.hours_of(e.item.time)?, e.item.clone()))).collect();
        events.sort_by(|a, b| a.0.total_cmp(&b.0));
        // A log that was exported twice counts once.
        events.dedup_by(|a, b| a.1.time == b.1.time && a.1.id == b.1.id && a.1.kind == b.1.kind);
        events
    }

    /// Every `!vm` that can belong to the machine, with its file.
    fn memory_of(
        &self,
        own: &Own<'_>,
        machine: &Machine,
        notes: &mut Vec<EvidenceNote>,
    ) -> Vec<(String, VirtualMemory)> {
        let mut memory = Vec::new();
        for session in self.sessions.iter().filter(|s| own(s.machine.as_deref(), &s.path)) {
            for vm in &session.item.memory {
                let file = session.file();
                match vm.physical.map(|bytes| (bytes, consistency::can_have(machine, bytes))) {
                    Some((bytes, Err(reason))) => {
                        notes.push(EvidenceNote::VmOfOtherMachine { file, bytes, reason });
                    }
                    _ => memory.push((file, vm.clone())),
                }
            }
        }
        memory
    }

    /// The snapshots of a machine. Ambiguous dates are read in the order that fits all of them.
    fn taken(
        &self,
        own: &Own<'_>,
        covered: Option<(NaiveDateTime, NaiveDateTime)>,
        notes: &mut Vec<EvidenceNote>,
    ) -> Vec<PoolSnapshot> {
        let own_items = self.snapshots.iter().filter(|s| own(s.machine.as_deref(), &s.path));
        let mut taken: Vec<PoolSnapshot> = own_items.map(|s| s.item.clone()).collect();
        let printed: Vec<Option<AmbiguousDate>> = taken.iter().map(|s| s.printed).collect();
        let (stamps, guessed) = dates::resolve(&printed, covered);
        taken.iter_mut().zip(stamps).for_each(|(snapshot, stamp)| snapshot.time = stamp.or(snapshot.time));
        if guessed {
            notes.push(EvidenceNote::AmbiguousDates);
        }
        taken
    }

    /// A machine without counter logs: its pools from the headings of snapshots, else only the times of its events.
    #[must_use]
    pub fn machine_without_log(&self, name: &str) -> Machine {
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

    /// Facts about the machine, from the most reliable source that is consistent with its counters.
    fn facts(&self, machine: &Machine, own: &Own<'_>, evidence: &mut MachineEvidence) -> MachineFacts {
        let event = evidence.events.iter().rev().find_map(|(_, event)| match &event.kind {
            EventKind::LowMemory(low) => Some((low.physical_memory?, RamSource::Event2004 { when: event.time.utc(0) })),
            _ => None,
        });
        let vm = |(file, vm): &(String, VirtualMemory)| Some((vm.physical?, RamSource::Vm { file: file.clone() }));
        let debugger = evidence.memory.iter().rev().find_map(vm);
        let dumps = || self.dumps.iter().filter(|d| own(None, &d.path));
        let dumped =
            dumps().find_map(|d| Some((d.item.header.physical_memory?, RamSource::DumpHeader { file: d.file() })));
        let mut consistent = evidence.snapshots.iter().rev().filter(|_| evidence.inconsistency.is_none());
        let head = consistent.find_map(|(_, s)| Some((s.totals.physical?, RamSource::SnapshotHead(s.place.clone()))));
        let mut physical_memory = None;
        for (bytes, source) in [event, debugger, dumped, head].into_iter().flatten() {
            match consistency::can_have(machine, bytes) {
                Ok(()) => {
                    physical_memory = Some((bytes, source));
                    break;
                }
                Err(reason) => evidence.notes.push(EvidenceNote::RamOfOtherMachine { source, bytes, reason }),
            }
        }
        let mut sessions = self.sessions.iter().filter(|s| own(s.machine.as_deref(), &s.path));
        let build = sessions.find_map(|s| s.item.target.build);
        MachineFacts { physical_memory, build: build.or_else(|| dumps().next().map(|d| d.item.header.build)) }
    }
}
