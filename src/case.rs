//! A machine, its evidence and its facts: the input of all checks.

use std::collections::BTreeMap;

use crate::base::time::{FileTime, TICKS_PER_SECOND, ZonedTime};
use crate::base::{Pool, Ram};
use crate::detect::Context;
use crate::detect::load::{self, LoadSeries};
use crate::evidence::{MachineEvidence, MachineFacts};
use crate::forecast::{MeasuredBy, MeasuredLimit, Release};

use crate::counters::CounterSet;
use crate::machine::{Machine, Process, boots, ram};
use crate::model::Time;
use crate::stats::median;

/// Facts that the user knows and the log does not record.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Physical memory of the machine.
    pub ram: Option<Ram>,
    /// Windows release of the machine.
    pub release: Option<Release>,
    /// Pool limits measured on the machine, as the debugger's `!vm` and Process Explorer show them. They replace the
    /// documented limits.
    pub measured_limits: Vec<MeasuredLimit>,
}

/// One machine and all that the checks need to know about it.
pub struct Case<'a> {
    pub machine: &'a Machine,
    /// Evidence from PoolMon, debuggers, events and driver files.
    pub evidence: &'a MachineEvidence,
    /// Hours since the first sample, by sample.
    pub hours: Vec<f64>,
    /// Median time between samples, hours.
    pub interval: Option<f64>,
    /// Physical memory, if known.
    pub ram: Option<Ram>,
    /// The Windows release, if known.
    pub release: Option<Release>,
    /// Pool limits measured on the machine.
    pub measured_limits: Vec<MeasuredLimit>,
    /// Load counters in the log.
    pub loads: Vec<LoadSeries>,
    /// Start times of programs that still ran at the end, hours since the first sample.
    pub starts: Vec<f64>,
}

#[allow(clippy::cast_possible_truncation, reason = "hours beyond a calendar are refused first")]
impl<'a> Case<'a> {
    /// Collects what is known about a machine. Values from the user come first, then recorded evidence, then what
    /// counters imply.
    #[must_use]
    pub fn new(machine: &'a Machine, evidence: &'a MachineEvidence, facts: &MachineFacts, options: &Options) -> Self {
        let hours = machine.hours();
        let steps: Vec<f64> = hours.windows(2).map(|w| w[1] - w[0]).collect();
        let loads = load::loads(machine, &hours);
        Self {
            machine,
            evidence,
            interval: (!steps.is_empty()).then(|| median(&steps)),
            ram: options.ram.clone().or_else(|| facts.ram()).or_else(|| ram::infer(machine)),
            release: options.release.or_else(|| release(machine, facts.build)),
            measured_limits: measured_limits(evidence, options),
            loads,
            starts: starts(machine),
            hours,
        }
    }

    /// The input that every assessment of a series needs besides the series.
    #[must_use]
    pub fn context(&self) -> Context<'_> {
        Context { interval: self.interval, loads: &self.loads, starts: &self.starts }
    }

    /// The machine's clock this many hours after the first sample.
    #[must_use]
    pub fn clock(&self, hours: f64) -> Option<Time> {
        let first = self.machine.times.first()?;
        if !CALENDAR.contains(&hours) {
            return None;
        }
        let utc = first.utc.plus_hours(hours);
        let before = self.machine.times.partition_point(|t| t.utc <= utc).saturating_sub(1);
        // Whole seconds: times between samples are not known more precisely.
        let utc = FileTime(utc.0 / TICKS_PER_SECOND * TICKS_PER_SECOND);
        self.time(ZonedTime { utc, offset_minutes: self.machine.times.get(before)?.offset_minutes })
    }

    /// The time of a sample, if it is a valid date.
    #[must_use]
    pub fn sample_time(&self, sample: usize) -> Option<Time> {
        self.time(*self.machine.times.get(sample)?)
    }

    /// A point in time on the machine's clock.
    #[must_use]
    pub fn time(&self, moment: ZonedTime) -> Option<Time> {
        Time::of(moment, self.machine.zone)
    }

    /// Restarts within the log: hours since the first sample, and times.
    #[must_use]
    pub fn boots(&self) -> Vec<(f64, ZonedTime)> {
        self.machine.boots.iter().map(|boot| (self.machine.hours_at(boot.utc), *boot)).collect()
    }

    /// Median time between samples, hours; 0 for a single sample.
    #[must_use]
    pub fn step(&self) -> f64 {
        self.interval.unwrap_or(0.0)
    }

    /// Time of the last sample, hours since the first.
    #[must_use]
    pub fn end(&self) -> Option<f64> {
        self.hours.last().copied()
    }
}

/// Counters that every case needs, whatever is checked: restarts, process identity, RAM, loads, and the pools to
/// compare evidence with.
#[must_use]
pub fn counters() -> CounterSet {
    let pools = CounterSet::of(Pool::BOTH.map(Pool::bytes));
    [boots::counters(), ram::counters(), load::counters(), pools].into_iter().collect()
}

/// Hours since the first sample that give a valid date: three centuries back, three millennia ahead.
const CALENDAR: std::ops::Range<f64> = -1e10 / 3600.0..1e11 / 3600.0;

/// The release from the log's header, else from a build number in the evidence.
fn release(machine: &Machine, build: Option<u32>) -> Option<Release> {
    match machine.info.os_version {
        Some((major, minor, build)) => Release::from_version(major, minor, build),
        None => Release::from_build(build?),
    }
}

/// Limits set by the user, and for the other pool those that `!vm` shows.
fn measured_limits(evidence: &MachineEvidence, options: &Options) -> Vec<MeasuredLimit> {
    let mut limits = options.measured_limits.clone();
    for (source, memory) in &evidence.memory {
        for pool in Pool::BOTH {
            let given = limits.iter().any(|limit| limit.pool == pool);
            if let Some(bytes) = memory.maximum(pool).filter(|_| !given) {
                limits.push(MeasuredLimit { pool, bytes, by: MeasuredBy::Debugger(source.clone()) });
            }
        }
    }
    limits
}

/// Start times of programs that start within the log, still run at its end and replace no process of the same name;
/// hours.
fn starts(machine: &Machine) -> Vec<f64> {
    let (Some(first), Some(last)) = (machine.times.first(), machine.times.last()) else { return Vec::new() };
    let mut ends: BTreeMap<&str, Vec<FileTime>> = BTreeMap::new();
    for process in machine.processes.iter().filter(|p| p.last_seen < last.utc) {
        ends.entry(&process.name).or_default().push(process.last_seen);
    }
    ends.values_mut().for_each(|times| times.sort_unstable());
    let is_successor = |p: &Process| {
        let Some(ends) = ends.get(&*p.name) else { return false };
        let before = ends.partition_point(|end| *end <= p.first_seen);
        before > 0 && p.first_seen.seconds_since(ends[before - 1]) < SUCCESSOR_SECONDS
    };
    let began = |p: &&Process| p.last_seen == last.utc && p.first_seen > first.utc && !is_successor(p);
    machine.processes.iter().filter(began).map(|p| machine.hours_at(p.first_seen)).collect()
}

/// A process that starts within this time after one of the same name ended replaces it.
const SUCCESSOR_SECONDS: f64 = 3600.0;
