//! Who holds the growth: drivers, or processes and which.
//!
//! A process is charged for pool that is taken in its name; a driver that takes pool for itself
//! charges nobody. The charges need not add up to the pool, so their *growth* is compared.

use std::collections::BTreeMap;

use crate::base::units;
use crate::detect::{Points, Trend, marks};
use crate::machine::Pool;
use crate::machine::{Machine, Process, ProcessSeries, Series};
use crate::model::{Origin, Role, Suspect, SuspectKind, Unit};
use crate::stats::{median, sen};

/// From this share of the growth on it is the processes', and up to one less it the kernel's. Charges
/// miss some of what a process causes, and load moves them a little: a third either way is left.
const MOST: f64 = 0.7;
/// A process below this share of the growth is no suspect.
const SUSPICIOUS_SHARE: f64 = 0.05;
/// Suspects that are listed.
const SUSPECTS: usize = 10;
/// Values at either end of a series whose median is its level there: one odd sample is outvoted.
const END_VALUES: usize = 5;

/// Who holds the growth.
#[derive(Clone, Debug)]
pub struct Holders {
    /// In one word.
    pub origin: Origin,
    /// Largest share first.
    pub suspects: Vec<Suspect>,
    /// With figures.
    pub reasons: Vec<String>,
    /// Whether much of the growth is charged to processes that the log does not list.
    pub unlisted: bool,
}

/// All that is charged to processes, by sample: Windows' own sum. Without it `None`, for nobody
/// knows whether the log lists all processes; one that logman writes as CSV lists only those that
/// ran when it began.
pub fn charged_total(machine: &Machine, pool: Pool) -> Option<&Series> {
    Some(pool.charged(&machine.process_total)).filter(|total| !total.is_empty())
}

/// What the processes that the log lists hold together, by sample.
pub fn listed_sum(machine: &Machine, of: impl Fn(&ProcessSeries) -> &Series) -> Series {
    let mut sums = vec![f64::NAN; machine.times.len()];
    for process in &machine.processes {
        for (sample, value) in of(&process.series).iter() {
            let sum = &mut sums[sample];
            *sum = if sum.is_nan() { value } else { *sum + value };
        }
    }
    let mut series = Series::default();
    for (sample, sum) in sums.into_iter().enumerate().filter(|(_, sum)| !sum.is_nan()) {
        series.push(sample, sum);
    }
    series
}

/// What is charged to the processes that the log lists, by sample.
fn charged_listed(machine: &Machine, pool: Pool) -> Series {
    listed_sum(machine, |process| pool.charged(process))
}

/// Rate of a series in a stretch of samples, bytes an hour, by the same marks as the pool's.
pub fn rate(series: &Series, hours: &[f64], (from, to): (usize, usize)) -> Option<f64> {
    let (times, values): (Vec<f64>, Vec<f64>) = series.between(from, to).map(|(s, v)| (hours[s], v)).unzip();
    let marks = marks(Points { hours: &times, values: &values, unit: Unit::Bytes });
    let (times, values): (Vec<f64>, Vec<f64>) = marks.iter().map(|m| (m.time, m.value)).unzip();
    sen(&times, &values).map(|s| s.slope)
}

