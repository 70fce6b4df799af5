//! Whether evidence without a machine name can belong to a given machine.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes, and `as` saturates")]

use super::poolmon::PoolSnapshot;
use crate::base::units::MB;
use crate::base::{Pool, SnapshotPlace};
use crate::counters::MemoryCounter;
use crate::machine::{Machine, Series, ram};

/// A snapshot's heading and the counters are minutes apart and count slightly differently: on one machine they differ
/// by less than this share, or these bytes.
const DIFFERENT: f64 = 0.25;
const DIFFERENT_BYTES: f64 = 16.0 * MB;
/// RAM estimated from counters is correct within this factor.
const ESTIMATE: f64 = 1.6;
/// Counters may exceed the RAM by this factor: memory may be added during sampling, or be rounded.
const ROUNDING: f64 = 1.02;
/// Maximum time between a snapshot and the counters to compare, hours.
const MOST_SLACK_HOURS: f64 = 1.0;

/// A snapshot differs from the counters at its time: it is from another machine or another time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inconsistency {
    /// Where the snapshot was found.
    pub place: SnapshotPlace,
    /// The pool that differs.
    pub pool: Pool,
    /// Bytes of the pool in the snapshot's heading.
    pub said_bytes: u64,
    /// Bytes of the pool in the counters.
    pub counted_bytes: u64,
}

/// Why a machine cannot have this amount of RAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImpossibleRam {
    /// Counters show more memory.
    LessThanCounted {
        /// Bytes of nonpaged pool or available memory.
        counted_bytes: u64,
    },
    /// Counters imply another amount.
    UnlikeInferred {
        /// RAM in bytes that counters imply.
        inferred_bytes: u64,
    },
}

/// A difference that shows that snapshots are from another machine: the pools had another size at that time. `None` if
/// they can be from this machine, or nothing can be compared.
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
                let (place, counted_bytes) = (snapshot.place.clone(), counted as u64);
                different.push(Inconsistency { place, pool, said_bytes, counted_bytes });
            }
        }
    }
    // A spike between two samples does not mean another machine.
    let mostly = different.len() * 2 >= compared;
    let middle = different.len() / 2;
    different.into_iter().nth(middle).filter(|_| mostly)
}

/// Whether a machine can have this amount of RAM, by its counters.
///
/// # Errors
/// If it cannot, the reason.
pub fn can_have(machine: &Machine, bytes: u64) -> Result<(), ImpossibleRam> {
    let bytes = bytes as f64;
    // Nonpaged pool and available memory are both in RAM.
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
