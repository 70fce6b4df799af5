//! Processes, identified by their ids: `svchost#3` is an index in a list, not a process.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::series::{EMPTY, Series};
use crate::base::time::{FileTime, TICKS_PER_SECOND, ZonedTime};
use crate::counters::ProcessField;
use crate::counters::path::split_instance_number;

/// Counters of a process, by sample.
#[derive(Clone, Debug, Default)]
pub struct ProcessSeries {
    /// Nonpaged pool charged to the process, bytes.
    pub pool_nonpaged: Series,
    /// Paged pool charged to the process, bytes.
    pub pool_paged: Series,
    /// Private bytes.
    pub private_bytes: Series,
    /// Number of handles.
    pub handles: Series,
    /// Number of threads.
    pub threads: Series,
    /// Working set, bytes.
    pub working_set: Series,
    /// Counters without their own field.
    others: Vec<(ProcessField, Series)>,
}

impl ProcessSeries {
    /// The values of a counter; empty if not logged, and for counters that only identify the process.
    #[must_use]
    pub fn get(&self, field: ProcessField) -> &Series {
        match field {
            ProcessField::PoolNonpagedBytes => &self.pool_nonpaged,
            ProcessField::PoolPagedBytes => &self.pool_paged,
            ProcessField::PrivateBytes => &self.private_bytes,
            ProcessField::HandleCount => &self.handles,
            ProcessField::ThreadCount => &self.threads,
            ProcessField::WorkingSet => &self.working_set,
            _ => self.others.iter().find(|(own, _)| *own == field).map_or(&EMPTY, |(_, series)| series),
        }
    }

    fn get_mut(&mut self, field: ProcessField) -> &mut Series {
        match field {
            ProcessField::PoolNonpagedBytes => &mut self.pool_nonpaged,
            ProcessField::PoolPagedBytes => &mut self.pool_paged,
            ProcessField::PrivateBytes => &mut self.private_bytes,
            ProcessField::HandleCount => &mut self.handles,
            ProcessField::ThreadCount => &mut self.threads,
            ProcessField::WorkingSet => &mut self.working_set,
            _ => {
                let at = self.others.iter().position(|(own, _)| *own == field).unwrap_or_else(|| {
                    self.others.push((field, Series::default()));
                    self.others.len() - 1
                });
                &mut self.others[at].1
            }
        }
    }

    fn push(&mut self, sample: usize, values: &Values) {
        for field in MEASURES {
            if let Some(value) = values.get(field) {
                self.get_mut(field).push(sample, value);
            }
        }
    }

    /// Adds the series of the same process in another log; `samples` maps its sample numbers.
    pub(super) fn merge(&mut self, other: &Self, samples: &[usize]) {
        for field in MEASURES {
            let theirs = other.get(field);
            if !theirs.is_empty() {
                self.get_mut(field).merge(theirs, samples);
            }
        }
    }

    /// Whether everything that was logged of the process has a value in each of this many samples.
    #[must_use]
    pub fn is_whole(&self, samples: usize) -> bool {
        MEASURES.iter().all(|field| matches!(self.get(*field).iter().count(), n if n == 0 || n == samples))
    }

    /// The sum of several processes, over this many samples.
    #[must_use]
    pub fn sum(all: &[&Self], samples: usize) -> Self {
        let mut sum = Self::default();
        for field in MEASURES {
            let mut sums = vec![f64::NAN; samples];
            for (sample, value) in all.iter().flat_map(|series| series.get(field).iter()) {
                if let Some(sum) = sums.get_mut(sample) {
                    *sum = if sum.is_nan() { value } else { *sum + value };
                }
            }
            for (sample, value) in sums.into_iter().enumerate().filter(|(_, value)| !value.is_nan()) {
                sum.get_mut(field).push(sample, value);
            }
        }
        sum
    }

    /// Removes and returns the values from a sample on.
    pub(super) fn split_off(&mut self, sample: usize) -> Self {
        let mut later = Self::default();
        for field in MEASURES {
            if !self.get(field).is_empty() {
                *later.get_mut(field) = self.get_mut(field).split_off(sample);
            }
        }
        later
    }
}

