//! Several snapshots: which tags grew, and whether their growth matches the log.

use super::lead::Seen;
use super::track::{self, Track, growth, in_step, times, tracks};
use super::{Grown, TagDisagreement, TagReason, Tags, Taken, Timed, owners};
use crate::attribute::suspect::{Basis, Suspect, TagGrowth, two_digits};
use crate::base::Pool;
use crate::case::Case;
use crate::detect::Trend;
use crate::evidence::Tag;
use crate::evidence::poolmon::SnapshotSource;

/// A tag with a smaller share of the growth is not suspected: a busy pool varies by as much.
pub const SUSPICIOUS_SHARE: f64 = 0.1;
/// Maximum number of tags in the list.
const MOST_TAGS: usize = 6;
/// Snapshots from other hours than the log show the same leak if their rate differs by at most this factor.
const AS_FAST: f64 = 3.0;
/// Snapshots from the hours of the leak may differ by this factor: over a few hours, load changes a leak's rate more
/// than over the whole log.
const AS_FAST_MEANWHILE: f64 = 2.0 * AS_FAST;
/// Tags that explain a smaller share of the growth leave a doubt.
const EXPLAINED: f64 = 0.5;

/// Adds the evidence of several snapshots.
pub fn several(case: &Case<'_>, pool: Pool, trend: Option<&Trend>, used: &[&Timed], tags: &mut Tags) {
    let mut tracks = tracks(pool, used);
    tracks.sort_by(|a, b| b.gain.total_cmp(&a.gain).then(a.tag.cmp(&b.tag)));
    let (Some((begin, _)), Some((end, _))) = (used.first(), used.last()) else { return };
    let span = begin.zip(*end).map(|(b, e)| e - b).filter(|hours| *hours > 0.0);
    let rising: f64 = tracks.iter().filter(|t| t.rises && !t.comes_down()).map(|t| t.gain).sum();
    let heads: Option<Vec<f64>> = used.iter().map(|(_, s)| Some(s.pool_bytes(pool)? as f64)).collect();
    let whole = heads.map(|heads| growth(&times(used), &heads).0);
    // Growth of the pool between the snapshots; the leak's rate is the best estimate if they are from the leak.
    let by_leak = trend.zip(span).map(|(trend, hours)| trend.slope * hours);
    let like_leak = |gain: f64| by_leak.is_some_and(|leak| (leak / AS_FAST..=leak * AS_FAST).contains(&gain));
    let measured = whole.filter(|w| *w > 0.0).unwrap_or(0.0).max(rising);
    let growth = by_leak.filter(|_| like_leak(rising) || like_leak(measured)).unwrap_or(measured);
    if growth <= 0.0 {
        let (sources, snapshots) = (sources(used), used.len());
        tags.reasons.push(TagReason::NothingRose { sources, snapshots, hours: span });
        return;
    }
    tags.series = Some(Grown { bytes: growth, snapshots: used.len(), hours: span });
    let suspicious = |t: &&Track| t.rises && t.gain >= SUSPICIOUS_SHARE * growth && !t.comes_down();
    let holders: Vec<&Track> = tracks.iter().filter(suspicious).take(MOST_TAGS).collect();
    let explained: f64 = holders.iter().map(|t| t.gain).sum::<f64>() / growth;
    let clock = |hours: &Option<f64>| hours.and_then(|h| case.clock(h));
    tags.reasons.push(TagReason::Grew {
        sources: sources(used),
        snapshots: used.len(),
        window: clock(begin).zip(clock(end)),
        ordering: case.evidence.ordering,
        bytes: growth,
        tags: holders.iter().map(|t| (t.tag, t.gain)).collect(),
        explained: explained.min(1.0),
    });
    if explained < EXPLAINED && !holders.is_empty() {
        tags.disagreements.push(TagDisagreement::Unexplained { explained });
    }
    let suspects: Vec<(Suspect, Tag)> =
        holders.iter().map(|track| (tag_suspect(track, growth, span, trend, used.len()), track.tag)).collect();
    tags.reasons.extend(together(pool, used, &tracks, &holders));
    if tracks.iter().any(|t| t.made_whole) {
        tags.reasons.push(TagReason::WholeBytes);
    }
    let before = tags.clone();
    owners::add(suspects, case.evidence, Seen::Growing, tags);
    // Use the measured value closest to the leak: noise moves the pool, but not the tag that leaks.
    let gained = if like_leak(rising) { rising } else { measured };
    let Some((trend, window)) = trend.zip(begin.zip(*end)) else { return };
    match against_the_leak(case, pool, trend, window, gained) {
        Against::Same => {}
        Against::SameRateElsewhere(reason) => tags.reasons.push(reason),
        Against::OtherRate { snapshots, taken } => {
            // Show the tags, but suspect none of them.
            let shown = std::mem::take(&mut tags.leads);
            *tags = Tags { series: None, ..before };
            tags.disagreements.push(TagDisagreement::OtherRate { snapshots, log: trend.slope, taken, shown });
        }
    }
}

