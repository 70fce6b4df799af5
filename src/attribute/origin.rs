//! Finds what grows: drivers, or which processes.
//!
//! Windows charges a process for pool that is allocated in its name; pool that a driver allocates for itself is charged
//! to no process. The charges need not add up to the pool, so compare their *growth*.

use std::collections::BTreeMap;

use super::suspect::{Basis, Suspect};
use crate::base::Pool;
use crate::detect::{END_SAMPLES, Points, Trend, marks};
use crate::machine::{Machine, Process, ProcessSeries, SYSTEM_PID, Series};
use crate::model::{Origin, Unit};
use crate::stats::{median, sen};

/// Processes cause growth if their share is at least this, the kernel if theirs is at most one less this. Charges miss
/// some of what a process causes, and load moves them a little: that leaves a third on either side.
const MOST: f64 = 0.7;
/// A process with a smaller share of the growth is no suspect: in normal work, many processes have a few hundredths
/// each.
pub const SUSPICIOUS_SHARE: f64 = 0.05;
/// Maximum number of suspects in the list.
const SUSPECTS: usize = 10;

/// The drivers or processes whose memory grew.
#[derive(Clone, Debug)]
pub struct Holders {
    pub origin: Origin,
    /// Largest share first.
    pub suspects: Vec<Suspect>,
    /// Figures that support the origin.
    pub reasons: Vec<OriginReason>,
    /// Whether much of the growth is charged to processes that are not in the log.
    pub listing: Listing,
}

/// Whether the log lists the processes that grew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// It lists them, or nothing shows otherwise.
    Complete,
    /// Much of the growth is charged to processes that the log does not list.
    LacksHolders,
}

/// Evidence for the origin of growth. Rates are bytes an hour; shares are 0 to 1 of the growth.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OriginReason {
    /// The log has no pool counters of processes during the growth.
    NoProcessCounters(Pool),
    /// Growth that is charged to processes, compared with the pool.
    Charged {
        origin: Origin,
        /// Rate of the charges to processes other than System.
        processes: f64,
        /// Rate of the pool.
        pool: f64,
        /// Share of the processes.
        share: f64,
    },
    /// Growth charged to the System process, in whose name threads of drivers run.
    SystemProcess {
        /// Share of the growth, 0 to 1.
        share: f64,
    },
    /// Without `_Total`, a process that started later may be missing.
    NoTotalAllListedAtStart,
    /// Without `_Total`, any process may be missing.
    NoTotalSomeListed,
    /// Growth is charged to processes that the log does not list.
    Unlisted {
        /// Share of the growth, 0 to 1.
        share: f64,
    },
    /// Without ids, processes of one name are added up.
    NamesOnly,
}

/// All that is charged to processes, by sample: Windows' own sum. `None` without it, because the log may not list all
/// processes: a CSV log of logman lists only those that ran when it started.
pub fn charged_total(machine: &Machine, pool: Pool) -> Option<&Series> {
    Some(pool.charged(&machine.process_total)).filter(|total| !total.is_empty())
}

/// Sum over the processes that the log lists, by sample.
pub fn listed_sum(machine: &Machine, of: impl Fn(&ProcessSeries) -> &Series) -> Series {
    sum(machine, machine.processes.iter().map(|process| (of(&process.series), 0.0)))
}

/// Sum of series by sample, each less its own base.
fn sum<'s>(machine: &Machine, parts: impl Iterator<Item = (&'s Series, f64)>) -> Series {
    let mut sums = vec![f64::NAN; machine.times.len()];
    for (part, base) in parts {
        for (sample, value) in part.iter() {
            let sum = &mut sums[sample];
            *sum = if sum.is_nan() { value - base } else { *sum + value - base };
        }
    }
    let mut series = Series::default();
    for (sample, sum) in sums.into_iter().enumerate().filter(|(_, sum)| !sum.is_nan()) {
        series.push(sample, sum);
    }
    series
}

/// What each process of the log has gained within its own life, summed, by sample. `None` if ids or
/// processes are missing in the log. A process that comes brings its pool with it; that is no growth of any process.
#[must_use]
pub fn gained_total(machine: &Machine, pool: Pool) -> Option<Series> {
    if !machine.has_process_ids || !machine.lists_all_processes {
        return None;
    }
    let known = machine.processes.iter().filter(|process| !process.identity_unknown);
    let charged = known.map(|process| pool.charged(&process.series));
    let gained = charged.filter_map(|charged| Some((charged, charged.first()?.1)));
    let series = sum(machine, gained);
    (!series.is_empty()).then_some(series)
}

/// Pool charged to the processes that the log lists, by sample.
fn charged_listed(machine: &Machine, pool: Pool) -> Series {
    listed_sum(machine, |process| pool.charged(process))
}

/// Rate of a series over a range of samples, bytes an hour; uses the same samples as the pool.
pub fn rate(series: &Series, hours: &[f64], (from, to): (usize, usize)) -> Option<f64> {
    let (times, values): (Vec<f64>, Vec<f64>) = series.between(from, to).map(|(s, v)| (hours[s], v)).unzip();
    let marks = marks(Points { hours: &times, values: &values, unit: Unit::Bytes });
    let (times, values): (Vec<f64>, Vec<f64>) = marks.iter().map(|m| (m.time, m.value)).unzip();
    sen(&times, &values).map(|s| s.slope)
}