/// Counters that measure a process, without those that only identify it.
const MEASURES: [ProcessField; ProcessField::COUNT - 2] = {
    let mut measures = [ProcessField::WorkingSet; ProcessField::COUNT - 2];
    let mut at = 0;
    let mut next = 0;
    while at < ProcessField::COUNT {
        let field = ProcessField::ALL[at];
        if !matches!(field, ProcessField::IdProcess | ProcessField::ElapsedTime) {
            measures[next] = field;
            next += 1;
        }
        at += 1;
    }
    measures
};

/// Process id of System, which owns the kernel's threads.
pub const SYSTEM_PID: u32 = 4;

/// One process.
#[derive(Clone, Debug)]
pub struct Process {
    /// Base name, without `#n`.
    pub name: Arc<str>,
    /// The instance name with its number; identifies the process if there are no ids.
    pub full_name: Arc<str>,
    /// Process id; `None` if not logged: then it may be several processes that had the same index one after the other.
    pub pid: Option<u32>,
    /// Start time from `Elapsed Time`, UTC.
    pub started: Option<FileTime>,
    /// Time of its last sample, UTC.
    pub last_seen: FileTime,
    /// Time of its first sample, UTC.
    pub first_seen: FileTime,
    /// Counters of the process.
    pub series: ProcessSeries,
    /// Whether the identity is unknown: its name has a number `#n`, and there is no id.
    pub identity_unknown: bool,
}

/// A process of the same name and id that started at most this long after the last sample of another is the same one:
/// `Elapsed Time` and the sample's time stamp are read at slightly different times.
const SAME_MOMENT_SECONDS: f64 = 1.0;

/// A process that is first seen within this many sample intervals of its start ran in no earlier sample: the first
/// sample after its start shows it, and one may be missing.
const SEEN_SOON_INTERVALS: f64 = 2.0;

impl Process {
    /// Whether it started shortly before it was first seen, and was not just listed late.
    #[must_use]
    pub fn began_when_seen(&self, interval_seconds: f64) -> bool {
        match self.started {
            Some(started) => self.first_seen.seconds_since(started) <= SEEN_SOON_INTERVALS * interval_seconds,
            // A new id means a new process; a new index in the list does not.
            None => self.pid.is_some(),
        }
    }

    /// Whether a process that started at `started`, with the same id and name, can be this one. Windows reuses an id
    /// only for a process that starts after the old one was last seen, however imprecise `Elapsed Time` is and even if
    /// the clock is changed.
    pub(super) fn goes_on_as(&self, started: Option<FileTime>) -> bool {
        started.is_none_or(|started| started.seconds_since(self.last_seen) <= SAME_MOMENT_SECONDS)
    }
}

/// How an object names the instances of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// `Process`: `name#n`.
    Numbered,
    /// `Process V2`: `name:id`.
    WithId,
}

/// The values of one instance in one sample.
#[derive(Clone, Copy)]
struct Values([f64; ProcessField::COUNT]);

impl Values {
    fn get(&self, field: ProcessField) -> Option<f64> {
        Some(self.0[field as usize]).filter(|v| !v.is_nan())
    }
}

struct Instance {
    name: Arc<str>,
    /// The id in the instance name of `Process V2`.
    pid: Option<u32>,
    /// Whether the instance ever had a value of `ID Process`.
    had_id: bool,
    numbered: bool,
    full_name: Arc<str>,
    /// The last process with this index: its id, the process, and the number of processes at that time.
    holder: Option<(Option<u32>, u32, u32)>,
    values: Values,
    touched: bool,
}

impl Instance {
    /// Identity of its process: without an id, only the index in the list is known.
    fn key(&self, pid: Option<u32>) -> (Option<u32>, Arc<str>) {
        (pid, if pid.is_some() { self.name.clone() } else { self.full_name.clone() })
    }
}

/// Tracks processes through the samples of one log.
#[derive(Default)]
pub(super) struct Tracker {
    instances: Vec<Instance>,
    by_name: HashMap<Arc<str>, usize>,
    touched: Vec<usize>,
    live: HashMap<(Option<u32>, Arc<str>), usize>,
    /// All processes found.
    pub processes: Vec<Process>,
    /// Windows' own sum, `Process(_Total)`.
    pub total: ProcessSeries,
    /// Whether the log has process ids.
    pub has_ids: bool,
    /// Whether it lists the idle process or System, which only a list of all processes contains.
    pub lists_all: bool,
}