/// Finds the holders of a pool's growth. `hours` are the sample times that the trend counts in.
pub fn find(machine: &Machine, pool: Pool, trend: &Trend, hours: &[f64]) -> Holders {
    let from = hours.partition_point(|h| *h < trend.hours.0);
    let to = hours.partition_point(|h| *h <= trend.hours.1);
    let stretch = (from, to);
    let growth = trend.slope * (trend.hours.1 - trend.hours.0);
    let listed;
    let (total, complete) = match charged_total(machine, pool) {
        Some(total) => (total, true),
        None => {
            listed = charged_listed(machine, pool);
            (&listed, machine.lists_all_processes)
        }
    };
    let user_rate = rate(total, hours, stretch).filter(|_| spans_half(total, hours, stretch));
    let Some(user_rate) = user_rate.filter(|_| growth > 0.0) else {
        let reason = format!(
            r"The log has no \Process(*)\{} for the time of the growth: whether drivers or processes hold it cannot be told",
            pool.counter()
        );
        return Holders { origin: Origin::Unknown, suspects: Vec::new(), reasons: vec![reason], unlisted: false };
    };
    let share = (user_rate / trend.slope).clamp(0.0, 1.0);
    let mut shares: Vec<Suspect> =
        machine.processes.iter().filter_map(|process| suspect(process, pool, growth, hours, stretch)).collect();
    let system: f64 = shares.iter().filter(|s| s.pid == Some(SYSTEM)).map(|s| s.share).sum();
    // What is charged to the System process drivers took in threads of their own.
    let by_processes = (share - system).clamp(0.0, 1.0);
    let origin = match by_processes {
        s if s >= MOST => Origin::User,
        _ if !complete => Origin::Unknown,
        s if s <= 1.0 - MOST => Origin::Kernel,
        _ => Origin::Both,
    };
    let mut reasons = vec![summary(origin, user_rate - system * trend.slope, trend.slope, by_processes)];
    if system >= SUSPICIOUS_SHARE {
        reasons.push(format!(
            "{} of the growth is charged to the System process, in whose name the threads of drivers run: that is the \
             kernel's, too",
            units::percent(system.min(1.0))
        ));
    }
    let unlisted = if complete { unlisted(machine, pool, trend, hours, stretch) } else { None };
    if complete && charged_total(machine, pool).is_none() {
        reasons.push(
            "The log has no \\Process(_Total); all processes that ran when it began are listed, and what one that started \
             later may hold is not seen"
                .to_owned(),
        );
    }
    if !complete {
        reasons.push(
            "The log has no \\Process(_Total): it may not list all processes, so that what is missing may be charged to \
             one of the others"
                .to_owned(),
        );
    }
    let is_unlisted = unlisted.is_some();
    reasons.extend(unlisted);
    shares.retain(|s| s.pid != Some(SYSTEM));
    if !machine.has_process_ids && machine.processes.iter().any(|p| p.identity_unknown) {
        reasons.push(
            "The log has no \\Process(*)\\ID Process: names such as svchost#3 are places in a list, held by one process \
             after another, so namesakes are summed up by name"
                .to_owned(),
        );
    }
    let mut suspects = by_name(shares);
    suspects.retain(|s| s.share >= SUSPICIOUS_SHARE);
    suspects.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.name.cmp(&b.name)).then(a.pid.cmp(&b.pid)));
    suspects.truncate(SUSPECTS);
    Holders { origin, suspects, reasons, unlisted: is_unlisted }
}

/// Process id of System, in whose name the kernel's own threads run.
const SYSTEM: u32 = 4;
/// One process is named alone when it holds this share of what its namesakes hold together.
const ALONE: f64 = 0.7;

/// Whether a series has values over at least half of a stretch's time.
fn spans_half(series: &Series, hours: &[f64], (from, to): (usize, usize)) -> bool {
    let mut own = series.between(from, to).map(|(sample, _)| hours[sample]);
    let Some(first) = own.next() else { return false };
    let last = own.last().unwrap_or(first);
    let whole = hours.get(to.saturating_sub(1)).zip(hours.get(from)).map_or(0.0, |(end, begin)| end - begin);
    2.0 * (last - first) >= whole
}

/// What the sum of all processes gained beyond the processes that the log lists.
fn unlisted(machine: &Machine, pool: Pool, trend: &Trend, hours: &[f64], stretch: (usize, usize)) -> Option<String> {
    let all = rate(charged_total(machine, pool)?, hours, stretch)?;
    let listed = rate(&charged_listed(machine, pool), hours, stretch).unwrap_or(0.0);
    let share = (all - listed) / trend.slope;
    (share >= 1.0 - MOST).then(|| {
        format!(
            "{} of the growth is charged to processes that the log does not list: log \\Process(*) into a .blg, which lists \
             those that start later too",
            units::percent(share.min(1.0))
        )
    })
}

