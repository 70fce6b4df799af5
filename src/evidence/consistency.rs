//! Whether evidence that names no machine can be of a given machine.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes, and `as` saturates")]

use super::poolmon::PoolSnapshot;
use crate::base::Pool;
use crate::base::units::MB;
use crate::counters::MemoryCounter;
use crate::machine::{Machine, Series, ram};

/// The head of a snapshot and the counters are read minutes apart, and count a little differently: of one machine they
/// differ by less than this share, or these bytes.
const DIFFERENT: f64 = 0.25;
const DIFFERENT_BYTES: f64 = 16.0 * MB;
/// RAM that is estimated from counters is right to within this factor.
const ESTIMATE: f64 = 1.6;
/// Counters may exceed the RAM by this factor: they are sampled while memory is added or rounded up.
const ROUNDING: f64 = 1.02;
/// Counters are compared with a snapshot this long before or after it at most, hours.
const MOST_SLACK_HOURS: f64 = 1.0;

/// A snapshot and the counters at its time differ: it is of another machine or of another time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inconsistency {
    /// The snapshot's file, and where it begins in it.
    pub source: String,
    /// The pool that differs.
    pub pool: Pool,
    /// Bytes of the pool by the head of the snapshot.
    pub said_bytes: u64,
    /// Bytes of the pool by the counters.
    pub counted_bytes: u64,
}

/// Why a machine cannot have an amount of RAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImpossibleRam {
    /// Counters show more memory than that.
    LessThanCounted {
        /// Bytes that are nonpaged pool or available.
        counted_bytes: u64,
    },
    /// Counters imply another amount.
    UnlikeInferred {
        /// Bytes that they imply.
        inferred_bytes: u64,
    },
}

/// Where snapshots cannot be of a machine, because the pools had another size when they were taken. `None` when they can
/// be, and when nothing can be compared.
#[must_use]
pub fn inconsistency(machine: &Machine, snapshots: &[(Option<f64>, PoolSnapshot)]) -> Option<Inconsistency> {
    let hours = machine.hours();
    let slack = hours.windows(2).map(|w| w[1] - w[0]).fold(0.0, f64::max).min(MOST_SLACK_HOURS);
    let (mut compared, mut different) = (0, Vec::new());
    for (at, snapshot) in snapshots.iter().filter_map(|(at, s)| Some(((*at)?, s))) {
        for pool in Pool::BOTH {
            let (Some(said_bytes), Some(counted)) =
                (snapshot.totals.of(pool), machine.store.get(pool.bytes()).at_hours(&hours, at, slack))
            else {
                continue;
            };
            let said = said_bytes as f64;
            compared += 1;
            if (said - counted).abs() > DIFFERENT_BYTES.max(DIFFERENT * said.max(counted)) {
                let (source, counted_bytes) = (snapshot.source.clone(), counted as u64);
                different.push(Inconsistency { source, pool, said_bytes, counted_bytes });
            }
        }
    }
    // A spike between two samples does not make it another machine.
    let mostly = different.len() * 2 >= compared;
    let middle = different.len() / 2;
    different.into_iter().nth(middle).filter(|_| mostly)
}

/// Whether a machine can have an amount of RAM, by its counters.
///
/// # Errors
/// Why it cannot.
pub fn can_have(machine: &Machine, bytes: u64) -> Result<(), ImpossibleRam> {
    let bytes = bytes as f64;
    // Nonpaged pool and available memory both lie in RAM.
    let available = machine.available_bytes();
    let largest = |series: &Series| series.iter().map(|(_, v)| v).fold(0.0, f64::max);
    let least = largest(machine.store.get(MemoryCounter::PoolNonpagedBytes)).max(largest(&available));
    if bytes * ROUNDING < least {
        return Err(ImpossibleRam::LessThanCounted { counted_bytes: least as u64 });
    }
    match ram::infer(machine) {
        Some(ram) if bytes > ESTIMATE * ram.bytes as f64 || bytes * ESTIMATE < ram.bytes as f64 => {
            Err(ImpossibleRam::UnlikeInferred { inferred_bytes: ram.bytes })
        }
        _ => Ok(()),
    }
}
