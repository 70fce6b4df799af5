//! Builds machines from logs.

use std::collections::{BTreeMap, BTreeSet};

use super::history::Machine;
use super::join;
use super::segment::{LogSegment, MOST_MACHINES, Recorder, UNNAMED};
use crate::base::time::ClockZone;
use crate::counters::CounterSet;
use crate::counters::known::{self, Name};
use crate::log::{Contents, Log, LogError, LogInfo, Query, Selection, TimeRange};

/// Collects logs and joins them by machine.
pub struct MachineBuilder {
    range: TimeRange,
    counters: CounterSet,
    machines: BTreeMap<String, Collected>,
    /// Names of machines beyond the limit.
    left_out: BTreeSet<String>,
}

/// Collected data of one machine.
#[derive(Default)]
struct Collected {
    info: LogInfo,
    has_memory_counters: bool,
    unknown_language: bool,
    zone: ClockZone,
    segments: Vec<LogSegment>,
}

impl MachineBuilder {
    /// Collects the counters of a set from the samples in a time range.
    #[must_use]
    pub fn new(range: TimeRange, counters: CounterSet) -> Self {
        Self { range, counters, machines: BTreeMap::new(), left_out: BTreeSet::new() }
    }

    /// Reads a log.
    ///
    /// # Errors
    /// Same as [`Log::read`].
    pub fn add(&mut self, log: &Log) -> Result<Contents, LogError> {
        let mut recorder = Recorder::default();
        let query = Query { range: self.range, ..Query::from(Selection::Counters(&self.counters)) };
        let contents = log.read(query, &mut recorder)?;
        let with_memory = with_memory_object(log, &contents);
        for segment in recorder.finish(contents.machines.iter().map(String::as_str)) {
            let key = segment.machine.to_uppercase();
            if self.machines.len() >= MOST_MACHINES && !self.machines.contains_key(&key) {
                continue;
            }
            let machine = self.machines.entry(key).or_default();
            if machine.info.os_version.is_none() {
                machine.info.clone_from(log.info());
            }
            // A text log may not name its machine.
            let name = if segment.machine == UNNAMED { String::new() } else { segment.machine.to_uppercase() };
            machine.has_memory_counters |= with_memory.contains(&name);
            machine.unknown_language |= contents.unknown_objects().next().is_some();
            machine.zone = machine.zone.and(contents.zone);
            machine.segments.push(segment);
        }
        if self.machines.len() >= MOST_MACHINES {
            let names = contents.machines.iter().map(|name| name.to_uppercase());
            self.left_out.extend(names.filter(|name| !self.machines.contains_key(name)));
        }
        Ok(contents)
    }

    /// Number of machines that are left out, because there are more than [`MOST_MACHINES`].
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out.len()
    }

    /// The machines, by name.
    #[must_use]
    pub fn join(self) -> Vec<Machine> {
        let join = |collected: Collected| {
            let Collected { info, has_memory_counters, unknown_language, zone, segments } = collected;
            let joined = join::join(segments);
            let mut machine = Machine { has_memory_counters, unknown_language, zone, info, ..joined };
            machine.remove_failed_reads();
            machine.boots = machine.find_boots();
            machine.split_at_boots();
            machine
        };
        self.machines.into_values().map(join).collect()
    }
}

/// Names, in upper case, of machines with counters of the `Memory` object in any language.
fn with_memory_object(log: &Log, contents: &Contents) -> BTreeSet<String> {
    let is_memory = |machine: &str, object: &str| {
        let own = log.name(machine, known::MEMORY_INDEX).is_some_and(|name| name.eq_ignore_ascii_case(object));
        own || known::is_memory(Name::text(object))
    };
    let with_memory = contents.objects.iter().filter(|(machine, all)| all.iter().any(|o| is_memory(machine, o)));
    with_memory.map(|(machine, _)| machine.to_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counters::{DiskCounter, MemoryCounter, ProcessField};
    use std::path::Path;

    fn log(zone: &str) -> Log {
        let header = format!(
            r#""(PDH-CSV 4.0){zone}","\\SRV\Memory\Commit Limit","\\SRV\LogicalDisk(C:)\Avg. Disk sec/Read","\\SRV\LogicalDisk(_Total)\Avg. Disk sec/Read","\\SRV\Process(app)\IO Data Bytes/sec""#
        );
        let rows = "\n\"03/03/2026 02:00:00.000\",\"9\",\"0.002\",\"0.1\",\"5\"\n\"03/03/2026 02:05:00.000\",\"9\",\"0.3\",\"0.1\",\"6\"\n";
        Log::from_vec(Path::new("a.csv"), (header + rows).into_bytes()).unwrap()
    }

    fn machine(logs: &[Log], counters: CounterSet) -> Machine {
        let mut machines = MachineBuilder::new(TimeRange::default(), counters);
        logs.iter().for_each(|log| drop(machines.add(log).unwrap()));
        machines.join().remove(0)
    }

    #[test]
    fn a_set_of_counters_is_what_is_read() {
        let values = |machine: &Machine, id: crate::counters::CounterId| -> Vec<(Option<String>, Vec<f64>)> {
            let series = machine.series(id);
            series.map(|(name, s)| (name.map(str::to_owned), s.iter().map(|(_, v)| v).collect())).collect()
        };
        let latency = DiskCounter::ReadLatency.into();
        let counters = CounterSet::of([DiskCounter::ReadLatency]).with(ProcessField::IoDataBytes);
        let found = machine(&[log("(UTC)(0)")], counters);
        assert_eq!(values(&found, latency), [(Some("C:".to_owned()), vec![0.002, 0.3])]);
        assert_eq!(values(&found, ProcessField::IoDataBytes.into()), [(Some("app".to_owned()), vec![5.0, 6.0])]);
        assert!(found.store.get(MemoryCounter::CommitLimit).is_empty(), "not asked for");
        let memory = machine(&[log("(UTC)(0)")], CounterSet::of(MemoryCounter::ALL));
        assert_eq!(values(&memory, MemoryCounter::CommitLimit.into()), [(None, vec![9.0, 9.0])]);
        assert_eq!(values(&memory, latency), [], "not asked for");
    }

    #[test]
    fn one_log_without_a_zone_leaves_the_times_without_one() {
        let zone = |logs: &[Log]| machine(logs, CounterSet::of(MemoryCounter::ALL)).zone;
        assert_eq!(zone(&[log(" (W. Europe Standard Time)(-60)")]), ClockZone::Recorded);
        assert_eq!(zone(&[log("")]), ClockZone::Unknown);
        assert_eq!(zone(&[log(" (W. Europe Standard Time)(-60)"), log("")]), ClockZone::Unknown);
    }
}
