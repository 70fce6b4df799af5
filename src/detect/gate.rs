//! What a check for a leak asks, and its answer in figures.

use crate::detect::load::ExplainedBy;
pub use crate::model::Passed;

/// What a check asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateKind {
    /// Is the growth more than chance?
    Trend,
    /// Is it more than the noise?
    Noise,
    /// Is it more than a random drift reaches?
    RandomDrift,
    /// Is it enough to matter?
    Size,
    /// Has it stayed up?
    StayedUp,
    /// Does it go on to the end?
    GoesOn,
    /// Is it more than a step or a few?
    NotOneStep,
    /// Is it above what it was a day before, at nearly all times of the day?
    HigherEachDay,
    /// Is it above all that was before? Asked about the end of a log.
    NewTerritory,
    /// Was it seen for long enough to exclude the load of one day?
    LongEnough,
    /// Does it rise from day to day at the same hours?
    RisesByHour,
    /// Is it more than the load in the same log explains?
    NotLoad,
    /// Does it rise while load does not?
    LoadIsSteady,
    /// Did it rise as it was recorded, before load was removed?
    RisesAsRecorded,
}

/// What would make up for a check that failed, or that passed in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A longer log, in which a leak's rise grows and noise does not.
    LongerLog,
    /// A longer log, if the rise goes on.
    LongerRise,
    /// A level that no longer comes down.
    StaysUp,
    /// Growth after the end of this log.
    GoesOn,
    /// More steps, at the same hour of the day or ever more of them.
    MoreSteps,
    /// More days that are each higher at the same hours.
    HigherDays,
    /// A level that goes on rising above all before.
    NewHighs,
    /// A log that covers a night.
    Night,
    /// Growth while load does not rise.
    GrowthWithoutLoad,
    /// A low-water mark that rises as recorded.
    RisesAsRecorded,
}

impl GateKind {
    /// How often findings are right when this check alone passed in doubt, as a share of how often they are right when
    /// it passed; from the accuracy table, rounded.
    #[must_use]
    pub fn confidence_in_doubt(self) -> f64 {
        match self {
            Self::RisesByHour | Self::HigherEachDay => 0.85,
            Self::RandomDrift | Self::Noise | Self::NewTerritory => 0.80,
            Self::GoesOn | Self::Size | Self::NotLoad | Self::RisesAsRecorded => 0.70,
            Self::LoadIsSteady => 0.50,
            Self::LongEnough => 0.60,
            Self::NotOneStep | Self::StayedUp => 0.45,
            Self::Trend => 0.40,
        }
    }

    /// What would make up for failing it, or for passing it in doubt.
    #[must_use]
    pub fn need(self) -> Need {
        match self {
            Self::Trend | Self::Noise | Self::RandomDrift => Need::LongerLog,
            Self::Size => Need::LongerRise,
            Self::StayedUp => Need::StaysUp,
            Self::GoesOn => Need::GoesOn,
            Self::NotOneStep => Need::MoreSteps,
            Self::HigherEachDay | Self::RisesByHour => Need::HigherDays,
            Self::NewTerritory => Need::NewHighs,
            Self::LongEnough => Need::Night,
            Self::NotLoad | Self::LoadIsSteady => Need::GrowthWithoutLoad,
            Self::RisesAsRecorded => Need::RisesAsRecorded,
        }
    }
}