impl Tracker {
    /// The index of an instance, by its name as logged.
    pub fn instance(&mut self, name: &Arc<str>, naming: Naming) -> usize {
        if let Some(place) = self.by_name.get(name) {
            return *place;
        }
        let (base, pid, numbered) = match name.rsplit_once(':') {
            Some((base, id)) if naming == Naming::WithId && id.parse::<u32>().is_ok() => (base, id.parse().ok(), false),
            _ => {
                let (base, number) = split_instance_number(name);
                (base, None, number > 0)
            }
        };
        self.has_ids |= pid.is_some();
        let full_name = name.clone();
        self.by_name.insert(full_name.clone(), self.instances.len());
        self.instances.push(Instance {
            name: if base.len() == name.len() { full_name.clone() } else { Arc::from(base) },
            pid,
            had_id: false,
            numbered,
            full_name,
            holder: None,
            values: Values([f64::NAN; ProcessField::COUNT]),
            touched: false,
        });
        self.instances.len() - 1
    }

    /// Adds a value of the current sample.
    pub fn value(&mut self, instance: usize, field: ProcessField, value: f64) {
        let slot = &mut self.instances[instance];
        slot.values.0[field as usize] = value;
        if !slot.touched {
            slot.touched = true;
            self.touched.push(instance);
        }
    }

    /// Ends the sample: finds the process of each index.
    pub fn end_sample(&mut self, sample: usize, time: ZonedTime) {
        for at in std::mem::take(&mut self.touched) {
            let instance = &mut self.instances[at];
            let values = std::mem::replace(&mut instance.values, Values([f64::NAN; ProcessField::COUNT]));
            instance.touched = false;
            if &*instance.full_name == "_Total" {
                self.total.push(sample, &values);
                continue;
            }
            let pid = instance.pid.or_else(|| as_pid(values.get(ProcessField::IdProcess)?));
            // If only the id is blank in a sample, the process is unknown.
            if pid.is_none() && instance.had_id {
                continue;
            }
            instance.had_id |= pid.is_some();
            self.has_ids |= pid.is_some();
            self.lists_all |= matches!(&*instance.name, "Idle" | "System");
            if pid == Some(0) || (pid.is_none() && &*instance.name == "Idle") {
                continue;
            }
            let started = values
                .get(ProcessField::ElapsedTime)
                .map(|seconds| FileTime(time.utc.0.saturating_sub((seconds * TICKS_PER_SECOND as f64) as i64)));
            // While there is no new process, each index keeps its last process.
            let count = self.processes.len();
            let holder = instance.holder.filter(|(old, _, then)| *old == pid && *then as usize == count);
            let holder = holder.map(|(_, at, _)| at as usize);
            let found = holder.or_else(|| self.live.get(&instance.key(pid)).copied());
            let known = found.filter(|at| self.processes[*at].goes_on_as(started));
            let process = known.unwrap_or_else(|| {
                self.processes.push(Process {
                    name: instance.name.clone(),
                    full_name: instance.full_name.clone(),
                    pid,
                    started,
                    last_seen: time.utc,
                    first_seen: time.utc,
                    series: ProcessSeries::default(),
                    identity_unknown: pid.is_none() && instance.numbered,
                });
                self.live.insert(instance.key(pid), self.processes.len() - 1);
                self.processes.len() - 1
            });
            let number = |at: usize| u32::try_from(at).ok();
            instance.holder = number(process).zip(number(self.processes.len())).map(|(at, then)| (pid, at, then));
            self.processes[process].last_seen = time.utc;
            self.processes[process].series.push(sample, &values);
        }
    }

    /// Ends the log. If the other processes of a name cannot be identified, neither can the first one.
    pub fn end(&mut self) {
        let shared: HashSet<Arc<str>> =
            self.processes.iter().filter(|p| p.identity_unknown).map(|p| p.name.clone()).collect();
        for process in self.processes.iter_mut().filter(|p| p.pid.is_none() && shared.contains(&p.name)) {
            process.identity_unknown = true;
        }
    }
}

