//! Processes whose starts and ends match what a pool does: processes that are correlated with a driver's leak, and
//! processes that are restarted when a pool falls.

use std::collections::BTreeMap;

use crate::base::time::FileTime;
use crate::detect::{
    Assessment, DAY, END_SAMPLES, Examined, GateKind, GateResult, MIN_SAMPLES, ONE_DAY_HOURS, OUTLIERS, Points,
    SLIDING_FROM_HOURS, STRAIGHT_RUN, Trend, range,
};
use crate::machine::{Machine, Process, SYSTEM_PID, Series};
use crate::model::{Passed, Verdict};
use crate::stats::{SIGMAS95, mad_sigma, median};

/// At least this share of the growth comes while a correlated process runs, …
const SHARE: f64 = 0.85;
/// … and it runs for at most this share of the time: the effect of a process that always runs cannot be seen.
const RUNS: f64 = 0.8;
/// Between its runs the pool varies by at most this share of the gain in them.
const QUIET_BETWEEN: f64 = 0.3;
/// The gain is at least this many times the scatter of samples.
const OVER_SCATTER: f64 = 8.0;
/// Growth starts with a process if both start within this many samples, or within a share of the log.
const TOGETHER_SAMPLES: f64 = 3.0;
const TOGETHER_SHARE: f64 = 0.03;
/// The runs gain alike: Student's t of 3.5, which four runs reach by chance one time in 50.
const ALIKE: f64 = 3.5;
/// The gain of an ended process counts if it is at least this share of the range of the pool.
const TOOTH: f64 = 0.1;
/// Runs with a gap of at most this many sample intervals are one: the next process starts one sample later, and samples
/// are not quite regular.
const TOUCHING_INTERVALS: f64 = 1.5;
/// In longer logs, growth and the process start together if they start on the same day, half a day either way.
const SAME_DAY_HOURS: f64 = DAY / 2.0;
/// A start or end belongs to a fall of the pool that is at most this many intervals away: both are anywhere between two
/// samples, and a process may need half an interval more to release its memory.
const AT_A_FALL_INTERVALS: f64 = 2.5;
/// Of this many falls, one may lack the process, for example if a gap in the log hides its end.
const FALLS_A_MISS: usize = 4;
/// A process caused a fall if it was charged with this share of it at its peak, …
const HELD: f64 = 0.5;
/// … or, without charges, if it ended at each of at least this many falls (one may be chance), …
const FEWEST_FALLS: usize = 2;
/// … and ended not much more often than the pool fell: a process that ends all day ends at every fall too.
const ENDS_A_FALL: usize = 2;
/// With more runs than this, the starts of a program are no useful clue.
const MOST_RUNS: usize = 400;

/// Growth that was found without its runs matches a process if this many runs gain alike: they need not prove the
/// growth, and three runs gain alike by chance one time in 27.
const ALIKE_IN_GROWTH: usize = 3;

/// A process that runs when a pool grows.
#[derive(Clone, Debug)]
pub struct CorrelatedProcess {
    pub name: String,
    /// Process id, if it ran only once.
    pub pid: Option<u32>,
    /// Share of the growth that came while it ran, 0 to 1.
    pub share: f64,
    /// Rate while it runs, bytes an hour.
    pub rate: f64,
    /// Hours that it ran in total.
    pub ran: f64,
    /// Hours of the log.
    pub span: f64,
    /// Start and end of each run, hours since the first sample.
    pub runs: Vec<(f64, f64)>,
}

/// Starts and ends of the processes of a name, in hours; and the id if it is only one process.
type Runs = (Vec<(f64, f64)>, Option<u32>);

