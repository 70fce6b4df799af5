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
/// Samples of several logs of one time may differ by this much and count as one: collectors that are started one after
/// another sample some seconds apart. Limited to half the interval.
const MOST_APART: i64 = 10 * TICKS_PER_SECOND;

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
    let (times, assigned) = merge_times(&segments);
    machine.times = times;
    let mut open: HashMap<(Option<u32>, Arc<str>), Vec<usize>> = HashMap::new();
    for (segment, own) in segments.into_iter().zip(assigned) {
        let places = places(&own, &machine.times);
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

/// The joined times, and by segment the one of each of its samples.
fn merge_times(segments: &[LogSegment]) -> (Vec<ZonedTime>, Vec<Vec<ZonedTime>>) {
    let shortest = segments.iter().filter_map(|segment| interval(&segment.times)).min();
    let most_apart = shortest.map_or(SAME_SAMPLE, |interval| (interval / 2).clamp(SAME_SAMPLE, MOST_APART));
    let mut joined: Vec<ZonedTime> = Vec::new();
    let mut assigned = Vec::new();
    for segment in segments {
        let own = assign(&segment.times, &joined, most_apart);
        let mut new: Vec<ZonedTime> =
            own.iter().zip(segment.times.iter()).filter(|(a, b)| a == b).map(|(a, _)| *a).collect();
        new.retain(|time| joined.binary_search_by_key(&time.utc, |other| other.utc).is_err());
        assigned.push(own);
        let is_later = joined.last().zip(new.first()).is_none_or(|(last, first)| last.utc < first.utc);
        joined.append(&mut new);
        if !is_later {
            joined.sort();
        }
    }
    joined.dedup_by_key(|time| time.utc);
    (joined, assigned)
}

/// For each sample of a log its time in the joined log: that of the nearest sample there, if it is close and nearer than
/// to any other sample of this log; else its own. The order stays.
fn assign(times: &[ZonedTime], joined: &[ZonedTime], most_apart: i64) -> Vec<ZonedTime> {
    let apart = |a: &ZonedTime, b: &ZonedTime| a.utc.0.saturating_sub(b.utc.0).saturating_abs();
    let mut own: Vec<ZonedTime> = Vec::with_capacity(times.len());
    for (number, time) in times.iter().enumerate() {
        let before = number.checked_sub(1).map(|before| (times[before], own[before]));
        if let Some((previous, assigned)) = before
            && apart(&previous, time) < SAME_SAMPLE
        {
            own.push(assigned);
            continue;
        }
        let after = joined.partition_point(|other| other.utc <= time.utc);
        let near = &joined[after.saturating_sub(1)..joined.len().min(after + 1)];
        let nearest = near.iter().min_by_key(|other| apart(other, time)).filter(|other| {
            let distance = apart(other, time);
            let is_nearest_of = |neighbour: Option<&ZonedTime>| neighbour.is_none_or(|n| apart(n, other) > distance);
            distance < most_apart
                && is_nearest_of(number.checked_sub(1).map(|at| &times[at]))
                && is_nearest_of(times.get(number + 1))
        });
        own.push(nearest.copied().unwrap_or(*time));
    }
    own
}

/// The median step between samples, ticks.
fn interval(times: &[ZonedTime]) -> Option<i64> {
    let mut steps: Vec<i64> = times.windows(2).map(|pair| pair[1].utc.0.saturating_sub(pair[0].utc.0)).collect();
    steps.retain(|step| *step > 0);
    let middle = steps.len() / 2;
    (!steps.is_empty()).then(|| *steps.select_nth_unstable(middle).1)
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
            let at = r.processes.instance(&"app".into(), Naming::Numbered);
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
    fn logs_whose_clocks_differ_by_seconds_keep_their_samples_and_interval() {
        let second = |n: i64| ZonedTime {
            utc: FileTime(130_000_000_000_000_000 + n * TICKS_PER_SECOND / 10),
            offset_minutes: 0,
        };
        let log = |offset: i64| {
            let times: Vec<ZonedTime> = (0..120).map(|n| second(50 * n + offset)).collect();
            let mut segment = LogSegment { machine: "SRV".into(), ..LogSegment::default() };
            segment.times = times.into();
            segment
        };
        let (joined, assigned) = merge_times(&[log(0), log(3), log(21), log(40)]);
        assert_eq!(joined.len(), 121, "the last log is a second before the next sample");
        assert_eq!(interval(&joined), Some(5 * TICKS_PER_SECOND));
        for own in assigned {
            assert!(own.len() == 120 && own.windows(2).all(|pair| pair[0].utc < pair[1].utc));
        }
        // One log goes on where another ends.
        let (joined, _) = merge_times(&[log(0), log(50 * 120 + 30)]);
        assert_eq!(joined.len(), 240);
    }

    proptest::proptest! {
        #[test]
        fn joined_samples_keep_their_order_and_number(
            first in proptest::collection::vec(1_i64..4000, 1..60),
            second in proptest::collection::vec(1_i64..4000, 1..60),
            from in 0_i64..2000,
        ) {
            let log = |steps: &[i64], from: i64| {
                let mut at = 130_000_000_000_000_000 + from * TICKS_PER_SECOND / 10;
                let next = |step: &i64| {
                    at += SAME_SAMPLE + step * TICKS_PER_SECOND / 100;
                    ZonedTime { utc: FileTime(at), offset_minutes: 0 }
                };
                let times: Vec<ZonedTime> = steps.iter().map(next).collect();
                LogSegment { machine: "SRV".into(), times: times.into(), ..LogSegment::default() }
            };
            let (joined, assigned) = merge_times(&[log(&first, 0), log(&second, from)]);
            proptest::prop_assert!(joined.windows(2).all(|pair| pair[0].utc < pair[1].utc));
            for (own, steps) in assigned.iter().zip([&first, &second]) {
                proptest::prop_assert_eq!(own.len(), steps.len());
                proptest::prop_assert!(own.windows(2).all(|pair| pair[0].utc < pair[1].utc), "{:?}", own);
                proptest::prop_assert!(own.iter().all(|time| joined.binary_search_by_key(&time.utc, |t| t.utc).is_ok()));
            }
        }
    }

    #[test]
    fn an_id_used_again_after_a_restart_is_another_process() {
        let m = join(vec![segment(&[0, 10], 10.0, 7.0, -10), segment(&[60, 70], 10.0, 7.0, 55)]);
        assert_eq!(m.processes.len(), 2);
    }
}
