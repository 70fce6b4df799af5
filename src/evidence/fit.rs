//! Whether evidence that names no machine can be of a machine at all.

use super::clock::Clock;
use super::poolmon::PoolSnapshot;
use crate::base::units;
use crate::counters::MemoryCounter;
use crate::machine::{Machine, Pool, ram};

/// The head of a snapshot and the counters are read minutes apart, and count a little differently: of one machine they
/// differ by less than this share, or these bytes.
const DIFFERENT: f64 = 0.25;
const DIFFERENT_BYTES: f64 = 16.0 * 1024.0 * 1024.0;
/// RAM that is estimated from counters is right to within this factor.
const ESTIMATE: f64 = 1.6;

/// Why snapshots cannot be of a machine: the pools were of another size when they were taken. `None` when they can, and
/// when nothing tells.
#[must_use]
pub fn misfit(machine: &Machine, snapshots: &[(Option<f64>, PoolSnapshot)]) -> Option<String> {
    let hours = Clock::of(machine).samples();
    let slack = hours.windows(2).map(|w| w[1] - w[0]).fold(0.0, f64::max).min(1.0);
    let (mut compared, mut different) = (0, Vec::new());
    for (at, snapshot) in snapshots.iter().filter_map(|(at, s)| Some(((*at)?, s))) {
        for pool in Pool::BOTH {
            let (Some(said), Some(counted)) =
                (snapshot.totals.of(pool), machine.store.get(pool.bytes()).at_hours(&hours, at, slack))
            else {
                continue;
            };
            let said = said as f64;
            compared += 1;
            if (said - counted).abs() > DIFFERENT_BYTES.max(DIFFERENT * said.max(counted)) {
                different.push((pool, said, counted, snapshot));
            }
        }
    }
    // A spike between is no other machine.
    let (pool, said, counted, snapshot) =
        different.get(different.len() / 2).filter(|_| different.len() * 2 >= compared)?;
    Some(format!(
        "{} says that {} held {} when the counters say {}",
        snapshot.source,
        pool.name().to_ascii_lowercase(),
        units::bytes(*said),
        units::bytes(*counted)
    ))
}

/// Whether a machine can have so much RAM.
///
/// # Errors
/// Why not, in words.
pub fn can_have(machine: &Machine, bytes: u64) -> Result<(), String> {
    let bytes = bytes as f64;
    // Nonpaged pool and what is available lie in RAM, beside each other.
    let available = machine.available_bytes();
    let largest = |series: &crate::machine::Series| series.iter().map(|(_, v)| v).fold(0.0, f64::max);
    let least = largest(machine.store.get(MemoryCounter::PoolNonpagedBytes)).max(largest(&available));
    if bytes * 1.02 < least {
        return Err(format!("the counters show {} of it", units::bytes(least)));
    }
    match ram::infer(machine) {
        Some(ram) if bytes > ESTIMATE * ram.bytes as f64 || bytes * ESTIMATE < ram.bytes as f64 => {
            Err(format!("by the counters it has about {}", units::bytes(ram.bytes as f64)))
        }
        _ => Ok(()),
    }
}
