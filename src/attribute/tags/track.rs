//! One tag over a series of snapshots.

use std::collections::BTreeMap;

use super::Timed;
use crate::base::Pool;
use crate::evidence::Tag;
use crate::evidence::poolmon::TagUse;
use crate::stats::{correlation, mann_kendall, sen};

/// A tag that has released a larger share than this since its peak follows load.
const COMES_DOWN: f64 = 0.2;
/// Two tags are allocated together, once per object, if their allocations rise by a whole multiple of each other's,
/// within this tolerance, …
const IN_STEP: f64 = 0.03;
/// … and by at least this many.
const IN_STEP_ALLOCATIONS: u64 = 500;
/// From this many snapshots on, compare the steps too: five correlate to 0.95 by chance once in 70.
const CORRELATED_STEPS: usize = 5;
const CORRELATED: f64 = 0.95;

/// Ratios of objects that are allocated together: up to three, such as a request and its buffers. Larger ratios fit any
/// count by chance.
const WHOLE_MULTIPLES: [f64; 5] = [1.0 / 3.0, 0.5, 1.0, 2.0, 3.0];
/// Maximum number of tags named as rising with another: more add nothing.
const MOST_IN_STEP: usize = 8;
/// With fewer new allocations than this, the freed share is random.
const FEWEST_ALLOCATED: u64 = 10;
/// Restore the high bits of a byte count only if its mean allocation then stays the same, within this share: a tag's
/// mean changes little, and a missing 2^32 changes it far more.
const SAME_MEAN: f64 = 0.1;

/// From this many snapshots on, growth is the slope through all of them; with fewer, the last less the first.
const FITTED: usize = 5;
/// Maximum number of points to fit: the fit compares all pairs.
const MOST_FITTED: usize = 80;
/// A rise over five or more snapshots comes by chance once in 100 (Mann-Kendall, one-sided).
const RISES: f64 = 2.3;
/// The highest score that five snapshots can reach if every step rises.
const RISES_IN_FIVE: f64 = 2.2;

/// Gain of a series by the slope through all of it, and whether it rises by more than chance. `times` are hours, or
/// snapshot numbers.
pub fn growth(times: &[f64], values: &[f64]) -> (f64, bool) {
    let (Some(first), Some(last)) = (values.first(), values.last()) else { return (0.0, false) };
    let n = values.len();
    if n < FITTED {
        let falls = values.windows(2).map(|w| (w[0] - w[1]).max(0.0)).fold(0.0, f64::max);
        return (last - first, last > first && falls <= COMES_DOWN * (last - first));
    }
    let step = n.div_ceil(MOST_FITTED);
    let thin = |of: &[f64]| -> Vec<f64> {
        of.iter().rev().step_by(step).copied().collect::<Vec<_>>().into_iter().rev().collect()
    };
    let (times, values) = (thin(times), thin(values));
    let span = times.last().unwrap_or(&0.0) - times.first().unwrap_or(&0.0);
    let slope = sen(&times, &values).map_or(0.0, |sen| sen.slope);
    let needed = if values.len() == FITTED { RISES_IN_FIVE } else { RISES };
    (slope * span, slope > 0.0 && mann_kendall(&values).z >= needed)
}

pub struct Track {
    /// Bytes gained, by the slope through all snapshots if there are enough.
    pub gain: f64,
    /// Whether it rises by more than chance.
    pub rises: bool,
    pub tag: Tag,
    /// Snapshot index, outstanding allocations, bytes.
    pub points: Vec<(usize, u64, u64)>,
    /// Allocations and frees since boot, in the first and the last snapshot.
    pub counts: Option<((u64, u64), (u64, u64))>,
    /// Whether bytes beyond 32 bits were added back.
    pub made_whole: bool,
}

impl Track {
    /// Bytes in the first snapshot.
    pub fn first(&self) -> f64 {
        self.points.first().map_or(0.0, |p| p.2 as f64)
    }

    /// Bytes in the last snapshot.
    pub fn last(&self) -> f64 {
        self.points.last().map_or(0.0, |p| p.2 as f64)
    }

    /// Number of allocations gained.
    pub fn gained_allocations(&self) -> u64 {
        let of = |point: Option<&(usize, u64, u64)>| point.map_or(0, |p| p.1);
        of(self.points.last()).saturating_sub(of(self.points.first()))
    }

    /// Number of rising steps, and of all steps.
    pub fn steps(&self) -> (usize, usize) {
        (self.points.windows(2).filter(|w| w[1].2 > w[0].2).count(), self.points.len().saturating_sub(1))
    }

