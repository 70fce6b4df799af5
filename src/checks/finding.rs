//! What all findings have: the machine that they are about, growth, forecast and severity.

use std::collections::BTreeMap;

use crate::base::units;
use crate::checks::Options;
use crate::checks::chart::time_at;
use crate::checks::judgement::Judgement;
use crate::detect::load::Load;
use crate::detect::{Context, Points, Trend};
use crate::forecast::exhaustion::Exhaustion;
use crate::log::{FileTime, ZonedTime};
use crate::machine::{Machine, Process, Ram, Series};
use crate::model::{self, Finding, Growth, Severity, Subject, Unit, Verdict};

/// A pool that fills within so many hours is critical: a week is about what it takes to plan a restart.
const CRITICAL_HOURS: f64 = 7.0 * 24.0;
/// Nonpaged pool above this share of RAM is critical whatever its rate: it is memory that nothing can page out.
pub const CRITICAL_SHARE: f64 = 0.5;

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
    /// When programs began that still ran at the end, hours.
    pub starts: &'a [f64],
    /// What the user gave.
    pub options: &'a Options,
}

impl Subjects<'_> {
    /// Since when something grows, in a sentence.
    pub fn since(&self, trend: &Trend) -> String {
        let begin = self.clock(trend.hours.0).filter(|_| trend.began_within);
        begin.map_or_else(|| " since before the log began".to_owned(), |t| format!(" since {}", units::moment(t.0)))
    }

    /// Until when something grew that a restart gave back, in a sentence.
    pub fn until(boot: Option<ZonedTime>) -> Option<String> {
        boot.and_then(ZonedTime::to_date_time).map(|time| format!(" until the restart of {}", units::moment(time)))
    }

    /// The Windows release, given or by the log's header.
    pub fn release(&self) -> Option<crate::checks::Release> {
        self.options.release.or_else(|| {
            let (major, minor, build) = self.machine.info.os_version?;
            crate::checks::Release::from_version(major, minor, build)
        })
    }

    /// Restarts with their hours.
    pub fn boots(&self) -> Vec<(f64, Moment)> {
        let first = self.machine.times.first();
        let hours = |boot: &Moment| Some((boot.utc.seconds_since(first?.utc) / 3600.0, *boot));
        self.machine.boots.iter().filter_map(hours).collect()
    }

    /// What every judgement needs.
    pub fn context(&self) -> Context<'_> {
        Context { interval: self.interval, loads: self.loads, starts: self.starts }
    }

    /// The machine's clock so many hours after the first sample.
    pub fn clock(&self, hours: f64) -> Option<model::Time> {
        time_at(self.machine, hours)
    }
}

/// When programs began within the log that still run at its end and take nobody's place, hours.
pub fn starts(machine: &Machine) -> Vec<f64> {
    let (Some(first), Some(last)) = (machine.times.first(), machine.times.last()) else { return Vec::new() };
    let mut ends: BTreeMap<&str, Vec<FileTime>> = BTreeMap::new();
    for process in machine.processes.iter().filter(|p| p.last_seen < last.utc) {
        ends.entry(&process.name).or_default().push(process.last_seen);
    }
    ends.values_mut().for_each(|times| times.sort_unstable());
    let successor = |p: &Process| {
        let Some(ends) = ends.get(&*p.name) else { return false };
        let before = ends.partition_point(|end| *end <= p.first_seen);
        before > 0 && p.first_seen.seconds_since(ends[before - 1]) < HEIR_SECONDS
    };
    let began = |p: &&Process| p.last_seen == last.utc && p.first_seen > first.utc && !successor(p);
    machine.processes.iter().filter(began).map(|p| p.first_seen.seconds_since(first.utc) / 3600.0).collect()
}

/// A process that begins so soon after a namesake ended takes its place.
const HEIR_SECONDS: f64 = 3600.0;

/// A counter that is blank for this share of the log's end has ended early.
const EARLY: f64 = 0.05;

/// Times and values of a series that can be: times in hours from the machine's first sample.
pub struct Sane {
    hours: Vec<f64>,
    values: Vec<f64>,
    unit: Unit,
    /// How many values could not be.
    pub absurd: usize,
}

