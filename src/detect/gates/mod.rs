//! The checks for a leak: each answers one question about a segment, with figures.

mod by_hour;
mod history;
mod load;
mod size;
mod steps;
mod trend;

use crate::detect::gate::{GateKind, GateResult, Passed, passed_all};
use crate::detect::points::Points;
use crate::detect::segment::SegmentStats;

pub use history::{ONE_DAY_HOURS, TWO_NIGHTS_HOURS, also_earlier, also_later, long_enough, new_territory};
pub use load::{MOSTLY_LOAD, load_is_up, load_removed, not_load, rises_as_recorded};
pub use size::GROWTH_THAT_MATTERS;

pub(crate) use by_hour::RISES_BY_HOUR;
pub(crate) use trend::BEYOND_RANDOM_WALK;

/// A segment with its statistics and checks.
#[derive(Clone, Debug)]
pub struct Examined {
    pub stats: SegmentStats,
    /// The checks, at most one of each kind.
    pub gates: Vec<GateResult>,
}

impl Examined {
    /// Measures a segment and runs all checks that need no other input. `None` if it is too short for statistics.
    #[must_use]
    pub fn of(points: Points<'_>) -> Option<Self> {
        let stats = SegmentStats::of(points)?;
        let mut gates = vec![
            trend::trend(&stats),
            trend::larger_than_noise(&stats),
            trend::not_random_drift(&stats, points),
            size::matters(&stats, points),
            size::stayed_up(&stats),
            trend::goes_on(&stats),
            steps::not_steps(&stats),
        ];
        gates.extend(by_hour::rises_by_hour(points));
        Some(Self { stats, gates })
    }

    /// Adds the answers of further checks.
    #[must_use]
    pub fn with(mut self, gates: impl IntoIterator<Item = GateResult>) -> Self {
        self.gates.extend(gates);
        self
    }

    /// Attributes steps to programs that started at the same time and still run.
    #[must_use]
    pub fn with_starts(mut self, starts: &[f64]) -> Self {
        let by_programs = steps::steps_of_programs(&self.stats, starts);
        let in_doubt = |g: &&mut GateResult| g.kind == GateKind::NotOneStep && g.passed == Passed::Doubtful;
        if let (Some(by_programs), Some(gate)) = (by_programs, self.gates.iter_mut().find(in_doubt)) {
            *gate = by_programs;
        }
        self
    }

    /// Whether all checks passed.
    #[must_use]
    pub fn passed(&self) -> Passed {
        passed_all(&self.gates)
    }

    /// A check's answer, if it failed.
    #[must_use]
    pub fn failed(&self, kind: GateKind) -> Option<&GateResult> {
        self.gates.iter().find(|g| g.kind == kind && g.passed == Passed::No)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::units::MB;
    use crate::detect::gate::Measured;
    use crate::model::Unit;

    fn examined(level: impl Fn(f64) -> f64) -> Examined {
        let hours: Vec<f64> = (0..=864).map(|i| f64::from(i) / 12.0).collect();
        let values: Vec<f64> = hours.iter().map(|t| (level(*t) + 0.5 * (t * 7.0).sin()) * MB).collect();
        Examined::of(Points { hours: &hours, values: &values, unit: Unit::Bytes }).expect("enough samples")
    }

    fn steps(examined: &Examined) -> &GateResult {
        examined.gates.iter().find(|g| g.kind == GateKind::NotOneStep).expect("the check")
    }

    #[test]
    fn steps_are_the_programs_that_started_with_them() {
        let stairs = examined(|t| 200.0 + [10.0, 25.0, 43.0, 58.0].iter().filter(|at| t >= **at).count() as f64 * 20.0);
        assert_eq!(steps(&stairs).passed, Passed::Doubtful, "{:?}", steps(&stairs));
        let others = stairs.clone().with_starts(&[16.0, 35.0]);
        assert_eq!(others.gates, stairs.gates, "programs that started at other times");
        let programs = stairs.with_starts(&[10.0, 25.1, 43.0]);
        let expected = Measured::FewSteps { steps: 4, with_programs: Some(3) };
        assert_eq!((steps(&programs).passed, &steps(&programs).measured), (Passed::No, &expected));
        let ramp = examined(|t| 200.0 + t).with_starts(&[10.0, 25.1, 43.0]);
        assert_eq!(steps(&ramp).measured, Measured::NoSteps);
    }

    #[test]
    fn each_kind_is_asked_once() {
        let gates = examined(|t| 200.0 + t).gates;
        assert!(gates.iter().all(|g| gates.iter().filter(|other| other.kind == g.kind).count() == 1), "{gates:?}");
        assert_eq!(passed_all(&gates), Passed::Yes);
    }
}
