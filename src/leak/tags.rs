//! Which tags hold a pool's growth, and which drivers own them.

use std::collections::BTreeMap;

use super::Pool;
use super::finding::Subjects;
use super::judge::Trend;
use crate::evidence::Tag;
use crate::evidence::clues::Clues;
use crate::evidence::owner::Ownership;
use crate::evidence::poolmon::{PoolSnapshot, TagUse, Taker};
use crate::machine::Series;
use crate::trend::correlation;
use crate::verdict::{Role, Suspect, SuspectKind, units};

/// A tag below this share of the growth is no suspect: a busy pool moves by as much.
const SUSPICIOUS_SHARE: f64 = 0.1;
/// What a single snapshot shows a tag to hold must be this share of the growth: it may have held it all along.
const SUSPICIOUS_ALONE: f64 = 0.25;
/// Tags that are listed.
const MOST_TAGS: usize = 6;
/// Drivers that are listed.
const MOST_DRIVERS: usize = 6;
/// A driver that is likelier not the one than so.
const LEAST_CONFIDENCE: f64 = 0.1;
/// A tag that has given back more than this since its peak comes down: load.
const COMES_DOWN: f64 = 0.2;
/// Tags whose outstanding allocations rise by a whole multiple of each other's, to within this, …
const IN_STEP: f64 = 0.03;
/// … and by so many at least, are allocated together, once for each of some thing.
const IN_STEP_ALLOCATIONS: u64 = 500;
/// From so many snapshots on their steps are compared as well: a correlation of 0.95 in five comes by chance once in 70.
const CORRELATED_STEPS: usize = 5;
const CORRELATED: f64 = 0.95;
/// Sources may differ by so much: they are not read at one moment.
const DIFFERENT: f64 = 0.25;

/// What tags say of a pool's growth.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    /// Tags and drivers.
    pub suspects: Vec<Suspect>,
    /// With figures.
    pub reasons: Vec<String>,
    /// Where sources contradict each other.
    pub disagreements: Vec<String>,
    /// The tag that the verdict names.
    pub lead: Option<Lead>,
    /// Whether several snapshots show what grows, rather than one what is there.
    pub is_series: bool,
    /// What is there by one snapshot, in words.
    pub largest: Option<String>,
}

/// The tag that the verdict names.
#[derive(Clone, Debug)]
pub struct Lead {
    /// The tag.
    pub tag: Tag,
    /// Its likeliest driver: file, maker, confidence.
    pub driver: Option<(String, String, f64)>,
    /// Whether Windows allocates it for others.
    pub on_behalf: bool,
    /// Whether a series of snapshots showed it grow.
    pub sure: bool,
}

impl Tags {
    /// The tag and its driver in a sentence; empty when none is named.
    pub fn named(&self) -> String {
        let Some(lead) = &self.lead else { return String::new() };
        let perhaps = if lead.sure { "" } else { "perhaps " };
        let driver = match &lead.driver {
            Some((file, _, confidence)) if *confidence >= 0.5 => format!(" → {file}"),
            Some((file, ..)) => format!(" → perhaps {file}"),
            None if lead.on_behalf => " (Windows' own, on behalf of others)".to_owned(),
            None => String::new(),
        };
        format!("; {perhaps}tag {}{driver}", lead.tag)
    }
}

/// One tag over the snapshots.
struct Track {
    tag: Tag,
    /// Snapshot, allocations outstanding, bytes.
    points: Vec<(usize, u64, u64)>,
    /// Allocations and frees since boot, first and last.
    counts: Option<((u64, u64), (u64, u64))>,
    unwrapped: bool,
}

impl Track {
    fn gain(&self) -> f64 {
        self.points.last().map_or(0.0, |p| p.2 as f64) - self.points.first().map_or(0.0, |p| p.2 as f64)
    }

    fn gained_allocations(&self) -> u64 {
        let of = |point: Option<&(usize, u64, u64)>| point.map_or(0, |p| p.1);
        of(self.points.last()).saturating_sub(of(self.points.first()))
    }