impl Sane {
    /// Of a series, without what is out of range.
    pub fn of(series: &Series, hours: &[f64], possible: &std::ops::RangeInclusive<f64>, unit: Unit) -> Self {
        let (samples, values): (Vec<usize>, Vec<f64>) = series.iter().filter(|(_, v)| possible.contains(v)).unzip();
        let absurd = series.iter().count() - values.len();
        Self { hours: samples.iter().map(|s| hours[*s]).collect(), values, unit, absurd }
    }

    /// When the last value was, hours.
    pub fn end(&self) -> f64 {
        self.hours.last().copied().unwrap_or(0.0)
    }

    /// What to say of values that end long before the log does.
    pub fn ends_early(&self, of: &Subjects<'_>) -> Option<String> {
        let log = of.hours.last()? - of.hours.first()?;
        let missing = of.hours.last()? - self.hours.last()?;
        (missing > (EARLY * log).max(3.0 * of.interval?)).then(|| {
            format!(
                "It has no values in the last {} of the log: all that is said is of the time before",
                units::duration(missing)
            )
        })
    }

    /// As points.
    pub fn points(&self) -> Points<'_> {
        Points { hours: &self.hours, values: &self.values, unit: self.unit }
    }
}

/// A finding with what its judgement says; the rest is empty.
pub fn of_judgement(subject: Subject, judgement: &Judgement) -> Finding {
    Finding {
        subject,
        counter: None,
        process: None,
        pid: None,
        verdict: judgement.verdict,
        origin: None,
        confidence: (judgement.confidence * 100.0).round() / 100.0,
        severity: severity(judgement.verdict, None, f64::INFINITY),
        headline: String::new(),
        reasons: judgement.reasons.clone(),
        disagreements: Vec::new(),
        gates: judgement.gates(),
        would_change: judgement.would_change.clone(),
        growth: None,
        exhaustion: None,
        culprit: None,
        suspects: Vec::new(),
        collect: judgement.collect,
        loads: judgement.explained.as_ref().map(crate::explain::assessment::loads).unwrap_or_default(),
        next_steps: Vec::new(),
        chart: None,
    }
}

/// How much a verdict matters.
pub fn severity(verdict: Verdict, exhaustion: Option<&Exhaustion>, critical_share: f64) -> Severity {
    let soon = exhaustion.is_some_and(|e| {
        e.hours.is_some_and(|h| h < CRITICAL_HOURS) || e.share_of_ram.is_some_and(|s| s > critical_share)
    });
    match verdict {
        Verdict::Leak if soon => Severity::Critical,
        Verdict::Leak | Verdict::SuspectedLeak => Severity::Warning,
        Verdict::Step | Verdict::InsufficientData => Severity::Info,
        Verdict::WarmUp | Verdict::Load | Verdict::Stable => Severity::Ok,
    }
}

/// For a leak the rate since it began, else what the whole log did.
pub fn growth(of: &Subjects<'_>, judgement: &Judgement, stretch: Points<'_>) -> Option<Growth> {
    let (slope, ci95) = judgement.overall?;
    let values = stretch.values;
    Some(Growth {
        unit: stretch.unit,
        bytes_per_hour: slope,
        bytes_per_hour_ci95: (ci95.0 < ci95.1).then_some([ci95.0, ci95.1]),
        first: *values.first()?,
        last: *values.last()?,
        maximum: values.iter().copied().fold(f64::MIN, f64::max),
        since: judgement.trend.filter(|t| t.began_within).and_then(|t| of.clock(t.hours.0)),
    })
}

/// A forecast with its dates, counted from the last value, at `end` hours.
pub fn exhaustion_of(of: &Subjects<'_>, e: Exhaustion, end: f64) -> model::Exhaustion {
    let at = |hours: Option<f64>| hours.and_then(|h| of.clock(end + h));
    model::Exhaustion {
        limit_bytes: e.limit,
        limit_basis: e.basis,
        at: at(e.hours),
        at_ci95: e.hours_ci95.map(|(earliest, latest)| [at(Some(earliest)), at(latest)]),
        not_before: at(e.not_before),
        share_of_physical_memory: e.share_of_ram,
    }
}
