//! The finding on one kernel pool.

use super::chart::{Parts, chart, time_at};
use super::exhaustion::{Exhaustion, forecast, limits};
use super::judge::{Context, Judgement, Trend, judge};
use super::load::Load;
use super::origin::{self, Holders};
use super::window::{MIN_SAMPLES, Points};
use super::{Options, advice};
use crate::counters::MemoryCounter;
use crate::log::Moment;
use crate::machine::{Machine, Ram};
use crate::verdict::{self, Finding, Growth, Origin, Severity, Subject, Suspect, Unit, Verdict, units};

/// A pool that fills within so many hours is critical: a week is about what it takes to plan a restart.
const CRITICAL_HOURS: f64 = 7.0 * 24.0;
/// Nonpaged pool above this share of RAM is critical whatever its rate: it is memory that nothing can page out.
const CRITICAL_SHARE: f64 = 0.5;

/// What a pool can hold: no Windows addresses more than 128 TB of kernel memory.
pub const POSSIBLE: std::ops::RangeInclusive<f64> = 0.0..=140_737_488_355_328.0;

/// What the judgement is made on.
pub struct Subjects<'a> {
    /// The machine.
    pub machine: &'a Machine,
    /// Hours from the first sample, by sample.
    pub hours: &'a [f64],
    /// Median distance of samples, hours.
    pub interval: Option<f64>,
    /// Physical memory, where known.
    pub ram: Option<&'a Ram>,
    /// Loads in the log.
    pub loads: &'a [Load],
    /// What the user gave.
    pub options: &'a Options,
}

impl Subjects<'_> {
    fn context(&self) -> Context<'_> {
        Context { interval: self.interval, loads: self.loads }
    }

    fn clock(&self, hours: f64) -> Option<verdict::Time> {
        time_at(self.machine, hours)
    }
}

/// Judges a pool. Without its counter the finding says so.
pub fn finding(of: &Subjects<'_>, pool: Subject) -> Finding {
    let (name, counter_name) = (pool.name(), pool.counter());
    let memory_counter = match pool {
        Subject::NonpagedPool => MemoryCounter::PoolNonpagedBytes,
        Subject::PagedPool => MemoryCounter::PoolPagedBytes,
    };
    let series = of.machine.memory.get(memory_counter);
    let path = format!(r"\\{}\Memory\{counter_name}", of.machine.name);
    let (samples, values): (Vec<usize>, Vec<f64>) = series.iter().filter(|(_, v)| POSSIBLE.contains(v)).unzip();
    let absurd = series.iter().count() - values.len();
    let hours: Vec<f64> = samples.iter().map(|s| of.hours[*s]).collect();
    let points = Points { hours: &hours, values: &values, unit: Unit::Bytes };
    let Judged { mut judgement, stretch, begins_with, ended_with, said } = judge_between_boots(of, points);
    if values.is_empty() {
        judgement.reasons = vec![format!(r"The log does not hold \Memory\{counter_name}")];
    }
    // What grows from a restart on began with it.
    if let (Some(trend), true) = (&mut judgement.trend, begins_with.is_some()) {
        trend.began_within = true;
    }
    let trend = judgement.trend;
    let mut holders = trend.map(|trend| origin::find(of.machine, pool, &trend, of.hours));
    if let Some(holders) = holders.as_mut().filter(|_| !judgement.resets.is_empty()) {
        // Whoever held the last rise has ended; the next of that name goes on.
        holders.suspects.iter_mut().for_each(|suspect| suspect.pid = None);
    }
    let now = values.last().copied().unwrap_or(0.0);
    let release = of.options.release.or_else(|| {
        let (major, minor, build) = of.machine.info.os_version?;
        super::Release::from_version(major, minor, build)
    });
    let known_limits = limits(of.machine, pool, release, of.ram, now);
    let mut exhaustion = trend.map(|trend| forecast(&known_limits, now, &trend, points.span(), of.ram));
    if let Some(exhaustion) = exhaustion.as_mut().filter(|_| ended_with.is_some() || !judgement.resets.is_empty()) {
        // The pool was given back, and how far it comes before it is again is not known.
        exhaustion.hours = None;
        exhaustion.hours_ci95 = None;
    }

    let mut reasons: Vec<String> = holders.iter().flat_map(|h| h.reasons.clone()).collect();
    reasons.extend(judgement.reasons.clone());
    reasons.extend(said);
    reasons.extend(trend.and_then(|trend| available_reason(of, pool, &trend)));
    if absurd > 0 {
        reasons.push(format!("{absurd} values above 128 TB or below 0 cannot be, and were left out"));
    }
    let drawn = chart(
        of.machine,
        Parts {
            title: format!("{name} of {}", of.machine.name),
            series,
            charged: origin::charged_total(of.machine, pool),
            trend: trend.as_ref(),
            limit: exhaustion.as_ref().and_then(|e| Some((e.limit?, e.basis.clone()))),
        },
    );
    let severity = severity(judgement.verdict, exhaustion.as_ref());
    Finding {
        subject: pool,
        counter: (!values.is_empty()).then_some(path),
        process: None,
        pid: None,
        verdict: judgement.verdict,
        origin: holders.as_ref().map(|h| h.origin),
        confidence: (judgement.confidence * 100.0).round() / 100.0,
        severity,
        headline: headline(of, name, &judgement, holders.as_ref(), exhaustion.as_ref(), &values, ended_with),
        reasons,
        growth: growth(of, &judgement, stretch.values),
        exhaustion: exhaustion.map(|e| exhaustion_of(of, e)),
        suspects: holders.as_ref().map(|h| h.suspects.clone()).unwrap_or_default(),
        next_steps: if values.is_empty() {
            advice::log_memory()
        } else {
            advice::next_steps(pool, judgement.verdict, holders.as_ref())
        },
        chart: (!values.is_empty()).then_some(drawn),
    }
}