    /// Steps upwards, and all steps.
    fn steps(&self) -> (usize, usize) {
        (self.points.windows(2).filter(|w| w[1].2 > w[0].2).count(), self.points.len().saturating_sub(1))
    }

    fn comes_down(&self) -> bool {
        let peak = self.points.iter().map(|p| p.2).max().unwrap_or(0) as f64;
        let first = self.points.first().map_or(0.0, |p| p.2 as f64);
        let last = self.points.last().map_or(0.0, |p| p.2 as f64);
        peak - last > COMES_DOWN * (peak - first)
    }

    /// Counts of 32 bits that began anew while allocations rose are made whole.
    fn unwrap(&mut self) {
        const WRAP: f64 = 4_294_967_296.0;
        for at in 1..self.points.len() {
            let (before, now) = (self.points[at - 1], self.points[at]);
            if now.1 <= before.1 || now.2 >= before.2 || before.1 == 0 {
                continue;
            }
            let expected = before.2 as f64 / before.1 as f64 * now.1 as f64;
            let wraps = ((expected - now.2 as f64) / WRAP).round();
            let whole = now.2 as f64 + wraps * WRAP;
            if wraps >= 1.0 && (whole - expected).abs() < 0.1 * expected {
                self.points[at].2 = whole as u64;
                self.unwrapped = true;
            }
        }
    }
}

/// What tags say. `trend` is the pool's growth, where there is one; `level` what the pool holds now.
pub fn find(of: &Subjects<'_>, pool: Pool, trend: Option<&Trend>) -> Tags {
    let clues = &*of.options.clues;
    let all: Vec<&(Option<f64>, PoolSnapshot)> = clues.snapshots.iter().collect();
    // Snapshots of before the growth say nothing of it.
    let interval = of.interval.unwrap_or(0.0);
    let within = |hours: &Option<f64>| match (hours, trend) {
        (Some(hours), Some(trend)) => !trend.began_within || *hours >= trend.hours.0 - 2.0 * interval,
        _ => true,
    };
    let mut used: Vec<&(Option<f64>, PoolSnapshot)> = all.iter().copied().filter(|s| within(&s.0)).collect();
    let mut tags = Tags::default();
    if used.is_empty() && !all.is_empty() {
        tags.disagreements.push(
            "all snapshots of pool tags are of before the growth began: they say what was there, not what grew"
                .to_owned(),
        );
        return tags;
    }
    if used.len() < 2 && all.len() >= 2 {
        used = all;
    }
    let whole = used.iter().filter(|(_, s)| !s.partial && s.tags.iter().any(|t| t.pool == pool)).count();
    if used.iter().filter(|(_, s)| s.tags.iter().any(|t| t.pool == pool)).count() >= 2 && (whole >= 2 || whole == 0) {
        series(of, pool, trend, &used, &mut tags);
    } else if let Some((_, snapshot)) = used.iter().rev().find(|(_, s)| s.tags.iter().any(|t| t.pool == pool)) {
        alone(of, pool, trend, snapshot, &mut tags);
    }
    debuggers(of, pool, &mut tags);
    tags
}

/// The series of counters' value at hours, from the two samples around.
fn value_at(of: &Subjects<'_>, series: &Series, hours: f64) -> Option<f64> {
    let mut before = None;
    for (sample, value) in series.iter() {
        let at = of.hours[sample];
        if at >= hours {
            let Some((then, old)) = before else {
                // A little before the log is as good as its first sample.
                return (at - hours <= of.interval.unwrap_or(0.0)).then_some(value);
            };
            let share = if at > then { (hours - then) / (at - then) } else { 0.0 };
            return Some(old + (value - old) * share);
        }
        before = Some((at, value));
    }
    before.filter(|(at, _)| hours - at <= of.interval.unwrap_or(0.0)).map(|(_, value)| value)
}