/// The figures of an answer. Levels and growth are in the unit of the series, rates are per hour.
#[derive(Clone, Debug, PartialEq)]
pub enum Measured {
    /// Mann-Kendall on the low-water marks.
    Trend {
        /// Standard score.
        z: f64,
        /// Number of marks.
        marks: usize,
        /// By how much autocorrelation widens the variance, 1 or more.
        variance_factor: f64,
    },
    /// The rise and the noise of the marks around it.
    Noise {
        /// The rise.
        growth: f64,
        /// Standard deviation.
        noise: f64,
    },
    /// The test against a random walk.
    RandomDrift {
        /// Standard score.
        z: f64,
    },
    /// The rise and the usual level.
    Size {
        /// The rise as a share of the level.
        share: f64,
        /// The usual level.
        level: f64,
    },
    /// A rise of few bytes.
    TooSmall {
        /// The rise.
        growth: f64,
    },
    /// What the end has lost of the highest level.
    StayedUp {
        /// The highest level.
        top: f64,
        /// Share of the rise that was lost again.
        lost: f64,
    },
    /// Rates of the two halves.
    GoesOn {
        /// Rate in the first half.
        first: f64,
        /// Rate in the second half.
        second: f64,
    },
    /// The curve of a cache that fills.
    SlowsLikeCache {
        /// What as long a time again would add, as a share of what this time added.
        more: f64,
    },
    /// One step explains the rise.
    OneStep {
        /// How long before the end it was.
        hours_before_end: f64,
        /// Level before it.
        before: f64,
        /// Level after it.
        after: f64,
    },
    /// Two steps explain most of the rise.
    TwoSteps {
        /// How long before the end they were.
        hours_before_end: (f64, f64),
        /// Their sizes.
        sizes: (f64, f64),
        /// Share of the rise that is left for steady growth.
        rest: f64,
    },
    /// A few steps explain the rise.
    FewSteps {
        /// How many.
        steps: usize,
        /// With how many of them a program started that still runs, where that explains them.
        with_programs: Option<usize>,
    },
    /// A rising line explains the rise better than steps.
    NoSteps,
    /// What it is higher by than a day before.
    HigherEachDay {
        /// Median.
        gain: f64,
    },
    /// The end against all before.
    NewTerritory {
        /// How far the end is above the highest level before; negative below it.
        above: f64,
        /// How long the time before is.
        over_hours: f64,
    },
    /// How long growth was seen.
    LongEnough {
        /// Hours.
        hours: f64,
        /// Why a short rise is proof all the same.
        steep: Option<Steep>,
    },
    /// The test of each hour of the day against the same hour of other days.
    ByHour {
        /// Standard score.
        z: f64,
    },
    /// What load explains.
    Load {
        /// The loads, and the share of the movement that they explain.
        by: ExplainedBy,
        /// Share of the rise that is the load's own.
        of_rise: f64,
    },
    /// Load was removed before the trend was measured.
    LoadRemoved {
        /// The loads, and the share of the movement that they explain.
        by: ExplainedBy,
    },
    /// A load that has risen as well.
    LoadIsUp {
        /// English path without machine and instance.
        counter: String,
    },
    /// The rise of the low-water mark as recorded, and without load.
    AsRecorded {
        /// As recorded.
        raw: f64,
        /// Without load.
        rest: f64,
    },
}

/// A short rise in a straight line, far beyond what was before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steep {
    /// The rise.
    pub growth: f64,
    /// The rise as a share of the level at its begin.
    pub share: f64,
    /// What the series moved by before, where that is known.
    pub moved_before: Option<f64>,
}

/// A check and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct GateResult {
    /// What it asks.
    pub kind: GateKind,
    /// Whether it passed.
    pub passed: Passed,
    /// The figures.
    pub measured: Measured,
}

impl GateResult {
    /// A check and its answer.
    #[must_use]
    pub fn new(kind: GateKind, passed: Passed, measured: Measured) -> Self {
        Self { kind, passed, measured }
    }
}

/// Whether all checks passed: `No` if one failed, `Doubtful` if one passed in doubt.
#[must_use]
pub fn passed_all(gates: &[GateResult]) -> Passed {
    let any = |passed| gates.iter().any(|gate| gate.passed == passed);
    if any(Passed::No) {
        Passed::No
    } else if any(Passed::Doubtful) {
        Passed::Doubtful
    } else {
        Passed::Yes
    }
}