/// What was judged, and what restarts have to do with it.
struct Judged<'a> {
    judgement: Judgement,
    /// The stretch that it was made on.
    stretch: Points<'a>,
    /// Restart that the judged stretch begins with.
    begins_with: Option<Moment>,
    /// Restart that it ended with: the leak was another boot's, and the pool was given back.
    ended_with: Option<Moment>,
    /// What to say of the other stretches.
    said: Option<String>,
}

/// A restart gives all pool back: the stretches between restarts are judged each by itself. The
/// present one counts when it is long enough to judge; otherwise the latest that is.
fn judge_between_boots<'a>(of: &Subjects<'_>, points: Points<'a>) -> Judged<'a> {
    let first = of.machine.times.first();
    let boots: Vec<(f64, Moment)> =
        of.machine.boots.iter().filter_map(|boot| Some((boot.utc.seconds_since(first?.utc) / 3600.0, *boot))).collect();
    let ends = boots.iter().map(|(hour, _)| *hour).chain([f64::INFINITY]);
    let mut rest = points;
    let stretches: Vec<Points<'a>> = ends
        .map(|end| {
            let stretch = rest.before(end);
            rest = rest.from(end);
            stretch
        })
        .collect();
    let judged: Vec<Option<Judgement>> =
        stretches.iter().map(|s| (s.values.len() >= MIN_SAMPLES).then(|| judge(*s, of.context()))).collect();
    let leaks = |j: &Judgement| matches!(j.verdict, Verdict::Leak | Verdict::SuspectedLeak);
    // The present boot speaks, unless it is innocent for less than half as long as an earlier one
    // took to be found guilty.
    let present = judged.iter().rposition(Option::is_some);
    let guilty = judged.iter().rposition(|j| j.as_ref().is_some_and(leaks));
    let spoken = match (present, guilty) {
        (Some(now), Some(then)) if 2.0 * stretches[now].covered() < stretches[then].covered() => Some(then),
        _ => present,
    };
    let Some(at) = spoken else {
        let mut judgement = judge(points.before(f64::MIN), of.context());
        if boots.is_empty() {
            judgement = judge(points, of.context());
        } else {
            judgement.reasons[0] = format!(
                "The machine restarted {} within the log, and no stretch between restarts holds the {MIN_SAMPLES} samples \
                 that tell growth from chance",
                units::times(boots.len())
            );
        }
        return Judged { judgement, stretch: points, begins_with: None, ended_with: None, said: None };
    };
    let last = judged.len() - 1;
    let leaking: Vec<usize> = (0..judged.len()).filter(|n| judged[*n].as_ref().is_some_and(leaks)).collect();
    let said = (!boots.is_empty()).then(|| {
        let rates: Vec<String> = leaking
            .iter()
            .filter_map(|n| judged[*n].as_ref()?.trend)
            .map(|trend| units::rate(trend.slope))
            .collect();
        let grew = if rates.is_empty() { "none grew".to_owned() } else { format!("these grew: {}", rates.join(", ")) };
        format!(
            "The machine restarted {} within the log, which gives all pool back; each stretch was judged by itself, and {grew}",
            units::times(boots.len())
        )
    });
    let judgement = judged.into_iter().nth(at).flatten().unwrap_or_else(|| judge(points, of.context()));
    Judged {
        judgement,
        stretch: stretches[at],
        begins_with: at.checked_sub(1).and_then(|before| boots.get(before)).map(|(_, boot)| *boot),
        ended_with: if at < last { boots.get(at).map(|(_, boot)| *boot) } else { None },
        said,
    }
}

