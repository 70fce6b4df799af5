//! One computer's history, joined from its logs.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counters arrive as floats, and `as` saturates"
)]

mod join;
mod pool;
pub mod process;
pub mod ram;
mod segment;
mod series;
mod store;

use std::collections::{BTreeMap, BTreeSet};

pub use crate::base::Pool;
pub use crate::base::Ram;
use crate::base::boot::SAME_BOOT_COUNTERS_SECONDS;
pub use process::{Process, ProcessSeries};
pub use segment::UNNAMED;
pub use series::Series;
pub use store::SeriesStore;

use crate::base::time::TICKS_PER_SECOND;
use crate::base::units::{KB, MB};
use crate::counters::known::{self, Name};
use crate::counters::{CounterId, CounterSet, LoadCounter, MemoryCounter, ProcessField};
pub use crate::log::TimeRange;
use crate::log::{Contents, FileTime, Log, LogError, LogInfo, Query, Selection, ZonedTime};
use segment::{LogSegment, Recorder};
use store::{Part, Step};

/// Machine-wide values of one moment.
pub type Values<const N: usize> = (ZonedTime, [(MemoryCounter, Option<f64>); N]);

/// One computer: its samples in order of time.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "facts about the logs, each by itself")]
pub struct Machine {
    /// Computer name, or [`UNNAMED`].
    pub name: String,
    /// Sample times, ascending.
    pub times: Vec<ZonedTime>,
    /// Series of all counters but those of processes.
    pub store: SeriesStore,
    /// Processes other than the idle process.
    pub processes: Vec<Process>,
    /// `Process(_Total)`.
    pub process_total: ProcessSeries,
    /// Whether there is no counter log of it, and other evidence says what there is.
    pub without_log: bool,
    /// Whether the logs have counters of the `Memory` object, of whatever name.
    pub has_memory_counters: bool,
    /// Whether processes are told apart by their ids.
    pub has_process_ids: bool,
    /// Whether the logs list all processes that ran when they began, rather than some of them.
    pub lists_all_processes: bool,
    /// Restarts between the first and the last sample.
    pub boots: Vec<ZonedTime>,
    /// What the logs say of the machine that wrote them. That is this machine unless it was logged
    /// from afar.
    pub info: LogInfo,
}

impl Machine {
    /// A machine of which only some machine-wide values are known, at ascending times.
    #[must_use]
    pub fn of_values<const N: usize>(name: &str, samples: &[Values<N>]) -> Self {
        let mut machine = Self { name: name.to_owned(), without_log: true, ..Self::default() };
        for (sample, (time, values)) in samples.iter().enumerate() {
            machine.times.push(*time);
            for (counter, value) in values.iter().filter_map(|(counter, value)| Some((*counter, (*value)?))) {
                let place = machine.store.place(counter.into(), Part::Whole);
                machine.store.take(place, Step::Push, sample, value);
            }
        }
        machine
    }

    /// Hours from the first sample to a time; 0 where there is no sample.
    #[must_use]
    pub fn hours_at(&self, time: FileTime) -> f64 {
        self.times.first().map_or(0.0, |first| time.hours_since(first.utc))
    }

    /// Hours from the first sample to each.
    #[must_use]
    pub fn hours(&self) -> Vec<f64> {
        self.times.iter().map(|time| self.hours_at(time.utc)).collect()
    }

    /// The series of a counter, with the instance of each where the counter has one series an instance, or the name
    /// of the process.
    pub fn series(&self, counter: impl Into<CounterId>) -> impl Iterator<Item = (Option<&str>, &Series)> {
        let id = counter.into();
        let whole = Some(self.store.get(id)).into_iter().map(|series| (None, series));
        let instances = self.store.instances(id).map(|(name, series)| (Some(name), series));
        let (processes, field) = match id {
            CounterId::Process(field) => (&self.processes[..], field),
            _ => (&[][..], ProcessField::IdProcess),
        };
        let processes = processes.iter().map(move |process| (Some(&*process.full_name), process.series.get(field)));
        whole.chain(instances).chain(processes).filter(|(_, series)| !series.is_empty())
    }

    /// `Available Bytes`, from whichever of the three units the log has.
    #[must_use]
    pub fn available_bytes(&self) -> Series {
        for (counter, unit) in [
            (MemoryCounter::AvailableBytes, 1.0),
            (MemoryCounter::AvailableKBytes, KB),
            (MemoryCounter::AvailableMBytes, MB),
        ] {
            let series = self.store.get(counter);
            if !series.is_empty() {
                let mut bytes = Series::default();
                for (sample, value) in series.iter() {
                    bytes.push(sample, value * unit);
                }
                return bytes;
            }
        }
        Series::default()
    }

    /// Restarts, by `System Up Time` and by the System process, which is another one after each
    /// boot. A boot lies between two samples, so that neither jitter nor a clock that is set makes one.
    fn find_boots(&self) -> Vec<ZonedTime> {
        let mut found: Vec<(usize, i64)> = Vec::new();
        let mut before: Option<i64> = None;
        for (sample, up) in self.store.get(MemoryCounter::SystemUpTime).iter() {
            let Some(time) = self.times.get(sample).map(|t| t.utc.0) else { continue };
            let boot = time.saturating_sub((up * TICKS_PER_SECOND as f64) as i64);
            if before.is_some_and(|before| boot > before) {
                found.push((sample, boot));
            }
            before = Some(time);
        }
        let systems = self.processes.iter().filter(|p| p.pid == Some(4) && p.name.eq_ignore_ascii_case("System"));
        let mut began: Vec<i64> = systems.filter_map(|p| p.started).map(|t| t.0).collect();
        began.sort_unstable();
        let begin = self.times.first().map_or(i64::MAX, |t| t.utc.0);
        let mut known: BTreeSet<i64> = found.iter().map(|(_, boot)| *boot).collect();
        for boot in began.into_iter().filter(|boot| *boot > begin) {
            // The System process begins moments after the clock of the up time.
            if known.range(boot.saturating_sub(SAME_BOOT)..=boot.saturating_add(SAME_BOOT)).next().is_none() {
                known.insert(boot);
                found.push((self.times.partition_point(|t| t.utc.0 < boot), boot));
            }
        }
        found.sort_unstable();
        let moment = |(sample, boot): (usize, i64)| {
            self.times.get(sample).map(|time| ZonedTime { utc: FileTime(boot), offset_minutes: time.offset_minutes })
        };
        found.into_iter().filter_map(moment).collect()
    }