/// Several snapshots: what grew.
fn series(
    of: &Subjects<'_>,
    pool: Pool,
    trend: Option<&Trend>,
    used: &[&(Option<f64>, PoolSnapshot)],
    tags: &mut Tags,
) {
    let clues = &*of.options.clues;
    let mut tracks = tracks(pool, used);
    tracks.sort_by(|a, b| b.gain().total_cmp(&a.gain()).then(a.tag.cmp(&b.tag)));
    let (Some((begin, first)), Some((end, last))) = (used.first(), used.last()) else { return };
    let counter = of.machine.memory.get(pool.bytes());
    let counted = begin.zip(*end).and_then(|(b, e)| Some(value_at(of, counter, e)? - value_at(of, counter, b)?));
    let headed = first.pool_bytes(pool).zip(last.pool_bytes(pool)).map(|(b, e)| e as f64 - b as f64);
    let by_tags: f64 = tracks.iter().map(Track::gain).sum();
    let Some(growth) = headed.or(counted).or(Some(by_tags)) else { return };
    let taker = takers(used);
    let span = begin.zip(*end).map(|(b, e)| e - b).filter(|hours| *hours > 0.0);
    let over = span.map_or_else(String::new, |hours| format!(" in {}", units::duration(hours)));
    let order = clues.ordering.map_or("", |o| o.name());
    if let (Some(headed), Some(counted)) = (headed, counted)
        && (headed - counted).abs() > DIFFERENT * headed.abs().max(counted.abs()).max(16e6)
    {
        tags.disagreements.push(format!(
            "by the heads of the snapshots the pool changed by {} between the first and the last, by the counters by {}: their \
             times may be off, or they are of another machine",
            units::bytes(headed),
            units::bytes(counted)
        ));
    }
    if growth <= 0.0 {
        tags.reasons.push(format!(
            "{taker}: over {} snapshots{over} the pool did not grow ({}), so they do not show what leaks; take them while it grows",
            used.len(),
            units::bytes(growth)
        ));
        return;
    }
    tags.is_series = true;
    let holders: Vec<&Track> = tracks
        .iter()
        .filter(|t| t.gain() >= SUSPICIOUS_SHARE * growth && t.gain() > 0.0 && !t.comes_down())
        .take(MOST_TAGS)
        .collect();
    let explained: f64 = holders.iter().map(|t| t.gain()).sum::<f64>() / growth;
    let names: Vec<String> = holders.iter().map(|t| format!("{} ({})", t.tag, units::bytes(t.gain()))).collect();
    let when = match (of.clock(begin.unwrap_or(f64::NAN)), of.clock(end.unwrap_or(f64::NAN))) {
        (Some(from), Some(to)) => format!(" from {} to {}", units::moment(from.0), units::moment(to.0)),
        _ => String::new(),
    };
    tags.reasons.push(if holders.is_empty() {
        format!(
            "{taker}: over {} snapshots{when} the pool grew by {}, but no tag makes {} of that",
            used.len(),
            units::bytes(growth),
            units::percent(SUSPICIOUS_SHARE)
        )
    } else {
        format!(
            "{taker}: over {} snapshots{when}, ordered by {order}, the pool grew by {}; {} {} {} of it",
            used.len(),
            units::bytes(growth),
            names.join(", "),
            if names.len() == 1 { "explains" } else { "explain" },
            units::percent(explained.min(1.0))
        )
    });
    if explained < 0.5 && !holders.is_empty() {
        tags.disagreements.push(format!(
            "the tags that grow explain {} of what the pool grew by: much of it is in tags that come and go, or in what no tag counts",
            units::percent(explained)
        ));
    }
    if let Some(trend) = trend {
        // The counters' leak and what the snapshots caught of it.
        let hourly = span.map(|hours| growth / hours);
        if let Some(hourly) = hourly.filter(|rate| *rate < 0.2 * trend.slope) {
            tags.disagreements.push(format!(
                "while the snapshots were taken the pool grew by {} only, against {} of the leak: they may not show it",
                units::rate(hourly),
                units::rate(trend.slope)
            ));
        }
    }
    let suspects: Vec<(Suspect, Tag)> =
        holders.iter().map(|track| (tag_suspect(track, growth, span, trend, used.len()), track.tag)).collect();
    in_step(&tracks, &holders, used.len(), tags);
    if tracks.iter().any(|t| t.unwrapped) {
        tags.reasons.push(
            "Bytes of a tag above 4 GB began anew in the display; they were made whole by the allocations, which went on".to_owned(),
        );
    }
    name(suspects, clues, true, tags);
}