fn severity(verdict: Verdict, exhaustion: Option<&Exhaustion>) -> Severity {
    let soon = exhaustion.is_some_and(|e| {
        e.hours.is_some_and(|h| h < CRITICAL_HOURS) || e.share_of_ram.is_some_and(|s| s > CRITICAL_SHARE)
    });
    match verdict {
        Verdict::Leak if soon => Severity::Critical,
        Verdict::Leak | Verdict::SuspectedLeak => Severity::Warning,
        Verdict::Step | Verdict::InsufficientData => Severity::Info,
        Verdict::WarmUp | Verdict::Load | Verdict::Stable => Severity::Ok,
    }
}

/// For a leak the rate since it began, else what the whole log did.
fn growth(of: &Subjects<'_>, judgement: &Judgement, values: &[f64]) -> Option<Growth> {
    let (slope, ci95) = judgement.overall?;
    Some(Growth {
        bytes_per_hour: slope,
        bytes_per_hour_ci95: Some([ci95.0, ci95.1]),
        first: *values.first()?,
        last: *values.last()?,
        maximum: values.iter().copied().fold(f64::MIN, f64::max),
        since: judgement.trend.filter(|t| t.began_within).and_then(|t| of.clock(t.hours.0)),
    })
}

fn exhaustion_of(of: &Subjects<'_>, e: Exhaustion) -> verdict::Exhaustion {
    let end = of.hours.last().copied().unwrap_or(0.0);
    let at = |hours: Option<f64>| hours.and_then(|h| of.clock(end + h));
    verdict::Exhaustion {
        limit_bytes: e.limit,
        limit_basis: e.basis,
        at: at(e.hours),
        at_ci95: e.hours_ci95.map(|(earliest, latest)| [at(Some(earliest)), at(latest)]),
        share_of_physical_memory: e.share_of_ram,
    }
}

/// Available memory is felt before any limit is met.
fn available_reason(of: &Subjects<'_>, pool: Subject, trend: &Trend) -> Option<String> {
    if pool != Subject::NonpagedPool {
        return None;
    }
    let available = of.machine.available_bytes();
    let within = |(sample, _): &(usize, f64)| (trend.hours.0..=trend.hours.1).contains(&of.hours[*sample]);
    let mut values = available.iter().filter(within).map(|(_, v)| v);
    let first = values.next()?;
    let last = values.next_back()?;
    let text = format!("Available memory went from {} to {} meanwhile", units::bytes(first), units::bytes(last));
    let share = (trend.levels.1 - trend.levels.0) / (first - last);
    // More than all of it means that something else was given back.
    Some(if (0.0..=1.0).contains(&share) {
        format!("{text}; the pool's growth is {} of that", units::percent(share))
    } else {
        text
    })
}