/// Finds what a pool's growth belongs to. `hours` are the sample times of the trend.
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
        let reasons = vec![OriginReason::NoProcessCounters(pool)];
        return Holders { origin: Origin::Unknown, suspects: Vec::new(), reasons, listing: Listing::Complete };
    };
    let share = (user_rate / trend.slope).clamp(0.0, 1.0);
    let mut shares: Vec<Suspect> =
        machine.processes.iter().filter_map(|process| suspect(process, pool, growth, hours, stretch)).collect();
    let system: f64 = shares.iter().filter(|s| s.pid == Some(SYSTEM_PID)).map(|s| s.share).sum();
    // Drivers allocated what is charged to the System process, in threads of their own.
    let by_processes = (share - system).clamp(0.0, 1.0);
    let origin = match by_processes {
        s if s >= MOST => Origin::User,
        _ if !complete => Origin::Unknown,
        s if s <= 1.0 - MOST => Origin::Kernel,
        _ => Origin::Both,
    };
    let mut reasons = vec![OriginReason::Charged {
        origin,
        processes: user_rate - system * trend.slope,
        pool: trend.slope,
        share: by_processes,
    }];
    if system >= SUSPICIOUS_SHARE {
        reasons.push(OriginReason::SystemProcess { share: system.min(1.0) });
    }
    if !complete {
        reasons.push(OriginReason::NoTotalSomeListed);
    } else if charged_total(machine, pool).is_none() {
        reasons.push(OriginReason::NoTotalAllListedAtStart);
    }
    let unlisted = if complete { unlisted(machine, pool, trend, hours, stretch) } else { None };
    reasons.extend(unlisted.map(|share| OriginReason::Unlisted { share }));
    shares.retain(|s| s.pid != Some(SYSTEM_PID));
    if !machine.has_process_ids && machine.processes.iter().any(|p| p.identity_unknown) {
        reasons.push(OriginReason::NamesOnly);
    }
    let mut suspects = by_name(shares);
    suspects.retain(|s| s.share >= SUSPICIOUS_SHARE);
    suspects.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.name.cmp(&b.name)).then(a.pid.cmp(&b.pid)));
    suspects.truncate(SUSPECTS);
    let listing = if unlisted.is_some() { Listing::LacksHolders } else { Listing::Complete };
    Holders { origin, suspects, reasons, listing }
}

/// A process is named alone if it has this share of what all processes of its name use.
const ALONE: f64 = 0.7;

/// Whether a series has values over at least half of a range's time.
fn spans_half(series: &Series, hours: &[f64], (from, to): (usize, usize)) -> bool {
    let mut own = series.between(from, to).map(|(sample, _)| hours[sample]);
    let Some(first) = own.next() else { return false };
    let last = own.last().unwrap_or(first);
    let whole = hours.get(to.saturating_sub(1)).zip(hours.get(from)).map_or(0.0, |(end, begin)| end - begin);
    2.0 * (last - first) >= whole
}

/// Share of the growth that is charged to processes that the log does not list, if it is large.
fn unlisted(machine: &Machine, pool: Pool, trend: &Trend, hours: &[f64], stretch: (usize, usize)) -> Option<f64> {
    let all = rate(charged_total(machine, pool)?, hours, stretch)?;
    let listed = rate(&charged_listed(machine, pool), hours, stretch).unwrap_or(0.0);
    let share = (all - listed) / trend.slope;
    (share >= 1.0 - MOST).then(|| share.min(1.0))
}

/// Merges processes of one name into one suspect, unless one of them causes most of the growth.
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
        let basis = Basis::SameName {
            processes: own.len(),
            largest_pid: largest.pid,
            largest_share: largest.share,
            largest: Box::new(largest.basis.clone()),
        };
        Some(Suspect {
            pid: None,
            processes: own.len(),
            share: together.min(1.0),
            rate: own.iter().map(|s| s.rate).sum(),
            basis,
            ..largest
        })
    });
    merged.collect()
}

/// A process and its share of the growth; `None` if it ended and released its memory.
fn suspect(process: &Process, pool: Pool, growth: f64, hours: &[f64], (from, to): (usize, usize)) -> Option<Suspect> {
    let values: Vec<(usize, f64)> = pool.charged(&process.series).between(from, to).collect();
    let (first, last) = (values.first()?.0, values.last()?.0);
    // Use the series' own interval: another log may have samples in between.
    let steps: Vec<f64> = values.windows(2).map(|w| hours[w[1].0] - hours[w[0].0]).collect();
    let patience = END_SAMPLES as f64 * median(&steps);
    if hours[last] + patience < *hours.get(to.checked_sub(1)?)? {
        return None;
    }
    let level = |part: &[(usize, f64)]| median(&part.iter().map(|(_, v)| *v).collect::<Vec<_>>());
    let ends = END_SAMPLES.min(values.len());
    let end = level(&values[values.len() - ends..]);
    // All memory of a process that was not there before is growth.
    let is_new = hours[first] > hours[from] + patience && process.began_when_seen(3600.0 * median(&steps));
    let begin = if is_new { 0.0 } else { level(&values[..ends]) };
    let own: Vec<(usize, f64)> = process.series.handles.between(from, to).collect();
    let handles = (own.len() >= ends).then(|| (level(&own[..ends]), level(&own[own.len() - ends..])));
    let handles = handles.filter(|(before, after)| after - before > (HANDLES_RISE * before).max(HANDLES_USUAL));
    let share = ((end - begin) / growth).clamp(0.0, 1.0);
    let rate = rate(pool.charged(&process.series), hours, (first, to));
    Some(Suspect::process(process, share, rate, Basis::ChargedPool { from: begin, to: end, handles }))
}

/// Mention handles only if they rose by this share and by more than processes commonly open.
const HANDLES_RISE: f64 = 0.5;
const HANDLES_USUAL: f64 = 1000.0;
