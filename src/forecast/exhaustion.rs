//! Which limit a leaking pool runs into, and when.

use crate::base::units;
use crate::checks::Options;
use crate::counters::MemoryCounter;
use crate::detect::Trend;
use crate::forecast::limits::{Release, documented};
use crate::machine::Pool;
use crate::machine::{Machine, Ram};

/// A limit and what it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Bytes.
    pub bytes: f64,
    /// In words.
    pub basis: String,
}

/// When a pool reaches its limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Exhaustion {
    /// The limit; `None` when none is known, and then [`Exhaustion::basis`] says why.
    pub limit: Option<f64>,
    /// Which limit, or why none.
    pub basis: String,
    /// Hours after the last sample, by the rate.
    pub hours: Option<f64>,
    /// The same by the ends of the rate's interval: earliest, latest.
    pub hours_ci95: Option<(f64, Option<f64>)>,
    /// Hours after the last sample that a forecast reaches: not before, where it does not run out within.
    pub not_before: Option<f64>,
    /// Last value as a share of RAM.
    pub share_of_ram: Option<f64>,
}

impl Exhaustion {
    /// What was given back, or grows no more, has no date.
    pub fn forget_date(&mut self) {
        self.hours = None;
        self.hours_ci95 = None;
        self.not_before = None;
    }
}

/// A second half that is so much faster than all is accelerating.
const ACCELERATES: f64 = 1.3;
/// A date further off than this many times what the log covers is no forecast any more.
const HORIZON: f64 = 30.0;

/// The last value of a counter.
fn last(machine: &Machine, counter: MemoryCounter) -> Option<f64> {
    machine.store.get(counter).last().map(|(_, v)| v).filter(|v| *v > 0.0)
}

/// All limits known for a pool that now holds `now` bytes, the nearest first.
pub fn limits(
    machine: &Machine,
    pool: Pool,
    release: Option<Release>,
    ram: Option<&Ram>,
    options: &Options,
    now: f64,
) -> Vec<Limit> {
    let mut found = Vec::new();
    let commit_limit = last(machine, MemoryCounter::CommitLimit);
    let bits = machine.info.pointer_bits.unwrap_or(64);
    let ram_bytes = ram.map(|r| r.bytes as f64);
    let measured = options.measured_limits.iter().find(|limit| limit.pool == pool);
    if let Some(measured) = measured {
        found.push(Limit { bytes: measured.bytes as f64, basis: measured.basis.clone() });
    } else if let Some((bytes, rule)) = release.and_then(|r| documented(pool, r, bits, ram_bytes, commit_limit)) {
        let estimated = ram.is_some_and(|r| !r.exact) && pool == Pool::Nonpaged;
        let basis = if estimated { format!("{rule} (RAM estimated)") } else { rule };
        found.push(Limit { bytes, basis });
    }
    // All pool is committed memory: it cannot grow beyond what may still be committed.
    if let Some((limit, committed)) = commit_limit.zip(last(machine, MemoryCounter::CommittedBytes)) {
        let basis = format!("commit limit of {}, of which {} is in use", units::bytes(limit), units::bytes(committed));
        found.push(Limit { bytes: now + (limit - committed).max(0.0), basis });
    }
    if pool == Pool::Nonpaged {
        // Nonpaged pool is never paged out: it can grow into what is available, and no further
        // without driving everything else out of memory.
        if let Some((_, available)) = machine.available_bytes().last() {
            let basis = format!("the {} of memory that are still available", units::bytes(available));
            found.push(Limit { bytes: now + available, basis });
        }
        if let Some(ram) = ram {
            let estimated = if ram.exact { "" } else { " (estimated)" };
            found.push(Limit { bytes: ram.bytes as f64, basis: format!("physical memory{estimated}") });
        }
    }
    found.retain(|limit| limit.bytes > 0.0);
    found.sort_by(|a, b| a.bytes.total_cmp(&b.bytes));
    found
}

/// When a leaking pool reaches its nearest limit. `span` is what the log covers, hours.
pub fn forecast(limits: &[Limit], now: f64, trend: &Trend, span: f64, ram: Option<&Ram>) -> Exhaustion {
    let share_of_ram = ram.filter(|r| r.bytes > 0).map(|r| now / r.bytes as f64);
    let Some(limit) = limits.first() else {
        let basis = "no limit is known: the log does not hold Available Bytes, or Commit Limit with Committed Bytes, and \
                     neither RAM nor Windows release is given (--ram, --windows)";
        return Exhaustion {
            limit: None,
            basis: basis.to_owned(),
            hours: None,
            hours_ci95: None,
            not_before: None,
            share_of_ram,
        };
    };
    let room = (limit.bytes - now).max(0.0);
    let horizon = HORIZON * span.max(24.0);
    let within = |rate: f64| (rate > 0.0).then(|| room / rate).filter(|h| *h <= horizon);
    // What accelerates is full before its mean rate says.
    let fast = trend.late > ACCELERATES * trend.slope;
    let rate = if fast { trend.late } else { trend.slope };
    let hours = within(rate);
    let earliest = within(trend.ci95.1.max(rate));
    Exhaustion {
        limit: Some(limit.bytes),
        basis: limit.basis.clone(),
        hours,
        not_before: hours.is_none().then_some(horizon),
        hours_ci95: hours.and(earliest).map(|earliest| (earliest, within(trend.ci95.0))),
        share_of_ram,
    }
}
