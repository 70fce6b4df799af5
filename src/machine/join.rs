//! Joins several segments of one machine into one history.

use std::collections::HashMap;
use std::sync::Arc;

use super::history::Machine;
use super::process::{Process, ProcessSeries, Tracker};
use super::segment::{LogSegment, UNNAMED};
use crate::base::time::{TICKS_PER_SECOND, ZonedTime};

/// Two samples closer than this are one sample in two logs, such as a .blg and a CSV converted from it: no collector
/// samples more often than once a second.
const SAME_SAMPLE: i64 = TICKS_PER_SECOND / 2;

/// Joins segments of one machine. If two contain the same sample, the earlier segment's values are kept and the later
/// one adds missing values.
pub fn join(mut segments: Vec<LogSegment>) -> Machine {
    segments.sort_by_key(|r| (r.times.first().copied(), r.times.len()));
    if segments.len() == 1
        && let Some(only) = segments.pop()
    {
        let tracker = best(only.processes, only.processes_v2);
        return Machine {
            name: only.machine,
            times: only.times.to_vec(),
            store: only.store,
            has_process_ids: tracker.has_ids,
            lists_all_processes: tracker.lists_all,
            processes: tracker.processes,
            process_total: tracker.total,
            ..Machine::default()
        };
    }
    let mut machine = Machine { name: name(&segments), ..Machine::default() };
    machine.times = merge_times(&segments);
    let mut open: HashMap<(Option<u32>, Arc<str>), Vec<usize>> = HashMap::new();
    for segment in segments {
        let places = places(&segment.times, &machine.times);
        machine.store.merge(segment.store, &places);
        let tracker = best(segment.processes, segment.processes_v2);
        machine.has_process_ids |= tracker.has_ids;
        machine.lists_all_processes |= tracker.lists_all;
        machine.process_total.merge(&tracker.total, &places);
        for process in tracker.processes {
            let name = if process.pid.is_some() { &process.name } else { &process.full_name };
            let known = open.entry((process.pid, name.clone())).or_default();
            let same = |at: &&usize| process.identity_unknown || machine.processes[**at].goes_on_as(process.started);
            let at = known.iter().find(same).copied().unwrap_or_else(|| {
                machine.processes.push(Process { series: ProcessSeries::default(), ..process.clone() });
                known.push(machine.processes.len() - 1);
                machine.processes.len() - 1
            });
            machine.processes[at].last_seen = machine.processes[at].last_seen.max(process.last_seen);
            machine.processes[at].series.merge(&process.series, &places);
        }
    }
    machine
}

/// `Process V2` names processes with their ids; if a log contains it, `Process` is not needed.
fn best(classic: Tracker, v2: Tracker) -> Tracker {
    if v2.processes.is_empty() { classic } else { v2 }
}

fn name(segments: &[LogSegment]) -> String {
    segments.first().map_or_else(|| UNNAMED.to_owned(), |r| r.machine.clone())
}

fn merge_times(segments: &[LogSegment]) -> Vec<ZonedTime> {
    let mut times: Vec<ZonedTime> = segments.iter().flat_map(|r| r.times.iter().copied()).collect();
    times.sort_unstable();
    times.dedup_by(|later, earlier| later.utc.0 - earlier.utc.0 < SAME_SAMPLE);
    times
}

/// Index of each of a segment's samples in the joined times.
fn places(own: &[ZonedTime], joined: &[ZonedTime]) -> Vec<usize> {
    own.iter().map(|time| joined.partition_point(|t| t.utc.0 <= time.utc.0).saturating_sub(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::FileTime;
    use crate::counters::{MemoryCounter, ProcessField};
    use crate::machine::process::Naming;
    use crate::machine::series::Series;
    use crate::machine::store::{Part, Step};

    const POOL: MemoryCounter = MemoryCounter::PoolNonpagedBytes;

    fn segment(minutes: &[i64], first_value: f64, pid: f64, started: i64) -> LogSegment {
        let mut r = LogSegment { machine: "SRV".into(), ..LogSegment::default() };
        let mut times = Vec::new();
        for (sample, minute) in minutes.iter().enumerate() {
            let time = ZonedTime { utc: FileTime(130_000_000_000_000_000 + minute * 600_000_000), offset_minutes: 0 };
            times.push(time);
            let place = r.store.place(POOL.into(), Part::Whole);
            r.store.take(place, Step::Push, sample, first_value + sample as f64);
            let at = r.processes.instance("app", Naming::Numbered);
            r.processes.value(at, ProcessField::IdProcess, pid);
            r.processes.value(at, ProcessField::ElapsedTime, (minute - started) as f64 * 60.0);
            r.processes.value(at, ProcessField::HandleCount, *minute as f64);
            r.processes.end_sample(sample, time);
        }
        r.times = times.into();
        r
    }

    fn values(series: &Series) -> Vec<f64> {
        series.iter().map(|(_, v)| v).collect()
    }

    #[test]
    fn files_in_any_order_become_one_history() {
        let m = join(vec![segment(&[30, 40], 50.0, 7.0, -10), segment(&[0, 10], 10.0, 7.0, -10)]);
        assert_eq!(m.times.len(), 4);
        assert_eq!(values(m.store.get(POOL)), [10.0, 11.0, 50.0, 51.0]);
        assert_eq!(m.processes.len(), 1, "the same process in both files");
        assert_eq!(values(&m.processes[0].series.handles), [0.0, 10.0, 30.0, 40.0]);
    }

    #[test]
    fn overlapping_files_are_not_counted_twice() {
        let m = join(vec![segment(&[0, 10, 20], 10.0, 7.0, -10), segment(&[10, 20, 30], 90.0, 7.0, -10)]);
        assert_eq!(values(m.store.get(POOL)), [10.0, 11.0, 12.0, 92.0]);
        assert_eq!(values(&m.processes[0].series.handles), [0.0, 10.0, 20.0, 30.0]);
    }

    #[test]
    fn an_id_used_again_after_a_restart_is_another_process() {
        let m = join(vec![segment(&[0, 10], 10.0, 7.0, -10), segment(&[60, 70], 10.0, 7.0, 55)]);
        assert_eq!(m.processes.len(), 2);
    }
}