fn takers(used: &[&(Option<f64>, PoolSnapshot)]) -> String {
    let mut takers: Vec<Taker> = used.iter().map(|(_, s)| s.taker).collect();
    takers.sort_unstable();
    takers.dedup();
    takers.iter().map(|t| t.name()).collect::<Vec<_>>().join(" and ")
}

/// Each tag over the snapshots that tell of it. What a whole snapshot does not list holds nothing.
fn tracks(pool: Pool, used: &[&(Option<f64>, PoolSnapshot)]) -> Vec<Track> {
    let mut by_tag: BTreeMap<Tag, Track> = BTreeMap::new();
    for (number, (_, snapshot)) in used.iter().enumerate() {
        for TagUse { tag, outstanding, bytes, allocs, frees, .. } in snapshot.tags.iter().filter(|t| t.pool == pool) {
            let empty = || Track { tag: *tag, points: Vec::new(), counts: None, unwrapped: false };
            let track = by_tag.entry(*tag).or_insert_with(empty);
            for (missed, (_, between)) in
                used.iter().enumerate().take(number).skip(track.points.last().map_or(0, |p| p.0 + 1))
            {
                if !between.partial && between.tags.iter().any(|t| t.pool == pool) {
                    track.points.push((missed, 0, 0));
                }
            }
            track.points.push((number, *outstanding, *bytes));
            if let Some(now) = allocs.zip(*frees) {
                track.counts = Some((track.counts.map_or(now, |(first, _)| first), now));
            }
        }
    }
    let mut tracks: Vec<Track> = by_tag.into_values().filter(|t| t.points.len() >= 2).collect();
    tracks.iter_mut().for_each(Track::unwrap);
    tracks
}

fn tag_suspect(track: &Track, growth: f64, span: Option<f64>, trend: Option<&Trend>, snapshots: usize) -> Suspect {
    let share = (track.gain() / growth).clamp(0.0, 1.0);
    let (up, all) = track.steps();
    let (outstanding, bytes) = track.points.last().map_or((0, 0), |p| (p.1, p.2));
    let mut basis = format!(
        "grew from {} to {} over {} snapshots, in {up} of {all} steps",
        units::bytes(track.points.first().map_or(0.0, |p| p.2 as f64)),
        units::bytes(bytes as f64),
        track.points.len()
    );
    if outstanding > 0 {
        basis += &format!(
            "; {} allocations outstanding, {} each",
            units::count(outstanding as f64),
            units::bytes(bytes as f64 / outstanding as f64)
        );
    }
    basis += &freed(track);
    // How often it was seen to rise, how steadily, and how much of the growth it makes.
    let seen = match snapshots {
        0..=2 => 0.6,
        3 | 4 => 0.75,
        5..=7 => 0.87,
        _ => 0.95,
    };
    let steady = if all == 0 { 1.0 } else { 0.6 + 0.4 * up as f64 / all as f64 };
    let much = if share >= 0.5 { 1.0 } else { 0.8 };
    Suspect {
        role: Role::Holder,
        kind: SuspectKind::PoolTag,
        name: track.tag.padded(),
        pid: None,
        processes: 0,
        share,
        bytes_per_hour: span.map(|h| track.gain() / h).or_else(|| trend.map(|t| share * t.slope)),
        drivers: Vec::new(),
        confidence: Some(round(seen * steady * much)),
        maker: None,
        basis,
    }
}

/// How many of a tag's new allocations were freed meanwhile.
fn freed(track: &Track) -> String {
    let Some(((allocs, frees), (allocs_now, frees_now))) = track.counts else { return String::new() };
    let (allocated, freed) = (allocs_now.saturating_sub(allocs), frees_now.saturating_sub(frees));
    if allocated < 10 || freed > allocated {
        return String::new();
    }
    format!("; {} of new ones were freed", units::percent(freed as f64 / allocated as f64))
}

