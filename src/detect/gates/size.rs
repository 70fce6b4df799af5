//! Checks of the levels: whether the rise is large enough, and whether it stays.

use crate::detect::gate::{GateKind, GateResult, Measured, Passed};
use crate::detect::points::Points;
use crate::detect::segment::SegmentStats;
use crate::model::Unit;
use crate::stats::{median, quantile};

/// Fewer bytes never matter: 16 pages.
const FEWEST_BYTES: f64 = 65_536.0;
/// Growth below this share of the level does not matter within the log's duration; if it continues, a longer log shows
/// it.
pub const GROWTH_THAT_MATTERS: f64 = 0.02;
/// Up to this share, a few services that were started may add as much.
const MORE_THAN_SERVICES: f64 = 0.035;
/// A leak never falls: a series that lost this share of its rise by the end is load.
const FELL_BACK: f64 = 0.25;
/// The highest level is this quantile of the marks: with few samples per mark, the highest mark may be a spike.
const TOP: f64 = 0.95;
/// The end is the highest of this many marks, so that one late dip does not turn a leak into load.
const END_MARKS: usize = 2;

/// Is it enough to matter?
pub(super) fn matters(stats: &SegmentStats, points: Points<'_>) -> GateResult {
    let level = median(points.values);
    let growth = stats.growth();
    let share = if level > 0.0 { growth / level } else { 0.0 };
    let tiny = stats.unit == Unit::Bytes && growth < FEWEST_BYTES;
    let passed = match share {
        _ if tiny => Passed::No,
        s if s >= MORE_THAN_SERVICES => Passed::Yes,
        s if s >= GROWTH_THAT_MATTERS => Passed::Doubtful,
        _ => Passed::No,
    };
    let measured = if tiny && share >= GROWTH_THAT_MATTERS {
        Measured::TooSmall { growth }
    } else {
        Measured::Size { share, level }
    };
    GateResult::new(GateKind::Size, passed, measured)
}

/// Does it stay?
pub(super) fn stayed_up(stats: &SegmentStats) -> GateResult {
    let values: Vec<f64> = stats.marks.iter().map(|m| m.value).collect();
    let top = quantile(&values, TOP);
    let bottom = values.iter().copied().fold(f64::MAX, f64::min);
    let end = values[values.len().saturating_sub(END_MARKS)..].iter().copied().fold(f64::MIN, f64::max);
    let lost = if top > bottom { (top - end) / (top - bottom) } else { 0.0 };
    let passed = if lost <= FELL_BACK { Passed::Yes } else { Passed::No };
    GateResult::new(GateKind::StayedUp, passed, Measured::StayedUp { top, lost })
}
