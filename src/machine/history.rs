//! One machine's samples.

use std::collections::BTreeMap;

use super::process::{Process, ProcessSeries};
use super::series::Series;
use super::store::{Part, SeriesStore, Step};
use crate::base::time::{ClockZone, FileTime, ZonedTime};
use crate::base::units::{KB, MB};
use crate::counters::{CounterId, MemoryCounter, ProcessField};
use crate::log::LogInfo;

/// Counters that are never 0 while Windows runs: 0 is what some readers write for a value that they do not get.
const NEVER_ZERO: [MemoryCounter; 6] = [
    MemoryCounter::PoolNonpagedBytes,
    MemoryCounter::PoolPagedBytes,
    MemoryCounter::PoolNonpagedAllocs,
    MemoryCounter::PoolPagedAllocs,
    MemoryCounter::CommittedBytes,
    MemoryCounter::CommitLimit,
];

/// Machine-wide values at one time.
pub type Values<const N: usize> = (ZonedTime, [(MemoryCounter, Option<f64>); N]);

/// One computer: its samples in order of time.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "facts about the logs, each by itself")]
pub struct Machine {
    /// Computer name, or [`UNNAMED`](super::UNNAMED).
    pub name: String,
    /// Sample times, ascending.
    pub times: Vec<ZonedTime>,
    /// Series of all counters except those of processes.
    pub store: SeriesStore,
    /// Processes other than the idle process.
    pub processes: Vec<Process>,
    /// Series of `Process(_Total)`.
    pub process_total: ProcessSeries,
    /// Samples in which a counter read 0 that is never 0, where there are any. They are left out.
    pub zeros: BTreeMap<MemoryCounter, usize>,
    /// Sample number and value of values that stand alone, of the same counters. They are left out.
    pub standing_alone: BTreeMap<MemoryCounter, Vec<(usize, f64)>>,
    /// Whether there is only other evidence of it, and no counter log.
    pub without_log: bool,
    /// Whether the logs have counters of the `Memory` object, in any language.
    pub has_memory_counters: bool,
    /// Whether counters have names in a language that is not known.
    pub unknown_language: bool,
    /// Whether ids identify the processes.
    pub has_process_ids: bool,
    /// Whether the logs list all processes that ran when they started, not just some.
    pub lists_all_processes: bool,
    /// Restarts between the first and the last sample.
    pub boots: Vec<ZonedTime>,
    /// Whether all logs record the offset of their times from UTC.
    pub zone: ClockZone,
    /// Information about the machine that wrote the logs: this machine, unless it was logged remotely.
    pub info: LogInfo,
}

impl Machine {
    /// Creates a machine from some machine-wide values, at ascending times on a clock of unknown zone.
    #[must_use]
    pub fn of_values<const N: usize>(name: &str, samples: &[Values<N>]) -> Self {
        let mut machine =
            Self { name: name.to_owned(), without_log: true, zone: ClockZone::Unknown, ..Self::default() };
        for (sample, (time, values)) in samples.iter().enumerate() {
            machine.times.push(*time);
            for (counter, value) in values.iter().filter_map(|(counter, value)| Some((*counter, (*value)?))) {
                let place = machine.store.place(counter.into(), Part::Whole);
                machine.store.take(place, Step::Push, sample, value);
            }
        }
        machine
    }

    /// Leaves out samples that are no level: a counter reads 0 that is never 0, or one value is far from its neighbors.
    pub(super) fn remove_failed_reads(&mut self) {
        for counter in NEVER_ZERO {
            let Some(series) = self.store.whole_mut(counter) else { continue };
            let zeros = series.remove_zeros();
            let alone = series.remove_standing_alone();
            if zeros > 0 {
                self.zeros.insert(counter, zeros);
            }
            if !alone.is_empty() {
                self.standing_alone.insert(counter, alone);
            }
        }
    }

    /// Hours from the first sample to a time; 0 without samples.
    #[must_use]
    pub fn hours_at(&self, time: FileTime) -> f64 {
        self.times.first().map_or(0.0, |first| time.hours_since(first.utc))
    }

    /// Hours from the first sample to each sample.
    #[must_use]
    pub fn hours(&self) -> Vec<f64> {
        self.times.iter().map(|time| self.hours_at(time.utc)).collect()
    }

    /// The series of a counter; with the instance of each if the counter has one series per instance, or the name of
    /// the process.
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

    /// Whether not one counter of the machine's memory has a known name, and names are in a language that is not known.
    #[must_use]
    pub fn names_unknown(&self) -> bool {
        self.unknown_language && MemoryCounter::ALL.iter().all(|counter| !self.store.is_logged(*counter))
    }

    /// `Available Bytes`, from any of the three units in the log.
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
}