/// Tags that rise together have one cause.
fn in_step(tracks: &[Track], holders: &[&Track], snapshots: usize, tags: &mut Tags) {
    let Some(lead) = holders.first() else { return };
    let gained = lead.gained_allocations();
    if gained < IN_STEP_ALLOCATIONS {
        return;
    }
    let steps =
        |track: &Track| -> Vec<f64> { track.points.windows(2).map(|w| w[1].1 as f64 - w[0].1 as f64).collect() };
    let own = steps(lead);
    let together: Vec<String> = tracks
        .iter()
        .filter(|t| t.tag != lead.tag && t.gained_allocations() >= IN_STEP_ALLOCATIONS)
        .filter_map(|track| {
            let ratio = track.gained_allocations() as f64 / gained as f64;
            let whole = [1.0 / 3.0, 0.5, 1.0, 2.0, 3.0].into_iter().find(|w| (ratio / w - 1.0).abs() <= IN_STEP);
            let other = steps(track);
            let moves = snapshots < CORRELATED_STEPS
                || (other.len() == own.len() && correlation(&own, &other).is_none_or(|r| r >= CORRELATED));
            whole
                .filter(|_| moves)
                .map(|_| format!("{} ({})", track.tag, units::count(track.gained_allocations() as f64)))
        })
        .take(8)
        .collect();
    if !together.is_empty() {
        tags.reasons.push(format!(
            "Rising in step with {} ({} allocations): {}; they have one cause, and are allocated together",
            lead.tag,
            units::count(gained as f64),
            together.join(", ")
        ));
    }
}

/// One snapshot: what is there, which is at most what grew.
fn alone(of: &Subjects<'_>, pool: Pool, trend: Option<&Trend>, snapshot: &PoolSnapshot, tags: &mut Tags) {
    let clues = &*of.options.clues;
    let held = snapshot.pool_bytes(pool).map(|bytes| bytes as f64);
    let growth = trend.map(|t| t.levels.1 - t.levels.0).filter(|g| *g > 0.0);
    let mut largest: Vec<&TagUse> = snapshot.tags.iter().filter(|t| t.pool == pool).collect();
    largest.sort_by_key(|t| (std::cmp::Reverse(t.bytes), t.tag));
    let shown: Vec<String> = largest
        .iter()
        .take(3)
        .map(|t| {
            let share = held.filter(|held| *held > 0.0).map_or_else(String::new, |held| {
                format!(", {} of the pool", units::percent((t.bytes as f64 / held).min(1.0)))
            });
            format!("{} ({}{share})", t.tag, units::bytes(t.bytes as f64))
        })
        .collect();
    let largest_tags = format!("the largest tags are {}", shown.join(", "));
    tags.reasons
        .push(format!("{}: {largest_tags}; one snapshot shows what is there, not what grows", snapshot.taker.name()));
    tags.largest = Some(largest_tags);
    // Without growth nobody is suspect: something is always the largest.
    let Some(growth) = growth else { return };
    let suspects: Vec<(Suspect, Tag)> = largest
        .iter()
        .filter(|t| t.bytes as f64 >= SUSPICIOUS_ALONE * growth)
        .take(3)
        .map(|t| {
            let share = (t.bytes as f64 / growth).min(1.0);
            let suspect = Suspect {
                role: Role::Holder,
                kind: SuspectKind::PoolTag,
                name: t.tag.padded(),
                pid: None,
                processes: 0,
                share,
                bytes_per_hour: None,
                drivers: Vec::new(),
                confidence: Some(round(0.6 * share)),
                maker: None,
                basis: format!(
                    "holds {}, as much as {} of the growth, in one snapshot ({}); whether it grows another would show",
                    units::bytes(t.bytes as f64),
                    units::percent(share),
                    snapshot.source
                ),
            };
            (suspect, t.tag)
        })
        .collect();
    name(suspects, clues, false, tags);
}