/// Runs of processes by name; runs without a gap are merged.
fn runs(machine: &Machine, interval: f64) -> BTreeMap<&str, Runs> {
    let mut all: BTreeMap<&str, Vec<&Process>> = BTreeMap::new();
    for process in machine.processes.iter().filter(|p| !p.identity_unknown) {
        all.entry(&process.name).or_default().push(process);
    }
    let merge = |mut own: Vec<&Process>| {
        own.sort_by_key(|p| p.first_seen);
        let pid = if let [only] = own[..] { only.pid } else { None };
        let mut merged: Vec<(f64, f64)> = Vec::new();
        for (from, to) in own.into_iter().map(|p| (machine.hours_at(p.first_seen), machine.hours_at(p.last_seen))) {
            match merged.last_mut() {
                Some(last) if from <= last.1 + TOUCHING_INTERVALS * interval => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        (merged, pid)
    };
    all.into_iter().map(|(name, own)| (name, merge(own))).filter(|(_, (runs, _))| runs.len() <= MOST_RUNS).collect()
}

/// Before or after a point in time.
#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

/// The level just before or after an hour.
fn level(points: Points<'_>, hour: f64, side: Side) -> Option<f64> {
    let chosen = match side {
        Side::Before => {
            let part = points.before(hour).values;
            &part[part.len().saturating_sub(END_SAMPLES)..]
        }
        Side::After => {
            let part = points.from(hour).values;
            &part[..END_SAMPLES.min(part.len())]
        }
    };
    (!chosen.is_empty()).then(|| median(chosen))
}

/// Scatter of the samples, without slower movements.
fn scatter(points: Points<'_>) -> f64 {
    let steps: Vec<f64> = points.values.windows(2).map(|w| w[1] - w[0]).collect();
    mad_sigma(&steps) / std::f64::consts::SQRT_2
}

/// Growth of a pool during the runs of a process.
struct Gains {
    runs: Vec<(f64, f64)>,
    each: Vec<f64>,
    inside: f64,
    between: f64,
    total: f64,
    hours: f64,
}

fn gains(points: Points<'_>, runs: &[(f64, f64)], interval: f64) -> Option<Gains> {
    let (begin, end) = (*points.hours.first()?, *points.hours.last()?);
    let first = level(points, begin, Side::After)?;
    let last = level(points, end + interval, Side::Before)?;
    let runs: Vec<(f64, f64)> = runs.iter().copied().filter(|(from, to)| *to > begin && *from < end).collect();
    let mut each = Vec::new();
    let mut between = 0.0;
    let mut at = first;
    for (from, to) in &runs {
        // A process starts to allocate between the sample before it is first seen and the first that shows it.
        let before =
            if *from <= begin + interval / 2.0 { first } else { level(points, *from - interval / 2.0, Side::Before)? };
        let after = if *to >= end - interval / 2.0 { last } else { level(points, *to + interval / 2.0, Side::After)? };
        between += (before - at).abs();
        each.push(after - before);
        at = after;
    }
    between += (last - at).abs();
    let hours = runs.iter().map(|(from, to)| to.min(end) - from.max(begin) + interval).sum();
    Some(Gains { inside: each.iter().sum(), runs, each, between, total: last - first, hours })
}

impl Gains {
    /// Whether all runs gain about as much: the mean is several standard errors above 0. One step in one of many runs
    /// reaches 1.
    fn alike(&self) -> bool {
        let n = self.each.len() as f64;
        let mean = self.inside / n;
        let variance = self.each.iter().map(|g| (g - mean) * (g - mean)).sum::<f64>() / (n - 1.0).max(1.0);
        mean > ALIKE * (variance / n).sqrt()
    }

    /// Whether the pool grows in these runs and only in them.
    fn explain(&self, points: Points<'_>, scatter: f64) -> bool {
        !self.runs.is_empty()
            && self.total > 0.0
            && self.inside >= SHARE * self.total
            && self.between <= QUIET_BETWEEN * self.inside
            && self.hours <= RUNS * points.span()
            && self.inside > OVER_SCATTER * scatter * (self.runs.len() as f64).sqrt()
    }
}

/// The process that growth started with, or that it follows run by run. `trend` is the growth.
pub fn correlated(machine: &Machine, points: Points<'_>, trend: &Trend, interval: f64) -> Option<CorrelatedProcess> {
    let scatter = scatter(points);
    let mut near = (TOGETHER_SAMPLES * interval).max(TOGETHER_SHARE * points.span());
    // In longer logs the start of growth is known only to the day.
    if points.span() >= SLIDING_FROM_HOURS {
        near = near.max(SAME_DAY_HOURS);
    }
    let candidates = runs(machine, interval).into_iter().filter_map(|(name, (runs, pid))| {
        let gains = gains(points, &runs, interval).filter(|gains| gains.explain(points, scatter))?;
        let begins = gains.runs.first()?.0;
        let together = (gains.runs.len() >= ALIKE_IN_GROWTH && gains.alike())
            || (trend.began_within && (begins - trend.hours.0).abs() <= near);
        together.then(|| of_gains(name, pid, &gains, points))
    });
    candidates.max_by(|a, b| a.share.total_cmp(&b.share))
}

/// The correlated process that these gains show.
fn of_gains(name: &str, pid: Option<u32>, gains: &Gains, points: Points<'_>) -> CorrelatedProcess {
    CorrelatedProcess {
        name: name.to_owned(),
        pid,
        share: (gains.inside / gains.total).clamp(0.0, 1.0),
        rate: gains.inside / gains.hours,
        ran: gains.hours,
        span: points.span(),
        runs: gains.runs.clone(),
    }
}

/// Growth only while a process ran.
#[derive(Clone, Debug)]
pub struct WhileRunning {
    pub assessment: Assessment,
    pub correlated: CorrelatedProcess,
    /// Level before its first run and after its last.
    pub levels: (f64, f64),
}

/// Confidence in a leak over several runs or one long run, and in a suspected leak.
const SURE: f64 = 0.85;
const SUSPECTED: f64 = 0.7;
/// This many runs that gain alike prove a leak even if none is long enough to examine: four do so by chance one time in
/// 50, see [`ALIKE`].
const ALIKE_RUNS: usize = 4;

/// Growth that stopped when a process ended; without the process it would look like a cache that has filled.
#[must_use]
pub fn while_it_ran(machine: &Machine, points: Points<'_>, interval: f64) -> Option<WhileRunning> {
    let end = *points.hours.last()?;
    let scatter = scatter(points);
    let candidates = runs(machine, interval).into_iter().filter_map(|(name, (runs, pid))| {
        let gains = gains(points, &runs, interval).filter(|gains| gains.explain(points, scatter))?;
        // The log must show both its start and its end.
        let seen = gains.runs.first()?.0 > points.hours[0] + interval && gains.runs.last()?.1 < end - interval;
        let examined: Vec<Examined> = gains
            .runs
            .iter()
            .map(|(from, to)| points.from(*from).before(*to + interval / 2.0))
            .filter(|part| part.values.len() >= MIN_SAMPLES)
            .filter_map(Examined::of)
            .collect();
        let proven = examined.iter().any(grows);
        let is_so =
            if gains.runs.len() == 1 { proven } else { gains.alike() && (proven || gains.runs.len() >= ALIKE_RUNS) };
        (seen && is_so).then(|| (examined, of_gains(name, pid, &gains, points)))
    });
    let (examined, correlated) = candidates.max_by(|a, b| a.1.share.total_cmp(&b.1.share))?;
    Some(leak_of_runs(points, interval, examined, correlated))
}

/// Whether a run grows in a straight line and passes the checks that apply to a single run.
fn grows(run: &Examined) -> bool {
    let needed = [GateKind::Trend, GateKind::Noise, GateKind::RandomDrift, GateKind::NotOneStep, GateKind::Size];
    run.stats.straight >= STRAIGHT_RUN
        && run.gates.iter().all(|gate| gate.passed == Passed::Yes || !needed.contains(&gate.kind))
}

/// Half of the 95 % confidence interval of a rate over some runs: as many runs come in another time of this length as a
/// Poisson distribution allows, and either level is off by the scatter. `hours` is the time that the rate covers.
fn reach95(rate: f64, runs: usize, scatter: f64, hours: f64) -> f64 {
    let by_number = rate / (runs.max(1) as f64).sqrt();
    let by_levels = std::f64::consts::SQRT_2 * scatter / hours;
    SIGMAS95 * by_number.hypot(by_levels)
}

fn leak_of_runs(
    points: Points<'_>,
    interval: f64,
    examined: Vec<Examined>,
    correlated: CorrelatedProcess,
) -> WhileRunning {
    let runs = || correlated.runs.iter();
    let from = runs().map(|run| run.0).next().unwrap_or(points.hours[0]);
    let to = runs().map(|run| run.1).next_back().unwrap_or(from);
    let end = points.hours[points.hours.len() - 1];
    let level = |hour: f64, side| level(points, hour, side).unwrap_or(0.0);
    let levels = (level(from, Side::Before), level(to, Side::After));
    let often = correlated.runs.len() > 1;
    let last = examined.into_iter().rev().find(|run| run.stats.straight >= STRAIGHT_RUN).filter(|_| !often);
    // A process that runs now and then will run again: its rate covers the whole time since its first run.
    let (slope, ci95, gates, until): (f64, (f64, f64), Vec<GateResult>, f64) = match last {
        Some(run) => (run.stats.slope, run.stats.ci95, run.gates, to),
        None => {
            let rate = (levels.1 - levels.0) / (end - from).max(interval);
            let reach = reach95(rate, correlated.runs.len(), scatter(points), (end - from).max(interval));
            (rate, (rate - reach, rate + reach), Examined::of(points).map(|all| all.gates).unwrap_or_default(), end)
        }
    };
    let trend = Trend { slope, ci95, accelerated: None, hours: (from, until), levels, began_within: true };
    // One run of less than a day could be a cache that was filled once and kept.
    let sure = often || to - from >= ONE_DAY_HOURS;
    let (verdict, confidence) = if sure { (Verdict::Leak, SURE) } else { (Verdict::SuspectedLeak, SUSPECTED) };
    let growing = Assessment::growing(verdict, confidence, Vec::new(), trend);
    WhileRunning { assessment: Assessment { gates, stopped: !often, ..growing }, correlated, levels }
}

/// The pool with the memory of ended processes of one name added back: without these falls, a leak with restarts is a
/// ramp. Returns the name, the ends in hours, and the values; `None` if no process gained and ended.
pub fn with_released_added_back<'m>(
    machine: &'m Machine,
    points: Points<'_>,
    charged: impl Fn(&Process) -> &Series,
) -> Option<(&'m str, Vec<f64>, Vec<f64>)> {
    let end = *points.hours.last()?;
    let (low, high) = range(points.values, OUTLIERS);
    let least = TOOTH * (high - low);
    let mut teeth: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for process in machine.processes.iter().filter(|p| !p.identity_unknown && p.pid != Some(SYSTEM_PID)) {
        let ended = machine.hours_at(process.last_seen);
        let (Some((_, begin)), Some((_, last))) = (charged(process).first(), charged(process).last()) else { continue };
        if ended < end && ended > points.hours[0] && last - begin >= least {
            teeth.entry(&process.name).or_default().push((ended, last - begin));
        }
    }
    let (name, mut own) = teeth.into_iter().max_by(|a, b| {
        let sum = |teeth: &[(f64, f64)]| teeth.iter().map(|(_, gained)| gained).sum::<f64>();
        sum(&a.1).total_cmp(&sum(&b.1))
    })?;
    own.sort_by(|a, b| a.0.total_cmp(&b.0));
    let given = |hour: f64| own.iter().take_while(|(ended, _)| *ended < hour).map(|(_, gained)| gained).sum::<f64>();
    let values = points.hours.iter().zip(points.values).map(|(hour, v)| v + given(*hour)).collect();
    Some((name, own.iter().map(|(ended, _)| *ended).collect(), values))
}

/// The running process of a name that started last.
pub fn successor(machine: &Machine, name: &str) -> Option<u32> {
    let end = machine.times.last()?.utc;
    let own = machine.processes.iter().filter(|p| *p.name == *name && p.last_seen == end);
    own.max_by_key(|p| p.first_seen)?.pid
}

/// The process that restarted each time that a pool fell: its name, and the id that runs now.
pub fn restarted_process<'m>(
    machine: &'m Machine,
    resets: &[f64],
    interval: f64,
    charged: impl Fn(&Process) -> f64,
    fall: f64,
) -> Option<(&'m str, Option<u32>)> {
    let end = machine.times.last()?.utc;
    let near = |time: FileTime, reset: f64| (machine.hours_at(time) - reset).abs() <= AT_A_FALL_INTERVALS * interval;
    let mut by_name: BTreeMap<&str, Vec<&Process>> = BTreeMap::new();
    for process in &machine.processes {
        by_name.entry(&process.name).or_default().push(process);
    }
    let needed = resets.len() - resets.len() / FALLS_A_MISS;
    let candidates = by_name.into_iter().filter_map(|(name, own)| {
        let ends = own.iter().filter(|p| p.last_seen < end).count();
        // A process that ends far more or far less often than the pool falls is unrelated.
        if ends < needed {
            return None;
        }
        let matched = resets.iter().filter(|reset| {
            let ended = own.iter().any(|p| p.last_seen < end && near(p.last_seen, **reset));
            ended && own.iter().any(|p| near(p.first_seen, **reset))
        });
        let held = own.iter().map(|p| charged(p)).fold(0.0, f64::max);
        let follows = resets.len() >= FEWEST_FALLS && ends <= ENDS_A_FALL * resets.len();
        let fits = matched.count() >= needed && (held >= HELD * fall || follows);
        fits.then_some((held, name))
    });
    let (_, name) = candidates.max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some((name, successor(machine, name)))
}
