//! Checks against load: whether load explains the growth, rose with it, or was removed from it.

use crate::detect::gate::{GateKind, GateResult, Measured, Passed};
use crate::detect::load::{Explained, LoadSeries};
use crate::detect::marks::{columns, marks};
use crate::detect::segment::SegmentStats;
use crate::stats::sen;

/// Growth or movement is load if load explains more than this share of it, …
pub const MOSTLY_LOAD: f64 = 0.6;
/// … and in doubt from this share on.
const PARTLY_LOAD: f64 = 0.35;
/// Upper limit of the reported share of the rise: larger values add no information.
const MOST_OF_RISE: f64 = 9.0;
/// Growth after load is removed must show in the recorded low-water mark by at least this share to be certain, …
const SHOWS: f64 = 0.5;
/// … and by this share to be suspected: a load that is not logged may follow one that is.
const HARDLY_SHOWS: f64 = 0.25;

/// In doubt if a load also reaches a new high at the end of the log.
#[must_use]
pub fn load_is_up(begin: f64, end: f64, loads: &[LoadSeries]) -> Option<GateResult> {
    let up = loads.iter().find(|load| load.is_up(begin, end) || load.rises(begin, end))?;
    let measured = Measured::LoadIsUp { counter: up.name.clone() };
    Some(GateResult::new(GateKind::LoadIsSteady, Passed::Doubtful, measured))
}

/// How much of the growth load explains.
#[must_use]
pub fn not_load(stats: &SegmentStats, explained: &Explained) -> Option<GateResult> {
    let (times, values) = columns(&marks(explained.part().from(stats.hours.0)));
    let by_load = sen(&times, &values)?.slope;
    let of_rise = if stats.slope > 0.0 { (by_load / stats.slope).clamp(-MOST_OF_RISE, MOST_OF_RISE) } else { 0.0 };
    let passed = match of_rise {
        s if s > MOSTLY_LOAD => Passed::No,
        s if s > PARTLY_LOAD => Passed::Doubtful,
        _ => Passed::Yes,
    };
    Some(GateResult::new(GateKind::NotLoad, passed, Measured::Load { by: explained.by.clone(), of_rise }))
}

/// Whether growth that remains without load is in the recorded series.
#[must_use]
pub fn rises_as_recorded(rest: &SegmentStats, raw: &SegmentStats) -> GateResult {
    let share = if rest.growth() > 0.0 { raw.growth() / rest.growth() } else { 0.0 };
    let passed = match share {
        s if s >= SHOWS => Passed::Yes,
        s if s >= HARDLY_SHOWS => Passed::Doubtful,
        _ => Passed::No,
    };
    let measured = Measured::AsRecorded { raw: raw.growth(), rest: rest.growth() };
    GateResult::new(GateKind::RisesAsRecorded, passed, measured)
}

/// The load that was removed from a series.
#[must_use]
pub fn load_removed(explained: &Explained) -> GateResult {
    GateResult::new(GateKind::NotLoad, Passed::Yes, Measured::LoadRemoved { by: explained.by.clone() })
}