/// Adds who owns the suspect tags.
fn name(suspects: Vec<(Suspect, Tag)>, clues: &Clues, sure: bool, tags: &mut Tags) {
    let nobody = Ownership::default();
    let ownership = |tag: &Tag| clues.owners.get(tag).unwrap_or(&nobody);
    let mut drivers: Vec<Suspect> = Vec::new();
    for (mut suspect, tag) in suspects {
        let own = ownership(&tag);
        let candidates = own.owners.iter().filter(|o| o.confidence >= LEAST_CONFIDENCE);
        suspect.drivers = candidates.clone().map(|o| o.file.clone()).collect();
        if let Some(description) = &own.description {
            suspect.basis += &format!("; {description}");
        }
        if own.on_behalf {
            tags.reasons.push(format!(
                "Tag {tag} is Windows' own, allocated for whoever asks: look for the driver or process that asks, by the tags \
                 that rise with it or by tracing allocations with their stacks"
            ));
        }
        tags.disagreements.extend(own.disagreements.iter().cloned());
        let blamed = candidates.filter(|o| !(own.on_behalf && o.file.eq_ignore_ascii_case("ntoskrnl.exe")));
        for owner in blamed.take(3) {
            let confidence = round(owner.confidence * suspect.confidence.unwrap_or(0.5));
            let basis = format!("tag {tag}: {}", owner.basis.join("; "));
            match drivers.iter_mut().find(|d| d.name.eq_ignore_ascii_case(&owner.file)) {
                Some(known) => {
                    known.share = (known.share + suspect.share).min(1.0);
                    known.confidence = known.confidence.map(|c| c.max(confidence));
                    known.bytes_per_hour = known.bytes_per_hour.zip(suspect.bytes_per_hour).map(|(a, b)| a + b);
                    known.basis += &format!(". {basis}");
                }
                None => drivers.push(Suspect {
                    role: Role::Holder,
                    kind: SuspectKind::Driver,
                    name: owner.file.clone(),
                    pid: None,
                    processes: 0,
                    share: suspect.share,
                    bytes_per_hour: suspect.bytes_per_hour,
                    drivers: Vec::new(),
                    confidence: Some(confidence),
                    maker: (!owner.maker.is_empty()).then(|| owner.maker.clone()),
                    basis,
                }),
            }
        }
        tags.suspects.push(suspect);
    }
    drivers.retain(|d| d.confidence.is_some_and(|c| c >= LEAST_CONFIDENCE / 2.0));
    drivers.sort_by(|a, b| b.confidence.unwrap_or(0.0).total_cmp(&a.confidence.unwrap_or(0.0)));
    drivers.truncate(MOST_DRIVERS);
    tags.lead = lead(&tags.suspects, clues, sure);
    tags.suspects.extend(drivers);
}

/// The tag to name: the largest, unless that is Windows' own and another, of a driver, rises beside it.
fn lead(suspects: &[Suspect], clues: &Clues, sure: bool) -> Option<Lead> {
    let of = |suspect: &Suspect| {
        let tag = clues.owners.keys().find(|tag| tag.padded() == suspect.name).copied();
        tag.map(|tag| (tag, &clues.owners[&tag]))
    };
    let named: Vec<(&Suspect, Tag, &Ownership)> =
        suspects.iter().filter_map(|s| of(s).map(|(tag, own)| (s, tag, own))).collect();
    let first = named.first()?;
    let (_, tag, own) = named.iter().find(|(_, _, own)| !own.on_behalf).unwrap_or(first);
    let driver = own.owners.first().filter(|_| !own.on_behalf).filter(|o| o.confidence >= LEAST_CONFIDENCE);
    Some(Lead {
        tag: *tag,
        driver: driver.map(|o| (o.file.clone(), o.maker.clone(), o.confidence)),
        on_behalf: own.on_behalf,
        sure,
    })
}

/// What `!vm` says of the pool beside.
fn debuggers(of: &Subjects<'_>, pool: Pool, tags: &mut Tags) {
    for (source, memory) in &of.options.clues.memory {
        if let Some(used) = memory.used(pool) {
            let max =
                memory.maximum(pool).map_or_else(String::new, |m| format!(" of at most {}", units::bytes(m as f64)));
            let excessive = if memory.excessive.contains(&pool) { ", which it calls excessive" } else { "" };
            tags.reasons.push(format!("!vm in {source}: the pool holds {}{max}{excessive}", units::bytes(used as f64)));
        }
    }
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