fn as_pid(value: f64) -> Option<u32> {
    (0.0..=f64::from(u32::MAX)).contains(&value).then_some(value as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 134_000_000_000_000_000;

    fn moment(sample: usize) -> ZonedTime {
        ZonedTime { utc: FileTime(START + sample as i64 * 3_000_000_000), offset_minutes: 0 }
    }

    /// Tracks samples of (instance, pid, seconds alive, handles).
    fn track(samples: &[&[(&str, f64, f64, f64)]]) -> Tracker {
        let mut tracker = Tracker::default();
        for (number, sample) in samples.iter().enumerate() {
            for (name, pid, alive, handles) in *sample {
                let at = tracker.instance(&Arc::from(*name), Naming::Numbered);
                tracker.value(at, ProcessField::IdProcess, *pid);
                tracker.value(at, ProcessField::ElapsedTime, *alive);
                tracker.value(at, ProcessField::HandleCount, *handles);
            }
            tracker.end_sample(number, moment(number));
        }
        tracker
    }

    fn handles(process: &Process) -> Vec<f64> {
        process.series.handles.iter().map(|(_, v)| v).collect()
    }

    #[test]
    fn a_process_keeps_its_history_when_its_number_changes() {
        let tracker = track(&[
            &[("w3wp", 10.0, 100.0, 5.0), ("w3wp#1", 20.0, 50.0, 7.0), ("_Total", 0.0, 0.0, 12.0)],
            &[("w3wp", 20.0, 350.0, 8.0), ("_Total", 0.0, 0.0, 8.0)],
            &[("w3wp", 20.0, 650.0, 9.0), ("w3wp#1", 30.0, 10.0, 1.0)],
        ]);
        assert_eq!(tracker.processes.len(), 3);
        let leaker = tracker.processes.iter().find(|p| p.pid == Some(20)).unwrap();
        assert_eq!(handles(leaker), [7.0, 8.0, 9.0]);
        assert_eq!(tracker.total.handles.iter().map(|(_, v)| v).collect::<Vec<_>>(), [12.0, 8.0]);
        assert!(tracker.has_ids && !leaker.identity_unknown);
    }

    #[test]
    fn an_id_used_again_is_another_process() {
        let tracker = track(&[
            &[("app", 10.0, 5000.0, 5.0)],
            &[("app", 10.0, 5300.0, 6.0)],
            &[("app", 10.0, 60.0, 1.0)],
            &[("other", 10.0, 10.0, 2.0), ("Idle", 0.0, 9000.0, 0.0)],
        ]);
        let all: Vec<_> = tracker.processes.iter().map(|p| (&*p.name, handles(p))).collect();
        assert_eq!(all, [("app", vec![5.0, 6.0]), ("app", vec![1.0]), ("other", vec![2.0])]);
    }

    #[test]
    fn a_rough_elapsed_time_splits_no_process() {
        // Rounded by a spreadsheet: two digits of a month.
        let tracker =
            track(&[&[("app", 10.0, 2.2e6, 5.0)], &[("app", 10.0, 2.2e6, 6.0)], &[("app", 10.0, 2.3e6, 7.0)]]);
        assert_eq!(handles(&tracker.processes[0]), [5.0, 6.0, 7.0]);
    }

    #[test]
    fn without_ids_numbered_names_are_only_places() {
        let mut tracker = Tracker::default();
        for name in ["svchost", "svchost#1", "lsass"] {
            let at = tracker.instance(&Arc::from(name), Naming::Numbered);
            tracker.value(at, ProcessField::HandleCount, 1.0);
        }
        tracker.end_sample(0, moment(0));
        tracker.end();
        let places: Vec<_> = tracker.processes.iter().map(|p| p.identity_unknown).collect();
        assert_eq!(places, [true, true, false]);
    }

    #[test]
    fn process_v2_names_carry_the_id() {
        let mut tracker = Tracker::default();
        let at = tracker.instance(&Arc::from("svchost:1234"), Naming::WithId);
        tracker.value(at, ProcessField::HandleCount, 1.0);
        tracker.end_sample(0, moment(0));
        assert_eq!((&*tracker.processes[0].name, tracker.processes[0].pid), ("svchost", Some(1234)));
    }
}
