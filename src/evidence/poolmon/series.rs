//! The order of snapshots in time.

use chrono::NaiveDateTime;

use super::PoolSnapshot;
use crate::base::time::Timestamp;

/// How the order of snapshots is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordering {
    /// By the times in the files or their names.
    Times,
    /// By the last write times of the files.
    Modified,
    /// By the numbers in the file names.
    Numbers,
    /// By their order in the file.
    File,
    /// By the number of allocations, which only rises after boot.
    Allocations,
    /// There is only one snapshot.
    Single,
}

impl Ordering {
    /// Whether snapshots have times.
    #[must_use]
    pub fn has_times(self) -> bool {
        matches!(self, Self::Times | Self::Modified)
    }
}

/// Snapshots that could not be used, or whose order is in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotNote {
    /// Snapshots without a time were ignored because the others are ordered by time.
    Undated {
        /// Number of ignored snapshots.
        undated: usize,
        /// Number of all snapshots.
        all: usize,
    },
    /// Allocations show that the machine restarted between snapshots; only those between two restarts are used.
    Restarted {
        /// Number of used snapshots.
        used: usize,
        /// Number of all snapshots.
        all: usize,
    },
    /// Numbers in the file names contradict the allocations: the files may be from several runs.
    NumbersContradictCounts,
}

/// A snapshot with its UTC time, if known.
pub type TimedSnapshot = (Option<NaiveDateTime>, PoolSnapshot);

/// Snapshots of one boot, in order.
#[derive(Clone, Debug)]
pub struct Ordered {
    /// Snapshots with their times.
    pub snapshots: Vec<TimedSnapshot>,
    /// How the order is known.
    pub ordering: Ordering,
    /// What was ignored or is in doubt.
    pub notes: Vec<SnapshotNote>,
}

/// Sorts snapshots and keeps those of one boot, because every boot resets all counts.
///
/// `offset` returns the minutes by which the machine's clock was ahead of UTC at a local time. `log` is the time range
/// of the machine's counter logs, which checks times of files: copies have the time of copying.
#[must_use]
pub fn in_order(
    snapshots: Vec<PoolSnapshot>,
    offset: &dyn Fn(NaiveDateTime) -> i16,
    log: Option<(NaiveDateTime, NaiveDateTime)>,
) -> Ordered {
    let utc = |stamp: Timestamp| match stamp {
        Timestamp::Utc(time) => time,
        Timestamp::Local(time) => stamp.utc(offset(time)),
    };
    let mut notes = Vec::new();
    let all = snapshots.len();
    let timed = snapshots.iter().filter(|s| s.time.is_some()).count();
    // One date among many numbered files is weaker evidence than the numbers.
    let by_time = timed > 0 && (timed * 2 >= all || snapshots.iter().any(|s| s.number.is_none()));
    let (ordering, mut ordered): (Ordering, Vec<TimedSnapshot>) = if by_time {
        let (with, without): (Vec<_>, Vec<_>) = snapshots.into_iter().partition(|s| s.time.is_some());
        if !without.is_empty() {
            notes.push(SnapshotNote::Undated { undated: without.len(), all });
        }
        let mut with: Vec<_> = with.into_iter().map(|s| (s.time.map(utc), s)).collect();
        with.sort_by_key(|(time, _)| *time);
        (Ordering::Times, with)
    } else if all <= 1 {
        (Ordering::Single, snapshots.into_iter().map(|s| (None, s)).collect())
    } else {
        untimed(snapshots, log, &utc, &mut notes)
    };
    let ordering = if ordered.len() == 1 && ordering != Ordering::Times { Ordering::Single } else { ordering };
    let mut bounds: Vec<usize> =
        (1..ordered.len()).filter(|at| restarted(&ordered[at - 1].1, &ordered[*at].1)).collect();
    if !bounds.is_empty() {
        bounds.insert(0, 0);
        bounds.push(ordered.len());
        // The longest range shows most; of equal ones use the later.
        let longest = bounds.windows(2).map(|w| (w[1] - w[0], w[0], w[1])).max();
        let (_, from, to) = longest.unwrap_or((0, 0, ordered.len()));
        notes.push(SnapshotNote::Restarted { used: to - from, all: ordered.len() });
        ordered.truncate(to);
        ordered.drain(..from);
    }
    Ordered { snapshots: ordered, ordering, notes }
}

