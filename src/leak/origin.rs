//! Who holds the growth: drivers, or processes and which.
//!
//! A process is charged for pool that is taken in its name; a driver that takes pool for itself
//! charges nobody. The charges need not add up to the pool, so their *growth* is compared.

use super::judge::Trend;
use super::window::{Points, marks};
use crate::machine::{Machine, Process, Series};
use crate::trend::{median, sen};
use crate::verdict::{Origin, Subject, Suspect, SuspectKind, units};

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
}

/// The pool charged to a process.
pub fn charged(process: &crate::machine::ProcessSeries, pool: Subject) -> &Series {
    match pool {
        Subject::NonpagedPool => &process.pool_nonpaged,
        Subject::PagedPool => &process.pool_paged,
    }
}

/// All that is charged to processes, by sample: Windows' own sum, else ours.
pub fn charged_total(machine: &Machine, pool: Subject) -> Series {
    let total = charged(&machine.process_total, pool);
    if !total.is_empty() {
        return total.clone();
    }
    let mut sums = vec![f64::NAN; machine.times.len()];
    for process in &machine.processes {
        for (sample, value) in charged(&process.series, pool).iter() {
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

/// Rate of a series in a stretch of samples, bytes an hour, by the same marks as the pool's.
fn rate(series: &Series, hours: &[f64], (from, to): (usize, usize)) -> Option<f64> {
    let (times, values): (Vec<f64>, Vec<f64>) = series.between(from, to).map(|(s, v)| (hours[s], v)).unzip();
    let marks = marks(Points { hours: &times, values: &values });
    let (times, values): (Vec<f64>, Vec<f64>) = marks.iter().map(|m| (m.time, m.value)).unzip();
    sen(&times, &values).map(|s| s.slope)
}

/// Finds the holders of a pool's growth. `hours` are the sample times that the trend counts in.
pub fn find(machine: &Machine, pool: Subject, trend: &Trend, hours: &[f64]) -> Holders {
    let from = hours.partition_point(|h| *h < trend.hours.0);
    let to = hours.partition_point(|h| *h <= trend.hours.1);
    let stretch = (from, to);
    let total = charged_total(machine, pool);
    let charged_samples = total.between(from, to).count();
    let growth = trend.slope * (trend.hours.1 - trend.hours.0);
    let user_rate = rate(&total, hours, stretch).filter(|_| charged_samples * 2 >= to - from);
    let Some(user_rate) = user_rate.filter(|_| growth > 0.0) else {
        let reason = format!(
            r"The log has no \Process(*)\{} for the time of the growth: whether drivers or processes hold it cannot be told",
            counter(pool)
        );
        return Holders { origin: Origin::Unknown, suspects: Vec::new(), reasons: vec![reason] };
    };
    let share = (user_rate / trend.slope).clamp(0.0, 1.0);
    let origin = match share {
        s if s >= MOST => Origin::User,
        s if s <= 1.0 - MOST => Origin::Kernel,
        _ => Origin::Both,
    };
    let mut suspects: Vec<Suspect> = machine
        .processes
        .iter()
        .filter_map(|process| suspect(process, pool, growth, hours, stretch))
        .filter(|suspect| suspect.share >= SUSPICIOUS_SHARE)
        .collect();
    suspects.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.name.cmp(&b.name)).then(a.pid.cmp(&b.pid)));
    suspects.truncate(SUSPECTS);
    let mut reasons = vec![summary(origin, user_rate, trend.slope, share)];
    if !machine.has_process_ids && machine.processes.iter().any(|p| p.only_a_place) {
        reasons.push(
            "The log has no \\Process(*)\\ID Process: names such as svchost#3 are places in a list, held by one process \
             after another, so single processes among namesakes cannot be followed"
                .to_owned(),
        );
        suspects.retain(|s| s.pid.is_some() || !machine.processes.iter().any(|p| p.only_a_place && *p.name == s.name));
    }
    Holders { origin, suspects, reasons }
}

fn summary(origin: Origin, user_rate: f64, pool_rate: f64, share: f64) -> String {
    let figures = format!(
        "what is charged to all processes together changes by {}, the pool by {} ({} of it)",
        units::rate(user_rate),
        units::rate(pool_rate),
        units::percent(share)
    );
    match origin {
        Origin::Kernel => format!("Held by drivers: {figures}; the rest was charged to nobody, as drivers take it"),
        Origin::User => format!("Held by processes: {figures}"),
        _ => format!("Held by drivers and by processes: {figures}"),
    }
}

fn counter(pool: Subject) -> &'static str {
    match pool {
        Subject::NonpagedPool => "Pool Nonpaged Bytes",
        Subject::PagedPool => "Pool Paged Bytes",
    }
}

/// A process and its share of the growth.
fn suspect(
    process: &Process,
    pool: Subject,
    growth: f64,
    hours: &[f64],
    (from, to): (usize, usize),
) -> Option<Suspect> {
    let values: Vec<(usize, f64)> = charged(&process.series, pool).between(from, to).collect();
    let (first, last) = (values.first()?.0, values.last()?.0);
    // What a process held that has ended was given back.
    if last + END_VALUES < to {
        return None;
    }
    let level = |part: &[(usize, f64)]| median(&part.iter().map(|(_, v)| *v).collect::<Vec<_>>());
    let ends = END_VALUES.min(values.len());
    let end = level(&values[values.len() - ends..]);
    // A process that was not there before brought all that it holds.
    let begin = if first > from + END_VALUES { 0.0 } else { level(&values[..ends]) };
    let rise = end - begin;
    let mut basis = format!("pool charged to it rose from {} to {}", units::bytes(begin), units::bytes(end));
    let handles: Vec<(usize, f64)> = process.series.handles.between(from, to).collect();
    if handles.len() >= ends {
        let (before, after) = (level(&handles[..ends]), level(&handles[handles.len() - ends..]));
        // Noteworthy when they rose by half and by more than processes commonly hold.
        if after - before > (0.5 * before).max(1000.0) {
            basis += &format!(", its handles from {} to {}", units::count(before), units::count(after));
        }
    }
    Some(Suspect {
        kind: SuspectKind::Process,
        name: process.name.to_string(),
        pid: process.pid,
        share: (rise / growth).clamp(0.0, 1.0),
        bytes_per_hour: rate(charged(&process.series, pool), hours, (first, to)),
        basis,
    })
}
