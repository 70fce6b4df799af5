//! Which tags hold a pool's growth, and which drivers own them.

mod owners;
mod track;

use crate::base::units;
use crate::checks::finding::Subjects;
use crate::detect::Trend;
use crate::evidence::Tag;
use crate::evidence::poolmon::{PoolSnapshot, SnapshotSource, TagUse};
use crate::explain::evidence as explain;
use crate::machine::Pool;
use crate::model::{Role, Suspect, SuspectKind};
use owners::name;
use track::{Track, growth, in_step, times, tracks};

/// A tag below this share of the growth is no suspect: a busy pool moves by as much.
const SUSPICIOUS_SHARE: f64 = 0.1;
/// What a single snapshot shows a tag to hold must be this share of the growth: it may have held it all along.
const SUSPICIOUS_ALONE: f64 = 0.25;
/// Tags that are listed.
const MOST_TAGS: usize = 6;
/// A driver below this is named with a "perhaps".
pub const LIKELY: f64 = 0.5;
/// A leak may be caught in other hours than the log's, but then grows about as fast: by up to so many times.
const AS_FAST: f64 = 3.0;
/// Growth in snapshots, as a share of the pool and in bytes, that counters should show too.
const GROWTH_IN_SNAPSHOTS: f64 = 0.25;
const GROWTH_THAT_COUNTS: f64 = 64.0 * 1024.0 * 1024.0;

/// What tags say of a pool's growth.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    /// Tags and drivers.
    pub suspects: Vec<Suspect>,
    /// With figures.
    pub reasons: Vec<String>,
    /// Where sources contradict each other.
    pub disagreements: Vec<String>,
    /// The tags that the verdict names, one or two.
    pub leads: Vec<Lead>,
    /// Several snapshots in which the pool grew.
    pub series: Option<Grown>,
    /// What is there by one snapshot, in words.
    pub largest: Option<String>,
}

/// Growth over several snapshots.
#[derive(Clone, Copy, Debug)]
pub struct Grown {
    /// Bytes that the pool gained.
    pub bytes: f64,
    /// Snapshots.
    pub snapshots: usize,
    /// Hours from the first to the last, where known.
    pub hours: Option<f64>,
}

/// A tag that the verdict names.
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
    /// Of the growth.
    pub share: f64,
}

impl Tags {
    /// The tags and their drivers in a sentence; empty when none is named.
    pub fn named(&self) -> String {
        let Some(first) = self.leads.first() else { return String::new() };
        let perhaps = if first.sure { "" } else { "perhaps " };
        format!("; {perhaps}{}", self.shown())
    }

    fn shown(&self) -> String {
        let each: Vec<String> = self.leads.iter().map(Lead::named).collect();
        format!("{} {}", if each.len() == 1 { "tag" } else { "tags" }, each.join(" and "))
    }
}

impl Lead {
    fn named(&self) -> String {
        let driver = match &self.driver {
            Some((file, _, confidence)) if *confidence >= LIKELY => format!(" → {file}"),
            Some((file, ..)) => format!(" → perhaps {file}"),
            None if self.on_behalf => " (Windows' own, on behalf of others)".to_owned(),
            None => String::new(),
        };
        format!("{}{driver}", self.tag)
    }
}

/// What tags say. `trend` is the pool's growth, where there is one.
pub fn find(of: &Subjects<'_>, pool: Pool, trend: Option<&Trend>) -> Tags {
    let clues = &*of.options.clues;
    let lists = |snapshot: &PoolSnapshot| snapshot.tags.iter().any(|t| t.pool == pool);
    let all: Vec<&(Option<f64>, PoolSnapshot)> = clues.snapshots.iter().filter(|(_, s)| lists(s)).collect();
    // Snapshots of before the growth say little of it.
    let interval = of.interval.unwrap_or(0.0);
    let within = |hours: &Option<f64>| match (hours, trend) {
        (Some(hours), Some(trend)) => !trend.began_within || *hours >= trend.hours.0 - 2.0 * interval,
        _ => true,
    };
    let mut used: Vec<&(Option<f64>, PoolSnapshot)> = all.iter().copied().filter(|s| within(&s.0)).collect();
    if used.len() < 2 && all.len() >= 2 {
        used = all;
    }
    let mut tags = Tags::default();
    let whole = used.iter().filter(|(_, s)| !s.partial).count();
    if used.len() >= 2 && (whole >= 2 || whole == 0) {
        series(of, pool, trend, &used, &mut tags);
    } else if let Some((_, snapshot)) = used.last() {
        alone(of, pool, trend, snapshot, &mut tags);
    }
    if let Some(why) = &clues.inconsistency {
        // Shown, but nobody is accused by it.
        let show = if tags.leads.is_empty() { String::new() } else { format!("; they show {} grow", tags.shown()) };
        tags = Tags::default();
        tags.disagreements.push(format!(
            "{}: the snapshots of pool tags are of another machine or another time, or their clock is off, and nobody is \
             accused by them{show}",
            explain::inconsistency(why)
        ));
    }
    debuggers(of, pool, &mut tags);
    tags
}