    /// Whether the tag released much of its gain.
    pub fn comes_down(&self) -> bool {
        let peak = self.points.iter().map(|p| p.2).max().unwrap_or(0) as f64;
        peak - self.last() > COMES_DOWN * (peak - self.first())
    }

    /// Share of the new allocations that were freed, 0 to 1; `None` if not counted.
    pub fn freed(&self) -> Option<f64> {
        let ((allocs, frees), (allocs_now, frees_now)) = self.counts?;
        let (allocated, freed) = (allocs_now.checked_sub(allocs)?, frees_now.checked_sub(frees)?);
        (allocated >= FEWEST_ALLOCATED && freed <= allocated).then(|| freed as f64 / allocated as f64)
    }

    /// Restores the high bits of 32-bit counts that wrapped while allocations rose.
    fn make_whole(&mut self) {
        const WRAP: f64 = 4_294_967_296.0;
        for at in 1..self.points.len() {
            let (before, now) = (self.points[at - 1], self.points[at]);
            if now.1 <= before.1 || now.2 >= before.2 || before.1 == 0 {
                continue;
            }
            let expected = before.2 as f64 / before.1 as f64 * now.1 as f64;
            let wraps = ((expected - now.2 as f64) / WRAP).round();
            let whole = now.2 as f64 + wraps * WRAP;
            if wraps >= 1.0 && (whole - expected).abs() < SAME_MEAN * expected {
                self.points[at].2 = whole as u64;
                self.made_whole = true;
            }
        }
    }

    fn changes(&self) -> Vec<f64> {
        self.points.windows(2).map(|w| w[1].1 as f64 - w[0].1 as f64).collect()
    }
}

/// Each tag over the snapshots that cover it. A tag that a complete snapshot does not list counts as 0.
pub fn tracks(pool: Pool, used: &[&Timed]) -> Vec<Track> {
    let times = times(used);
    let mut by_tag: BTreeMap<Tag, Track> = BTreeMap::new();
    for (number, (_, snapshot)) in used.iter().enumerate() {
        for TagUse { tag, outstanding, bytes, allocs, frees, .. } in snapshot.tags.iter().filter(|t| t.pool == pool) {
            let empty =
                || Track { gain: 0.0, rises: false, tag: *tag, points: Vec::new(), counts: None, made_whole: false };
            let track = by_tag.entry(*tag).or_insert_with(empty);
            let missed = track.points.last().map_or(0, |p| p.0 + 1)..number;
            let whole =
                |at: &usize| used.get(*at).is_some_and(|(_, s)| !s.partial && s.tags.iter().any(|t| t.pool == pool));
            track.points.extend(missed.filter(whole).map(|at| (at, 0, 0)));
            track.points.push((number, *outstanding, *bytes));
            if let Some(now) = allocs.zip(*frees) {
                track.counts = Some((track.counts.map_or(now, |(first, _)| first), now));
            }
        }
    }
    let mut tracks: Vec<Track> = by_tag.into_values().filter(|t| t.points.len() >= 2).collect();
    for track in &mut tracks {
        track.make_whole();
        let times: Vec<f64> = track.points.iter().map(|p| times.get(p.0).copied().unwrap_or(p.0 as f64)).collect();
        let bytes: Vec<f64> = track.points.iter().map(|p| p.2 as f64).collect();
        (track.gain, track.rises) = growth(&times, &bytes);
    }
    tracks
}

/// Times of the snapshots in hours; their numbers if a time is missing.
pub fn times(used: &[&Timed]) -> Vec<f64> {
    let hours: Option<Vec<f64>> = used.iter().map(|(hours, _)| *hours).collect();
    hours.unwrap_or_else(|| (0..used.len()).map(|n| n as f64).collect())
}

/// Tags that rise together with another: they have one cause.
pub fn in_step<'t>(tracks: &'t [Track], lead: &Track, snapshots: usize) -> Vec<&'t Track> {
    let gained = lead.gained_allocations();
    if gained < IN_STEP_ALLOCATIONS {
        return Vec::new();
    }
    let own = lead.changes();
    let together = |track: &&Track| {
        let ratio = track.gained_allocations() as f64 / gained as f64;
        let whole = WHOLE_MULTIPLES.into_iter().any(|w| (ratio / w - 1.0).abs() <= IN_STEP);
        let other = track.changes();
        let moves = snapshots < CORRELATED_STEPS
            || (other.len() == own.len() && correlation(&own, &other).is_none_or(|r| r >= CORRELATED));
        !std::ptr::eq(*track, lead) && track.gained_allocations() >= IN_STEP_ALLOCATIONS && whole && moves
    };
    tracks.iter().filter(together).take(MOST_IN_STEP).collect()
}
