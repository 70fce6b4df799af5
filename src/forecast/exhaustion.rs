//! The limit that growth reaches, and when.

use super::limits::{PoolRule, Release, documented};
use crate::base::{Pool, Ram};
use crate::counters::MemoryCounter;
use crate::detect::Trend;
use crate::machine::Machine;

/// A limit and its source.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    pub value: f64,
    pub basis: LimitBasis,
}

/// The source of a limit.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LimitBasis {
    /// Measured on the machine.
    Measured(MeasuredBy),
    /// From Microsoft's documentation.
    Documented {
        /// How Windows sizes the pool.
        rule: PoolRule,
        release: Release,
        /// 32 or 64.
        pointer_bits: u32,
        /// Whether the size of RAM, on which the limit depends, is an estimate.
        ram: RamIs,
    },
    /// Memory that can still be committed, plus the size of the pool.
    Committed {
        /// Commit limit, bytes.
        limit: f64,
        /// Committed bytes.
        committed: f64,
    },
    /// Memory that the process can still commit, bytes.
    CommitRoom(f64),
    /// RAM and page files together.
    CommitLimit,
    /// Available memory, bytes.
    Available(f64),
    /// RAM.
    PhysicalMemory(RamIs),
    /// The pool's size when this event reported that the pool was exhausted.
    Event {
        /// Event id.
        id: u32,
    },
    /// Maximum number of handles of a process.
    HandlesOfAProcess,
    /// The largest number of free system page table entries in the log.
    SystemPtes,
}

/// How well RAM is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RamIs {
    Exact,
    /// Estimated from counters that nearly add up to it.
    Estimated,
}

impl RamIs {
    fn of(ram: &Ram) -> Self {
        if ram.is_exact() { Self::Exact } else { Self::Estimated }
    }
}

/// A measured limit of a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredLimit {
    /// The pool.
    pub pool: Pool,
    /// Limit in bytes.
    pub bytes: u64,
    /// Source of the limit.
    pub by: MeasuredBy,
}

/// Source of a measured limit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MeasuredBy {
    /// Set by the user.
    User,
    /// Output of the debugger's `!vm`, in this file.
    Debugger(String),
}

/// When a series reaches its limit. Hours are counted from its last sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The limit that is reached first; `None` if no limit is known.
    pub limit: Option<Limit>,
    /// Hours until exhaustion at the measured rate.
    pub hours: Option<f64>,
    /// The same for the rate's 95 % confidence interval: earliest, latest.
    pub hours_ci95: Option<(f64, Option<f64>)>,
    /// Hours until the earliest exhaustion, if no date can be said: by the upper end of the rate's interval, at most the
    /// time that the forecast covers.
    pub not_before: Option<f64>,
    /// The rate that the date uses, per hour, if growth accelerates and it is that of the second half.
    pub at_rate_of_second_half: Option<f64>,
    /// Last value as a share of RAM.
    pub share_of_ram: Option<f64>,
}

impl Forecast {
    /// Removes the date: growth that was released or has stopped has none.
    pub fn forget_date(&mut self) {
        self.hours = None;
        self.hours_ci95 = None;
        self.not_before = None;
        self.at_rate_of_second_half = None;
    }
}

/// A date that is further away than this many times the log's duration is no longer a forecast.
const HORIZON: f64 = 30.0;
/// Shorter logs count as this many hours: one day allows a forecast of a month.
const SHORTEST_SPAN: f64 = 24.0;

/// The level of a counter at the end.
fn last(machine: &Machine, counter: MemoryCounter) -> Option<f64> {
    machine.store.get(counter).end_level().filter(|v| *v > 0.0)
}

/// Input of the limits of a pool.
pub struct PoolLimits<'a> {
    pub machine: &'a Machine,
    pub pool: Pool,
    /// The Windows release, if known.
    pub release: Option<Release>,
    /// The size of RAM, if known.
    pub ram: Option<&'a Ram>,
    /// Measured limits, of either pool.
    pub measured: &'a [MeasuredLimit],
}

impl PoolLimits<'_> {
    /// All known limits of a pool of `now` bytes, nearest first.
    #[must_use]
    pub fn find(&self, now: f64) -> Vec<Limit> {
        let mut found = Vec::new();
        let commit_limit = last(self.machine, MemoryCounter::CommitLimit);
        found.extend(self.own_maximum(commit_limit));
        // All pool is committed memory, so the commit limit applies.
        if let Some((limit, committed)) = commit_limit.zip(last(self.machine, MemoryCounter::CommittedBytes)) {
            let basis = LimitBasis::Committed { limit, committed };
            found.push(Limit { value: now + (limit - committed).max(0.0), basis });
        }
        if self.pool == Pool::Nonpaged {
            // Nonpaged pool is never paged out: it can use the available memory; beyond that, it forces everything else
            // out of memory.
            if let Some(available) = self.machine.available_bytes().end_level() {
                found.push(Limit { value: now + available, basis: LimitBasis::Available(available) });
            }
            if let Some(ram) = self.ram {
                found.push(Limit { value: ram.bytes as f64, basis: LimitBasis::PhysicalMemory(RamIs::of(ram)) });
            }
        }
        found.retain(|limit| limit.value > 0.0);
        found.sort_by(|a, b| a.value.total_cmp(&b.value));
        found
    }

    /// The maximum of the pool: measured, else documented.
    fn own_maximum(&self, commit_limit: Option<f64>) -> Option<Limit> {
        if let Some(measured) = self.measured.iter().find(|limit| limit.pool == self.pool) {
            return Some(Limit { value: measured.bytes as f64, basis: LimitBasis::Measured(measured.by.clone()) });
        }
        let release = self.release?;
        let pointer_bits = self.machine.info.pointer_bits.unwrap_or(64);
        let ram_bytes = self.ram.map(|ram| ram.bytes as f64);
        let (value, rule) = documented(self.pool, release, pointer_bits, ram_bytes, commit_limit)?;
        let estimated = self.ram.is_some_and(|ram| !ram.is_exact()) && self.pool == Pool::Nonpaged;
        let ram = if estimated { RamIs::Estimated } else { RamIs::Exact };
        Some(Limit { value, basis: LimitBasis::Documented { rule, release, pointer_bits, ram } })
    }
}

/// When growth reaches the nearest limit. `span` is the log's duration in hours.
#[must_use]
pub fn forecast(limits: &[Limit], now: f64, trend: &Trend, span: f64, ram: Option<&Ram>) -> Forecast {
    let share_of_ram = ram.filter(|r| r.bytes > 0).map(|r| now / r.bytes as f64);
    let Some(limit) = limits.first() else {
        return Forecast {
            limit: None,
            hours: None,
            hours_ci95: None,
            not_before: None,
            at_rate_of_second_half: None,
            share_of_ram,
        };
    };
    let room = (limit.value - now).max(0.0);
    let horizon = HORIZON * span.max(SHORTEST_SPAN);
    let within = |rate: f64| (rate > 0.0).then(|| room / rate).filter(|h| *h <= horizon);
    // Accelerating growth reaches the limit earlier than its mean rate predicts.
    let (rate, interval) = trend.accelerated.unwrap_or((trend.slope, trend.ci95));
    let hours = within(rate);
    let earliest = within(interval.1.max(rate));
    Forecast {
        limit: Some(limit.clone()),
        hours,
        not_before: hours.is_none().then_some(earliest.unwrap_or(horizon)),
        hours_ci95: hours.and(earliest).map(|earliest| (earliest, within(interval.0))),
        at_rate_of_second_half: hours.and(trend.accelerated).map(|(rate, _)| rate),
        share_of_ram,
    }
}