/// What snapshots show of a pool that does not leak by its counters; `None` when they agree.
pub fn contradiction(of: &Subjects<'_>, pool: Pool, now: f64) -> Option<String> {
    let tags = find(of, pool, None);
    let grown = tags.series.filter(|g| g.bytes >= GROWTH_IN_SNAPSHOTS * now && g.bytes >= GROWTH_THAT_COUNTS)?;
    let of_tags = if tags.leads.is_empty() { String::new() } else { format!(", {}", tags.shown()) };
    Some(format!(
        "the snapshots of pool tags show it grow by {}{of_tags}, which the counters do not: look whether they are of the same \
         machine and time",
        units::bytes(grown.bytes)
    ))
}

/// What holds most of a pool that does not grow, by the last snapshot: the tag and its driver, in a sentence.
pub fn largest(of: &Subjects<'_>, pool: Pool) -> Option<String> {
    let clues = &*of.options.clues;
    let whole = |s: &PoolSnapshot| !s.partial && s.tags.iter().any(|t| t.pool == pool);
    let (_, snapshot) =
        clues.snapshots.iter().rev().filter(|_| clues.inconsistency.is_none()).find(|(_, s)| whole(s))?;
    let most = snapshot.tags.iter().filter(|t| t.pool == pool).max_by_key(|t| t.bytes)?;
    let share = most.bytes as f64 / snapshot.pool_bytes(pool).filter(|b| *b > 0)? as f64;
    let own = clues.owners.get(&most.tag);
    let driver = own
        .filter(|o| !o.on_behalf)
        .and_then(|o| o.owners.first())
        .map_or_else(String::new, |o| format!(" → {}", o.file));
    Some(format!(
        "tag {}{driver} holds {}, {} of it",
        most.tag,
        units::bytes(most.bytes as f64),
        units::percent(share.min(1.0))
    ))
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
    tracks.sort_by(|a, b| b.gain.total_cmp(&a.gain).then(a.tag.cmp(&b.tag)));
    let (Some((begin, _)), Some((end, _))) = (used.first(), used.last()) else { return };
    let span = begin.zip(*end).map(|(b, e)| e - b).filter(|hours| *hours > 0.0);
    let taker = takers(used);
    let rising: f64 = tracks.iter().filter(|t| t.rises && !t.comes_down()).map(|t| t.gain).sum();
    let heads: Option<Vec<f64>> = used.iter().map(|(_, s)| Some(s.pool_bytes(pool)? as f64)).collect();
    let whole = heads.map(|heads| growth(&times(used), &heads).0);
    // What the pool gained meanwhile: by the leak's rate where these are of the leak, for that is known best.
    let by_leak = trend.zip(span).map(|(trend, hours)| trend.slope * hours);
    let like_leak = |gain: f64| by_leak.is_some_and(|leak| (leak / AS_FAST..=leak * AS_FAST).contains(&gain));
    let measured = whole.filter(|w| *w > 0.0).unwrap_or(0.0).max(rising);
    let growth = by_leak.filter(|_| like_leak(rising) || like_leak(measured)).unwrap_or(measured);
    if growth <= 0.0 {
        let over = span.map_or_else(String::new, |hours| format!(" in {}", units::duration(hours)));
        tags.reasons.push(format!(
            "{taker}: over {} snapshots{over} neither the pool nor any tag rose by more than chance, so they do not show what leaks; \
             take them while it grows, and over more hours",
            used.len()
        ));
        return;
    }
    tags.series = Some(Grown { bytes: growth, snapshots: used.len(), hours: span });
    let suspicious = |t: &&Track| t.rises && t.gain >= SUSPICIOUS_SHARE * growth && !t.comes_down();
    let holders: Vec<&Track> = tracks.iter().filter(suspicious).take(MOST_TAGS).collect();
    let explained: f64 = holders.iter().map(|t| t.gain).sum::<f64>() / growth;
    let clock = |hours: &Option<f64>| hours.and_then(|h| of.clock(h));
    let when = match (clock(begin), clock(end)) {
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
        let names: Vec<String> = holders.iter().map(|t| format!("{} ({})", t.tag, units::bytes(t.gain))).collect();
        format!(
            "{taker}: over {} snapshots{when}, ordered by {}, the pool grew by {}; {} {} {} of it",
            used.len(),
            clues.ordering.map_or("", explain::ordering),
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
    let suspects: Vec<(Suspect, Tag)> =
        holders.iter().map(|track| (tag_suspect(track, growth, span, trend, used.len()), track.tag)).collect();
    tags.reasons.extend(together(pool, used, &tracks, &holders));
    if tracks.iter().any(|t| t.unwrapped) {
        tags.reasons.push(
            "Bytes of a tag above 4 GB began anew in the display; they were made whole by the allocations, which went on".to_owned(),
        );
    }
    let before = tags.clone();
    name(suspects, clues, true, tags);
    let rates = trend.and_then(|trend| Some((trend, begin.zip(*end)?)));
    // Of what was measured the one that is nearer to the leak counts: noise moves the pool, and not the tag that leaks.
    let gained = if like_leak(rising) { rising } else { measured };
    if let Some(Err(why)) = rates.map(|(trend, window)| is_of_the_leak(of, pool, trend, window, gained, tags)) {
        // Shown, but nobody is accused by it.
        let show = if tags.leads.is_empty() { String::new() } else { format!("; they show {} grow", tags.shown()) };
        *tags = Tags { series: None, ..before };
        tags.disagreements.push(why + &show);
    }
}

/// The tags that rise in step with one of the holders, of either pool.
fn together(pool: Pool, used: &[&(Option<f64>, PoolSnapshot)], tracks: &[Track], holders: &[&Track]) -> Option<String> {
    let other = match pool {
        Pool::Nonpaged => Pool::Paged,
        Pool::Paged => Pool::Nonpaged,
    };
    let others = track::tracks(other, used);
    let shown = |t: &&Track, of: Pool| {
        let where_ = if of == pool { String::new() } else { format!(" of {}", of.name().to_ascii_lowercase()) };
        format!("{}{where_} ({})", t.tag, units::count(t.gained_allocations() as f64))
    };
    let groups = holders.iter().map(|lead| {
        let own = in_step(tracks, lead, used.len());
        let beside = in_step(&others, lead, used.len());
        let all: Vec<String> =
            own.iter().map(|t| shown(t, pool)).chain(beside.iter().map(|t| shown(t, other))).collect();
        (lead, all)
    });
    // The largest group; of two as large the one about the larger tag.
    let (lead, all) = groups.rev().max_by_key(|(_, all)| all.len()).filter(|(_, all)| !all.is_empty())?;
    Some(format!(
        "Rising in step with {} ({} allocations): {}; they have one cause, and are allocated together",
        lead.tag,
        units::count(lead.gained_allocations() as f64),
        all.join(", ")
    ))
}

/// Whether what snapshots show can be the leak of the log: where they are of another time its rate must be about the same.
fn is_of_the_leak(
    of: &Subjects<'_>,
    pool: Pool,
    trend: &Trend,
    (begin, end): (f64, f64),
    growth: f64,
    tags: &mut Tags,
) -> Result<(), String> {
    if end <= begin {
        return Ok(());
    }
    let hourly = growth / (end - begin);
    let last = of.hours.last().copied().unwrap_or(0.0);
    let slack = of.interval.unwrap_or(0.0).max(1.0);
    let began = if trend.began_within { trend.hours.0 } else { 0.0 };
    let other_time = begin > last + slack || end < began - slack;
    let times = if other_time { AS_FAST } else { 2.0 * AS_FAST };
    let alike = (trend.slope / times..=trend.slope * times).contains(&hourly);
    if !alike {
        return Err(format!(
            "in the snapshots the pool grew by {}, in the log it leaks {}: {} and nobody is accused by them",
            units::rate(hourly),
            units::rate(trend.slope),
            if other_time {
                "they are of another time, may show something else,"
            } else {
                "they may show something else,"
            }
        ));
    }
    if other_time {
        tags.reasons.push(format!(
            "The snapshots are not of the time of the leak in the log, but {} grew about as fast in them: {}, against {}",
            pool.name().to_ascii_lowercase(),
            units::rate(hourly),
            units::rate(trend.slope)
        ));
    }
    Ok(())
}

fn takers(used: &[&(Option<f64>, PoolSnapshot)]) -> String {
    let mut takers: Vec<SnapshotSource> = used.iter().map(|(_, s)| s.taken_by).collect();
    takers.sort_unstable();
    takers.dedup();
    takers.iter().map(|t| explain::snapshot_source(*t)).collect::<Vec<_>>().join(" and ")
}

fn tag_suspect(track: &Track, growth: f64, span: Option<f64>, trend: Option<&Trend>, snapshots: usize) -> Suspect {
    let share = (track.gain / growth).clamp(0.0, 1.0);
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
    if let Some(freed) = track.freed() {
        basis += &format!("; {} of new ones were freed", units::percent(freed));
    }
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
        bytes_per_hour: span.map(|h| track.gain / h).or_else(|| trend.map(|t| share * t.slope)),
        drivers: Vec::new(),
        confidence: Some(round(seen * steady * much)),
        maker: None,
        basis,
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
    tags.reasons.push(format!(
        "{}: {largest_tags}; one snapshot shows what is there, not what grows",
        explain::snapshot_source(snapshot.taken_by)
    ));
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