/// Order without times in the snapshots: by the files' times if plausible, else by number, else by allocations.
fn untimed(
    mut snapshots: Vec<PoolSnapshot>,
    log: Option<(NaiveDateTime, NaiveDateTime)>,
    utc: &dyn Fn(Timestamp) -> NaiveDateTime,
    notes: &mut Vec<SnapshotNote>,
) -> (Ordering, Vec<TimedSnapshot>) {
    let numbered = snapshots.iter().all(|s| s.number.is_some());
    let mut numbers: Vec<u64> = snapshots.iter().filter_map(|s| s.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    // Snapshots of one file all have its number; a stable sort keeps their order.
    let by_number = numbered && numbers.len() > 1;
    if by_number {
        snapshots.sort_by_key(|s| s.number);
    }
    if let Some(timed) = by_modified(&snapshots, log, utc) {
        return (Ordering::Modified, timed);
    }
    if by_number {
        if (1..snapshots.len()).any(|at| older(&snapshots[at - 1], &snapshots[at])) {
            notes.push(SnapshotNote::NumbersContradictCounts);
        }
        return (Ordering::Numbers, snapshots.into_iter().map(|s| (None, s)).collect());
    }
    // Snapshots of one file keep their order, which can show a restart.
    let mut files: Vec<Vec<PoolSnapshot>> = Vec::new();
    snapshots.sort_by_key(|s| s.file);
    for snapshot in snapshots {
        match files.last_mut().filter(|file| file.last().is_some_and(|last| last.file == snapshot.file)) {
            Some(file) => file.push(snapshot),
            None => files.push(vec![snapshot]),
        }
    }
    let ordering = if files.len() == 1 { Ordering::File } else { Ordering::Allocations };
    files.sort_by_key(|file| file.first().map_or(0, total_allocs));
    (ordering, files.into_iter().flatten().map(|s| (None, s)).collect())
}

/// Order by the last write times of the files, if these are plausible.
fn by_modified(
    snapshots: &[PoolSnapshot],
    log: Option<(NaiveDateTime, NaiveDateTime)>,
    utc: &dyn Fn(Timestamp) -> NaiveDateTime,
) -> Option<Vec<TimedSnapshot>> {
    let modified = snapshots.iter().map(|s| s.modified.map(utc)).collect::<Option<Vec<NaiveDateTime>>>()?;
    let mut timed: Vec<(NaiveDateTime, &PoolSnapshot)> = modified.into_iter().zip(snapshots).collect();
    timed.sort_by_key(|(time, _)| *time);
    let gaps: Vec<i64> = timed.windows(2).map(|w| (w[1].0 - w[0].0).num_seconds()).collect();
    // Files that were copied or unpacked are seconds apart.
    let spread =
        gaps.iter().all(|gap| *gap > 0) && gaps.iter().filter(|gap| **gap >= TAKEN_APART).count() * 2 > gaps.len();
    let within = log.is_some_and(|(first, last)| timed.iter().all(|(t, _)| *t >= first - DAY && *t <= last + DAY));
    // If the allocations rise with them, they are correct.
    let counted = timed.windows(2).all(|w| {
        let (fewer, more) = moved(w[0].1, w[1].1);
        more > fewer
    });
    (spread && (within || counted)).then(|| timed.into_iter().map(|(time, s)| (Some(time), s.clone())).collect())
}

/// Minimum time between snapshots, seconds.
const TAKEN_APART: i64 = 60;
/// Snapshots up to a day before or after the log belong to it.
const DAY: chrono::TimeDelta = chrono::TimeDelta::days(1);

fn total_allocs(snapshot: &PoolSnapshot) -> u64 {
    snapshot.tags.iter().filter_map(|t| t.allocs).fold(0, u64::saturating_add)
}

/// Number of tags with fewer allocations than in another snapshot, and with more; tags that hardly change are ignored.
fn moved(before: &PoolSnapshot, after: &PoolSnapshot) -> (usize, usize) {
    let mut counts = (0, 0);
    for (now, old) in after.tags.iter().filter_map(|now| Some((now, before.find(now.pool, now.tag)?))) {
        let (Some(now), Some(old)) = (now.allocs, old.allocs) else { continue };
        // Reloading a driver also resets its tags, and 32-bit counts wrap; a boot resets nearly all.
        match now.cmp(&old) {
            std::cmp::Ordering::Less => counts.0 += 1,
            std::cmp::Ordering::Greater => counts.1 += 1,
            std::cmp::Ordering::Equal => {}
        }
    }
    counts
}

/// Whether a boot is between two snapshots: most tags that changed have fewer allocations than before.
fn restarted(before: &PoolSnapshot, after: &PoolSnapshot) -> bool {
    let (fewer, more) = moved(before, after);
    fewer >= 3 && fewer > 2 * more
}

/// Whether the second is older, by its allocations.
fn older(before: &PoolSnapshot, after: &PoolSnapshot) -> bool {
    restarted(before, after) && total_allocs(after) > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Pool, SnapshotPlace};
    use crate::evidence::poolmon::{SnapshotSource, TagUse};
    use crate::evidence::tag::Tag;

    fn snapshot(number: Option<u64>, minute: Option<u32>, allocs: u64) -> PoolSnapshot {
        let mut snapshot = PoolSnapshot::new(SnapshotSource::PoolMon, SnapshotPlace::Unknown);
        snapshot.number = number;
        snapshot.file = allocs as usize;
        let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 3).unwrap();
        snapshot.time = minute.map(|m| Timestamp::Local(day.and_hms_opt(2, m, 0).unwrap()));
        for tag in [*b"AAAA", *b"BBBB", *b"CCCC", *b"DDDD"] {
            snapshot.tags.push(TagUse {
                tag: Tag(tag),
                pool: Pool::Nonpaged,
                allocs: Some(allocs),
                frees: Some(0),
                outstanding: allocs,
                bytes: 100 * allocs,
            });
        }
        snapshot
    }

    fn order(snapshots: Vec<PoolSnapshot>) -> (Ordering, Vec<u64>, usize) {
        let ordered = in_order(snapshots, &|_| 60, None);
        let allocs = ordered.snapshots.iter().map(|(_, s)| s.tags[0].allocs.unwrap()).collect();
        (ordered.ordering, allocs, ordered.notes.len())
    }

    #[test]
    fn by_times_numbers_or_counts() {
        let timed = vec![snapshot(None, Some(40), 20), snapshot(None, Some(10), 10), snapshot(None, None, 15)];
        assert_eq!(order(timed), (Ordering::Times, vec![10, 20], 1));
        let numbered = (1..=12).rev().map(|n| snapshot(Some(n), None, 10 * n)).collect();
        assert_eq!(order(numbered).1[..3], [10, 20, 30], "12 comes after 2");
        let bare = vec![snapshot(None, None, 30), snapshot(None, None, 10)];
        assert_eq!(order(bare), (Ordering::Allocations, vec![10, 30], 0));
        assert_eq!(order(vec![snapshot(None, None, 30)]).0, Ordering::Single);
    }

    #[test]
    fn a_boot_begins_anew() {
        let (_, allocs, notes) = order(vec![
            snapshot(None, Some(10), 900),
            snapshot(None, Some(20), 950),
            snapshot(None, Some(30), 20),
            snapshot(None, Some(40), 40),
        ]);
        assert_eq!((allocs, notes), (vec![20, 40], 1));
    }

    #[test]
    fn times_of_files_are_believed_where_they_fit() {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 3).unwrap();
        let at = |hour| day.and_hms_opt(hour, 0, 0).unwrap();
        let of = |number: u64, hour: u32, allocs: u64| {
            let mut s = snapshot(Some(number), None, allocs);
            s.modified = Some(Timestamp::Utc(at(hour)));
            s
        };
        let run = |snapshots: Vec<PoolSnapshot>, log| {
            let ordered = in_order(snapshots, &|_| 0, log);
            (ordered.ordering, ordered.snapshots.len())
        };
        // A loop that runs twice overwrites the first numbers: the times are correct, and the counts confirm them.
        let twice = || vec![of(1, 5, 50), of(2, 6, 60), of(3, 3, 30), of(4, 4, 40)];
        assert_eq!(run(twice(), None), (Ordering::Modified, 4));
        // Times that the counts contradict are those of copies, but within the log they may still be correct.
        let copied = || vec![of(1, 4, 10), of(2, 3, 20)];
        assert_eq!(run(copied(), None).0, Ordering::Numbers);
        assert_eq!(run(copied(), Some((at(0) - DAY * 9, at(1) - DAY * 8))).0, Ordering::Numbers);
    }
}
