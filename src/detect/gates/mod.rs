//! The checks for a leak: each asks one thing of a stretch, and answers with figures.

mod by_hour;
mod history;
mod load;
mod size;
mod steps;
mod trend;

use crate::detect::gate::{Gate, GateKind, Passed, passed_all};
use crate::detect::points::Points;
use crate::detect::segment::SegmentStats;

pub use history::{ONE_DAY_HOURS, long_enough, new_territory};
pub use load::{MOSTLY_LOAD, load_is_up, load_removed, not_load, rises_as_recorded};
pub use size::GROWTH_THAT_MATTERS;

pub(crate) use by_hour::RISES_BY_HOUR;
pub(crate) use trend::BEYOND_RANDOM_WALK;

/// A stretch: its measures, and beside them the checks.
#[derive(Clone, Debug)]
pub struct Examined {
    /// The measures.
    pub stats: SegmentStats,
    /// The checks, at most one of a kind.
    pub gates: Vec<Gate>,
}

impl Examined {
    /// Measures a stretch and makes all checks that need nothing else. `None` when it is too short for any statistics.
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

    /// The answers of further checks added.
    #[must_use]
    pub fn with(mut self, gates: impl IntoIterator<Item = Gate>) -> Self {
        self.gates.extend(gates);
        self
    }

    /// Steps that come with programs which started and still run are those programs' own.
    #[must_use]
    pub fn with_starts(mut self, starts: &[f64]) -> Self {
        let by_programs = steps::steps_of_programs(&self.stats, starts);
        let in_doubt = |g: &&mut Gate| g.kind == GateKind::NotOneStep && g.passed == Passed::Doubtful;
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

    /// The answer of a check, if it failed.
    #[must_use]
    pub fn failed(&self, kind: GateKind) -> Option<&Gate> {
        self.gates.iter().find(|g| g.kind == kind && g.passed == Passed::No)
    }
}
