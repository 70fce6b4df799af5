//! Checks against steps: a sharp rise that stays is a program that started, or a cache that was filled.

use crate::detect::gate::{GateKind, GateResult, Measured, Passed};
use crate::detect::marks::SLIDING_FROM_HOURS;
use crate::detect::points::DAY;
use crate::detect::segment::SegmentStats;

/// If less than this share of the growth is between two steps, steps explain it all; a staircase of six equal steps has
/// 0.6.
const ALL_STEPS: f64 = 0.35;
/// A step is in one of two bins.
const BINS_OF_A_STEP: f64 = 2.0;
/// At least this many steps must match program starts, and at most one may not.
const FEWEST_WITH_PROGRAMS: usize = 2;

/// Is it more than a few steps?
pub(super) fn not_steps(stats: &SegmentStats) -> GateResult {
    let before_end = |hour: f64| stats.hours.1 - hour;
    let steps = &stats.steps;
    let (passed, measured) = if let Some(one) = steps.one {
        let hours_before_end = before_end(one.hour);
        (Passed::No, Measured::OneStep { hours_before_end, before: one.before, after: one.after })
    } else if let Some(two) = steps.two {
        let hours_before_end = (before_end(two.hours.0), before_end(two.hours.1));
        let passed = if two.rest < ALL_STEPS { Passed::No } else { Passed::Doubtful };
        (passed, Measured::TwoSteps { hours_before_end, sizes: two.sizes, rest: two.rest })
    } else if let Some(few) = &steps.few {
        (Passed::Doubtful, Measured::FewSteps { steps: few.len(), with_programs: None })
    } else {
        (Passed::Yes, Measured::NoSteps)
    };
    GateResult::new(GateKind::NotOneStep, passed, measured)
}

/// The failed check, if nearly all steps match programs that started at these hours and still run.
pub(super) fn steps_of_programs(stats: &SegmentStats, starts: &[f64]) -> Option<GateResult> {
    let bin = stats.span() / stats.marks.len().max(1) as f64;
    let day = if stats.span() >= SLIDING_FROM_HOURS { DAY } else { 0.0 };
    let near = (BINS_OF_A_STEP * bin).max(day);
    let steps = stats.steps.hours();
    let matched = steps.iter().filter(|step| starts.iter().any(|start| (start - **step).abs() <= near)).count();
    let enough = matched >= FEWEST_WITH_PROGRAMS && matched + 1 >= steps.len();
    let measured = Measured::FewSteps { steps: steps.len(), with_programs: Some(matched) };
    enough.then_some(GateResult::new(GateKind::NotOneStep, Passed::No, measured))
}
