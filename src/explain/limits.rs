//! Sentences about limits and when growth reaches them.

use crate::base::units;
use crate::forecast::{Forecast, LimitBasis, MeasuredBy, PoolRule, RamIs};

/// Id of the event that reports a pool at its configured limit.
const AT_ITS_LIMIT: u32 = 2017;

/// The source of a limit.
pub fn basis(basis: &LimitBasis) -> String {
    match basis {
        LimitBasis::Measured(MeasuredBy::User) => "measured maximum, set with --nonpaged-max or --paged-max".to_owned(),
        LimitBasis::Measured(MeasuredBy::Debugger(file)) => format!("maximum shown by !vm in {file}"),
        LimitBasis::Documented { rule, release, pointer_bits, ram } => format!(
            "documented maximum on {release}, {pointer_bits}-bit: {}{}",
            pool_rule(*rule),
            if *ram == RamIs::Estimated { " (RAM is estimated)" } else { "" }
        ),
        LimitBasis::Committed { limit, committed } => {
            format!("commit limit of {}, of which {} are in use", units::bytes(*limit), units::bytes(*committed))
        }
        LimitBasis::CommitRoom(room) => format!("memory that can still be committed, {}", units::bytes(*room)),
        LimitBasis::CommitLimit => "commit limit: RAM and page files together".to_owned(),
        LimitBasis::Available(available) => format!("available memory, {}", units::bytes(*available)),
        LimitBasis::PhysicalMemory(RamIs::Exact) => "physical memory".to_owned(),
        LimitBasis::PhysicalMemory(RamIs::Estimated) => "physical memory (estimated)".to_owned(),
        LimitBasis::Event { id } => format!("size of the pool when event {id} was logged: it {}", exhausted_by(*id)),
        LimitBasis::HandlesOfAProcess => "maximum number of handles of one process".to_owned(),
        LimitBasis::SystemPtes => "all free system page table entries".to_owned(),
    }
}

fn pool_rule(rule: PoolRule) -> String {
    match rule {
        PoolRule::Fixed(bytes) => units::bytes(bytes),
        PoolRule::AddressSpace(bytes) => format!("kernel address space, {}", units::bytes(bytes)),
        PoolRule::CommitLimit { most } => format!("commit limit, at most {}", units::bytes(most)),
        PoolRule::ShareOfRam { share: 1.0, most } => format!("RAM, at most {}", units::bytes(most)),
        PoolRule::ShareOfRam { share, most } => {
            format!("{} of RAM, at most {}", units::percent(share), units::bytes(most))
        }
    }
}

/// Why no limit is known.
pub fn unknown() -> String {
    "no limit is known: the log has no values of Available Bytes, or of Commit Limit with Committed Bytes; set RAM and Windows \
     release with --ram and --windows"
        .to_owned()
}

/// What happened to a pool, by the event that reports it.
pub fn exhausted_by(id: u32) -> &'static str {
    if id == AT_ITS_LIMIT { "reached its limit" } else { "was exhausted" }
}

/// The end of a forecast without exhaustion: `; no exhaustion expected within 45 days`.
pub fn not_before(exhaustion: &Forecast) -> String {
    match (exhaustion.not_before, &exhaustion.limit) {
        (Some(hours), Some(_)) => format!("; no exhaustion expected within {}", units::duration(hours)),
        _ => String::new(),
    }
}