fn headline(
    of: &Subjects<'_>,
    name: &str,
    judgement: &Judgement,
    holders: Option<&Holders>,
    exhaustion: Option<&Exhaustion>,
    values: &[f64],
    ended_with: Option<Moment>,
) -> String {
    let (Some(now), Some(top)) = (values.last(), values.iter().copied().reduce(f64::max)) else {
        return format!("{name}: the log does not hold its counter.");
    };
    let now = units::bytes(*now);
    match judgement.verdict {
        Verdict::Leak | Verdict::SuspectedLeak => {}
        Verdict::InsufficientData => return format!("{name} cannot be judged: the log is too short. It holds {now}."),
        Verdict::Step => return format!("{name} rose in one step and stayed: no leak so far. It holds {now}."),
        Verdict::WarmUp => return format!("{name} has warmed up and levelled off at {now}: no leak."),
        Verdict::Load if judgement.open_end => {
            return format!(
                "{name} goes up and down with load, and the log ends while it is up at {now}: no leak so far."
            );
        }
        Verdict::Load => {
            return format!(
                "{name} follows load and comes back: no leak. It holds {now}, at most {}.",
                units::bytes(top)
            );
        }
        Verdict::Stable => return format!("{name} is stable: no leak. It holds {now}."),
    }
    let trend = judgement.trend.as_ref();
    let rate = trend.map_or_else(String::new, |t| units::rate(t.slope));
    let does = if judgement.verdict == Verdict::Leak { "leaks" } else { "may leak" };
    let since = trend.filter(|t| t.began_within).and_then(|t| of.clock(t.hours.0));
    let since =
        since.map_or_else(|| " since before the log began".to_owned(), |t| format!(" since {}", units::moment(t.0)));
    let held = match holders {
        Some(h) => match (h.origin, h.suspects.first()) {
            (Origin::Kernel, _) => ", held by drivers, not by processes".to_owned(),
            (Origin::User, Some(s)) => format!(", held by {}", who(s)),
            (Origin::User, None) if h.unlisted => ", held by processes that the log does not list".to_owned(),
            (Origin::User, None) => ", held by processes, no single one".to_owned(),
            (Origin::Both, Some(s)) => format!(", held by drivers and by {}", who(s)),
            (Origin::Both, None) => ", held by drivers and processes".to_owned(),
            (Origin::Unknown, _) => String::new(),
        },
        None => String::new(),
    };
    let ram = of.ram.map_or_else(String::new, |ram| {
        let about = if ram.exact { "" } else { "about " };
        format!(" of {about}{} RAM", units::bytes(ram.bytes as f64))
    });
    if let Some(boot) = ended_with.and_then(Moment::to_date_time) {
        return format!(
            "{name} leaked {rate}{since}{held} until the restart of {}; it holds {now}{ram} since.",
            units::moment(boot)
        );
    }
    let full = match exhaustion {
        Some(Exhaustion { hours: Some(h), .. }) if *h <= 0.0 => "; it is full now".to_owned(),
        Some(Exhaustion { hours: Some(h), .. }) => format!("; full in about {}", units::duration(*h)),
        _ if !judgement.resets.is_empty() => format!("; it fell back {}", units::times(judgement.resets.len())),
        Some(Exhaustion { limit: Some(_), .. }) => "; no limit in sight at this rate".to_owned(),
        _ => String::new(),
    };
    format!("{name} {does} {rate}{since}{held}; {now}{ram}{full}.")
}

/// A suspect in a sentence.
fn who(suspect: &Suspect) -> String {
    match suspect.pid {
        Some(pid) => format!("process {} (PID {pid})", suspect.name),
        None if suspect.processes == 1 => format!("process {}", suspect.name),
        None => format!("{} processes", suspect.name),
    }
}