    /// No process outlives a restart; without `Elapsed Time` one that has the same id after it would seem to.
    fn split_at_boots(&mut self) {
        for boot in &self.boots {
            let sample = self.times.partition_point(|t| t.utc < boot.utc);
            let (Some(last), Some(first)) =
                (sample.checked_sub(1).and_then(|at| self.times.get(at)), self.times.get(sample))
            else {
                continue;
            };
            let mut later = Vec::new();
            for process in &mut self.processes {
                if process.first_seen < boot.utc && process.last_seen >= boot.utc && !process.identity_unknown {
                    let series = process.series.split_off(sample);
                    later.push(Process { first_seen: first.utc, started: None, series, ..process.clone() });
                    process.last_seen = last.utc;
                }
            }
            self.processes.append(&mut later);
        }
    }

    /// Takes restarts from elsewhere, where the logs could not tell of them.
    pub fn take_boots(&mut self, boots: &[FileTime]) {
        let (Some(first), Some(last)) = (self.times.first(), self.times.last()) else { return };
        if self.knows_boots() {
            return;
        }
        let within = boots.iter().filter(|boot| **boot > first.utc && **boot <= last.utc);
        let moment = |boot: &FileTime| {
            let sample = self.times.partition_point(|t| t.utc < *boot);
            Some(ZonedTime { utc: *boot, offset_minutes: self.times.get(sample)?.offset_minutes })
        };
        self.boots = within.filter_map(moment).collect();
        self.split_at_boots();
    }

    /// Whether the logs could tell of restarts at all.
    #[must_use]
    pub fn knows_boots(&self) -> bool {
        !self.store.get(MemoryCounter::SystemUpTime).is_empty()
            || self.processes.iter().any(|p| p.pid == Some(4) && p.started.is_some())
    }
}

/// In ticks.
const SAME_BOOT: i64 = SAME_BOOT_COUNTERS_SECONDS as i64 * TICKS_PER_SECOND;

/// The counters that the analysis of memory reads.
#[must_use]
pub fn standard_counters() -> CounterSet {
    let processes = ProcessField::ALL.into_iter().filter(|field| *field != ProcessField::IoDataBytes);
    CounterSet::of(MemoryCounter::ALL).union(&CounterSet::of(LoadCounter::ALL)).union(&CounterSet::of(processes))
}

/// Collects logs, and joins them machine by machine.
pub struct MachineBuilder {
    range: TimeRange,
    counters: CounterSet,
    machines: BTreeMap<String, Collected>,
}

/// What was collected of one machine.
#[derive(Default)]
struct Collected {
    info: LogInfo,
    has_memory_counters: bool,
    segments: Vec<LogSegment>,
}

impl MachineBuilder {
    /// Collects the counters of a set from the samples in a time range.
    #[must_use]
    pub fn new(range: TimeRange, counters: CounterSet) -> Self {
        Self { range, counters, machines: BTreeMap::new() }
    }

    /// Reads a log.
    ///
    /// # Errors
    /// As [`Log::read`].
    pub fn add(&mut self, log: &Log) -> Result<Contents, LogError> {
        let mut recorder = Recorder::default();
        let query = Query { range: self.range, ..Query::from(Selection::Counters(&self.counters)) };
        let contents = log.read(query, &mut recorder)?;
        let with_memory = with_memory_object(log, &contents);
        for segment in recorder.finish(contents.machines.iter().map(String::as_str)) {
            let machine = self.machines.entry(segment.machine.to_uppercase()).or_default();
            if machine.info.os_version.is_none() {
                machine.info.clone_from(log.info());
            }
            // A text log can leave the machine unnamed.
            let name = if segment.machine == UNNAMED { String::new() } else { segment.machine.to_uppercase() };
            machine.has_memory_counters |= with_memory.contains(&name);
            machine.segments.push(segment);
        }
        Ok(contents)
    }

    /// The machines, by name.
    #[must_use]
    pub fn join(self) -> Vec<Machine> {
        let join = |collected: Collected| {
            let Collected { info, has_memory_counters, segments } = collected;
            let mut machine = Machine { has_memory_counters, info, ..join::join(segments) };
            machine.boots = machine.find_boots();
            machine.split_at_boots();
            machine
        };
        self.machines.into_values().map(join).collect()
    }
}

/// Names in upper case of the machines with counters of the `Memory` object, whatever its name in their language.
fn with_memory_object(log: &Log, contents: &Contents) -> BTreeSet<String> {
    let is_memory = |machine: &str, object: &str| {
        let own = log.name(machine, known::MEMORY_INDEX).is_some_and(|name| name.eq_ignore_ascii_case(object));
        own || known::is_memory(Name::text(object))
    };
    let with_memory = contents.objects.iter().filter(|(machine, all)| all.iter().any(|o| is_memory(machine, o)));
    with_memory.map(|(machine, _)| machine.to_uppercase()).collect()
}