/// Tags that rise in step with a growing tag, of either pool.
fn together(pool: Pool, used: &[&Timed], tracks: &[Track], holders: &[&Track]) -> Option<TagReason> {
    let other = match pool {
        Pool::Nonpaged => Pool::Paged,
        Pool::Paged => Pool::Nonpaged,
    };
    let others = track::tracks(other, used);
    let groups = holders.iter().map(|lead| {
        let gained = |of: Pool| move |t: &Track| (t.tag, of, t.gained_allocations());
        let own = in_step(tracks, lead, used.len()).into_iter().map(gained(pool));
        let beside = in_step(&others, lead, used.len()).into_iter().map(gained(other));
        (lead, own.chain(beside).collect::<Vec<_>>())
    });
    // The largest group; of equal groups the one of the larger tag.
    let (lead, with) = groups.rev().max_by_key(|(_, with)| with.len()).filter(|(_, with)| !with.is_empty())?;
    Some(TagReason::InStep { lead: lead.tag, allocations: lead.gained_allocations(), with, pool })
}

/// Differences between the snapshots and the leak in the log.
enum Against {
    /// They can show the same leak.
    Same,
    /// They are from another time, but grow about as fast.
    SameRateElsewhere(TagReason),
    /// They grow at another rate, bytes an hour.
    OtherRate { snapshots: f64, taken: Taken },
}

/// Whether the snapshots can show the leak in the log: if they are from another time, their rate must be about the
/// same.
fn against_the_leak(case: &Case<'_>, pool: Pool, trend: &Trend, (begin, end): (f64, f64), growth: f64) -> Against {
    if end <= begin {
        return Against::Same;
    }
    let hourly = growth / (end - begin);
    let last = case.end().unwrap_or(0.0);
    let slack = case.step().max(1.0);
    let began = if trend.began_within { trend.hours.0 } else { 0.0 };
    let other_time = begin > last + slack || end < began - slack;
    let (taken, times) =
        if other_time { (Taken::AtAnotherTime, AS_FAST) } else { (Taken::DuringTheLeak, AS_FAST_MEANWHILE) };
    if !(trend.slope / times..=trend.slope * times).contains(&hourly) {
        return Against::OtherRate { snapshots: hourly, taken };
    }
    if other_time {
        let reason = TagReason::OtherTimeSameRate { pool, snapshots: hourly, log: trend.slope };
        return Against::SameRateElsewhere(reason);
    }
    Against::Same
}

/// The sources of the snapshots, each once.
fn sources(used: &[&Timed]) -> Vec<SnapshotSource> {
    let mut sources: Vec<SnapshotSource> = used.iter().map(|(_, s)| s.taken_by).collect();
    sources.sort_unstable();
    sources.dedup();
    sources
}

/// Confidence in a tag that rises through up to this many snapshots. Two show a difference, which a busy tag makes half
/// the time; three or four show a direction; five or more are tested against chance (Mann-Kendall).
const SEEN_IN: [(usize, f64); 3] = [(2, 0.6), (4, 0.75), (7, 0.87)];
/// … and through more snapshots: only load that rises for as long remains possible.
const SEEN_OFTEN: f64 = 0.95;

/// Confidence in a tag that rises in all of this many snapshots.
fn seen_in(snapshots: usize) -> f64 {
    SEEN_IN.into_iter().find(|(most, _)| snapshots <= *most).map_or(SEEN_OFTEN, |(_, confidence)| confidence)
}

/// Factor on that for a tag that rises in no step, and for one with less than half of the growth.
const UNSTEADY: f64 = 0.6;
const LESS_THAN_HALF: f64 = 0.8;
/// A tag with half of the growth is its main cause: no other can have gained more.
const HALF: f64 = 0.5;

fn tag_suspect(track: &Track, growth: f64, span: Option<f64>, trend: Option<&Trend>, snapshots: usize) -> Suspect {
    let share = (track.gain / growth).clamp(0.0, 1.0);
    let (rising_steps, steps) = track.steps();
    let (outstanding, bytes) = track.points.last().map_or((0, 0), |p| (p.1, p.2));
    let basis = Basis::TagGrew(TagGrowth {
        from: track.first(),
        to: bytes as f64,
        snapshots: track.points.len(),
        rising_steps,
        steps,
        outstanding,
        freed: track.freed(),
        description: None,
    });
    let steady = if steps == 0 { 1.0 } else { UNSTEADY + (1.0 - UNSTEADY) * rising_steps as f64 / steps as f64 };
    let much = if share >= HALF { 1.0 } else { LESS_THAN_HALF };
    let rate = span.map(|h| track.gain / h).or_else(|| trend.map(|t| share * t.slope));
    Suspect::tag(track.tag, share, rate, two_digits(seen_in(snapshots) * steady * much), basis)
}
