//! Which limit growth reaches, and when.

use super::limits::{PoolRule, Release, documented};
use crate::base::{Pool, Ram};
use crate::counters::MemoryCounter;
use crate::detect::Trend;
use crate::machine::Machine;

/// A limit and what sets it.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// In the unit of the series.
    pub value: f64,
    /// What sets it.
    pub basis: LimitBasis,
}

/// What sets a limit.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LimitBasis {
    /// Measured on the machine.
    Measured(MeasuredBy),
    /// Microsoft's documentation.
    Documented {
        /// How Windows sizes the pool.
        rule: PoolRule,
        /// Of this release.
        release: Release,
        /// 32 or 64.
        pointer_bits: u32,
        /// Whether RAM, on which it depends, is an estimate.
        ram: RamIs,
    },
    /// What may still be committed, beside what a pool holds.
    Committed {
        /// Commit limit, bytes.
        limit: f64,
        /// Committed bytes.
        committed: f64,
    },
    /// What a process may still commit, bytes.
    CommitRoom(f64),
    /// RAM and page files together.
    CommitLimit,
    /// Available memory, bytes.
    Available(f64),
    /// RAM.
    PhysicalMemory(RamIs),
    /// The level at which this event said that the pool was exhausted.
    Event {
        /// Event id.
        id: u32,
    },
    /// Handles that a process can have.
    HandlesOfAProcess,
    /// All free system page table entries that there were.
    SystemPtes,
}

/// How well RAM is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RamIs {
    /// Exactly.
    Exact,
    /// By counters that nearly add up to it.
    Estimated,
}

impl RamIs {
    fn of(ram: &Ram) -> Self {
        if ram.is_exact() { Self::Exact } else { Self::Estimated }
    }
}

/// A pool's limit as it was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredLimit {
    /// The pool.
    pub pool: Pool,
    /// Bytes.
    pub bytes: u64,
    /// Where the figure comes from.
    pub by: MeasuredBy,
}

/// Where a measured limit comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MeasuredBy {
    /// The user gives it.
    User,
    /// The debugger's `!vm`, saved in this file.
    Debugger(String),
}

/// When a series reaches its limit. Hours count from its last sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The nearest limit; `None` when none is known.
    pub limit: Option<Limit>,
    /// Hours, by the rate.
    pub hours: Option<f64>,
    /// The same by the ends of the rate's interval: earliest, latest.
    pub hours_ci95: Option<(f64, Option<f64>)>,
    /// How far the forecast reaches, where the series is not exhausted within.
    pub not_before: Option<f64>,
    /// Last value as a share of RAM.
    pub share_of_ram: Option<f64>,
}

impl Forecast {
    /// Drops the date: what was released, or grows no more, has none.
    pub fn forget_date(&mut self) {
        self.hours = None;
        self.hours_ci95 = None;
        self.not_before = None;
    }
}

/// Growth accelerates when its second half is so many times as fast as all of it.
const ACCELERATES: f64 = 1.3;
/// A date further off than this many times what the log covers is not a forecast any more.
const HORIZON: f64 = 30.0;
/// A log shorter than this counts as so long, hours: a day's forecast reaches a month.
const SHORTEST_SPAN: f64 = 24.0;

/// The last value of a counter.
fn last(machine: &Machine, counter: MemoryCounter) -> Option<f64> {
    machine.store.get(counter).last().map(|(_, v)| v).filter(|v| *v > 0.0)
}

/// What limits of a pool depend on.
pub struct PoolLimits<'a> {
    /// The machine.
    pub machine: &'a Machine,
    /// The pool.
    pub pool: Pool,
    /// The Windows release, where known.
    pub release: Option<Release>,
    /// RAM, where known.
    pub ram: Option<&'a Ram>,
    /// Limits that were measured, of either pool.
    pub measured: &'a [MeasuredLimit],
}

impl PoolLimits<'_> {
    /// All limits known for a pool that holds `now` bytes, the nearest first.
    #[must_use]
    pub fn find(&self, now: f64) -> Vec<Limit> {
        let mut found = Vec::new();
        let commit_limit = last(self.machine, MemoryCounter::CommitLimit);
        found.extend(self.own_maximum(commit_limit));
        // All pool is committed memory: it cannot grow beyond what may still be committed.
        if let Some((limit, committed)) = commit_limit.zip(last(self.machine, MemoryCounter::CommittedBytes)) {
            let basis = LimitBasis::Committed { limit, committed };
            found.push(Limit { value: now + (limit - committed).max(0.0), basis });
        }
        if self.pool == Pool::Nonpaged {
            // Nonpaged pool is never paged out: it can grow into what is available, and no further without driving
            // everything else out of memory.
            if let Some((_, available)) = self.machine.available_bytes().last() {
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

    /// The pool's own maximum: measured, else documented.
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

/// When growth reaches the nearest of the limits. `span` is what the log covers, hours.
#[must_use]
pub fn forecast(limits: &[Limit], now: f64, trend: &Trend, span: f64, ram: Option<&Ram>) -> Forecast {
    let share_of_ram = ram.filter(|r| r.bytes > 0).map(|r| now / r.bytes as f64);
    let Some(limit) = limits.first() else {
        return Forecast { limit: None, hours: None, hours_ci95: None, not_before: None, share_of_ram };
    };
    let room = (limit.value - now).max(0.0);
    let horizon = HORIZON * span.max(SHORTEST_SPAN);
    let within = |rate: f64| (rate > 0.0).then(|| room / rate).filter(|h| *h <= horizon);
    // What accelerates is exhausted before its mean rate says.
    let fast = trend.late > ACCELERATES * trend.slope;
    let rate = if fast { trend.late } else { trend.slope };
    let hours = within(rate);
    let earliest = within(trend.ci95.1.max(rate));
    Forecast {
        limit: Some(limit.clone()),
        hours,
        not_before: hours.is_none().then_some(horizon),
        hours_ci95: hours.and(earliest).map(|earliest| (earliest, within(trend.ci95.0))),
        share_of_ram,
    }
}