/// Namesakes that hold the growth together become one suspect; one that holds most of it stays alone.
fn by_name(shares: Vec<Suspect>) -> Vec<Suspect> {
    let mut names: BTreeMap<String, Vec<Suspect>> = BTreeMap::new();
    for share in shares.into_iter().filter(|s| s.share > 0.0) {
        names.entry(share.name.to_lowercase()).or_default().push(share);
    }
    let merged = names.into_values().filter_map(|mut own| {
        own.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.pid.cmp(&b.pid)));
        let together: f64 = own.iter().map(|s| s.share).sum();
        let largest = own.first()?.clone();
        if own.len() == 1 || largest.share >= ALONE * together {
            return Some(largest);
        }
        let pid = largest.pid.map_or_else(String::new, |pid| format!(" (PID {pid})"));
        Some(Suspect {
            pid: None,
            processes: own.len(),
            share: together.min(1.0),
            bytes_per_hour: own.iter().map(|s| s.bytes_per_hour).sum(),
            basis: format!(
                "{} processes of this name; the one with most{pid} holds {}: {}",
                own.len(),
                units::percent(largest.share),
                largest.basis
            ),
            ..largest
        })
    });
    merged.collect()
}

fn summary(origin: Origin, user_rate: f64, pool_rate: f64, share: f64) -> String {
    let figures = format!(
        "what is charged to processes changes by {} altogether, the pool by {} ({} of it)",
        units::rate(user_rate),
        units::rate(pool_rate),
        units::percent(share)
    );
    match origin {
        Origin::Kernel => format!("Held by drivers: {figures}; the rest was charged to nobody, as drivers take it"),
        Origin::User => format!("Held by processes: {figures}"),
        Origin::Unknown => format!("Who holds it cannot be told: {figures}"),
        Origin::Both => format!("Held by drivers and by processes: {figures}"),
    }
}

/// A process and its share of the growth; `None` when it ended, and gave back what it held.
fn suspect(process: &Process, pool: Pool, growth: f64, hours: &[f64], (from, to): (usize, usize)) -> Option<Suspect> {
    let values: Vec<(usize, f64)> = pool.charged(&process.series).between(from, to).collect();
    let (first, last) = (values.first()?.0, values.last()?.0);
    // Its own interval, for another log may have samples in between.
    let steps: Vec<f64> = values.windows(2).map(|w| hours[w[1].0] - hours[w[0].0]).collect();
    let patience = END_VALUES as f64 * median(&steps);
    if hours[last] + patience < *hours.get(to.checked_sub(1)?)? {
        return None;
    }
    let level = |part: &[(usize, f64)]| median(&part.iter().map(|(_, v)| *v).collect::<Vec<_>>());
    let ends = END_VALUES.min(values.len());
    let end = level(&values[values.len() - ends..]);
    // A process that was not there before brought all that it holds.
    let is_new = hours[first] > hours[from] + patience && process.began_when_seen(3600.0 * median(&steps));
    let begin = if is_new { 0.0 } else { level(&values[..ends]) };
    let mut basis = format!("pool charged to it rose from {} to {}", units::bytes(begin), units::bytes(end));
    let handles: Vec<(usize, f64)> = process.series.handles.between(from, to).collect();
    if handles.len() >= ends {
        let (before, after) = (level(&handles[..ends]), level(&handles[handles.len() - ends..]));
        if after - before > (HANDLES_RISE * before).max(HANDLES_USUAL) {
            basis += &format!(", its handles from {} to {}", units::count(before), units::count(after));
        }
    }
    Some(Suspect {
        role: Role::Holder,
        kind: SuspectKind::Process,
        name: process.name.to_string(),
        pid: process.pid,
        processes: 1,
        share: ((end - begin) / growth).clamp(0.0, 1.0),
        bytes_per_hour: rate(pool.charged(&process.series), hours, (first, to)),
        drivers: Vec::new(),
        confidence: None,
        maker: None,
        basis,
    })
}

/// Handles are worth a word when they rose by this share of what they were, and by more than
/// processes commonly hold.
const HANDLES_RISE: f64 = 0.5;
const HANDLES_USUAL: f64 = 1000.0;
