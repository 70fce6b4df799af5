//! The checks for a leak: their questions, and their answers as figures.

use crate::detect::load::ExplainedBy;
pub use crate::model::Passed;

/// The question of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateKind {
    /// Is the growth more than chance?
    Trend,
    /// Is it more than the noise?
    Noise,
    /// Is it more than random drift?
    RandomDrift,
    /// Is it enough to matter?
    Size,
    /// Does it stay?
    StayedUp,
    /// Does it continue to the end?
    GoesOn,
    /// Is it more than a few steps?
    NotOneStep,
    /// Is it above the level of a day before, at nearly all times of the day?
    HigherEachDay,
    /// Is it above all earlier levels? Applies to the end of a log.
    NewTerritory,
    /// Is it long enough to exclude the load of one day, and a cache that fills over a night?
    LongEnough,
    /// Does it grow after the first quarter, too?
    AlsoLater,
    /// Did it grow before the last minutes, too?
    AlsoEarlier,
    /// Does it rise from day to day at the same hours?
    RisesByHour,
    /// Is it more than the load in the same log explains?
    NotLoad,
    /// Does it rise while load does not?
    LoadIsSteady,
    /// Did it rise as it was recorded, before load was removed?
    RisesAsRecorded,
}

/// What a check that failed or is in doubt needs in order to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A longer log: the rise of a leak grows, noise does not.
    LongerLog,
    /// A longer log, if the rise continues.
    LongerRise,
    /// A level that no longer falls.
    StaysUp,
    /// Growth after the end of this log.
    GoesOn,
    /// More steps, at the same hour of the day or in growing number.
    MoreSteps,
    /// More days, each higher at the same hours.
    HigherDays,
    /// A level that keeps rising above all earlier levels.
    NewHighs,
    /// A log that covers a night.
    Night,
    /// Growth while load does not rise.
    GrowthWithoutLoad,
    /// A low-water mark that rises as recorded, without load removed.
    RisesAsRecorded,
}

impl GateKind {
    /// How often findings are right if only this check is in doubt, relative to how often they are right if it passed;
    /// rounded from the accuracy table.
    #[must_use]
    pub fn confidence_in_doubt(self) -> f64 {
        match self {
            Self::RisesByHour | Self::HigherEachDay => 0.85,
            Self::RandomDrift | Self::Noise | Self::NewTerritory => 0.80,
            Self::GoesOn | Self::Size | Self::NotLoad | Self::RisesAsRecorded => 0.70,
            Self::LoadIsSteady => 0.50,
            Self::LongEnough | Self::AlsoLater => 0.60,
            Self::NotOneStep | Self::StayedUp | Self::AlsoEarlier => 0.45,
            Self::Trend => 0.40,
        }
    }

    /// What is needed if the check failed or is in doubt.
    #[must_use]
    pub fn need(self) -> Need {
        match self {
            Self::Trend | Self::Noise | Self::RandomDrift => Need::LongerLog,
            Self::Size => Need::LongerRise,
            Self::StayedUp => Need::StaysUp,
            Self::GoesOn | Self::AlsoLater | Self::AlsoEarlier => Need::GoesOn,
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
        /// Factor by which autocorrelation widens the variance, 1 or more.
        variance_factor: f64,
    },
    /// The rise, and the noise of the marks.
    Noise {
        growth: f64,
        /// Standard deviation of the marks.
        noise: f64,
    },
    /// The test against a random walk.
    RandomDrift {
        /// Standard score.
        z: f64,
    },
    /// The rise, and the usual level.
    Size {
        /// Rise as a share of the level.
        share: f64,
        /// Usual level.
        level: f64,
    },
    /// A rise of only a few bytes.
    TooSmall {
        /// Growth in bytes.
        growth: f64,
    },
    /// The fall from the highest level to the end.
    StayedUp {
        /// Highest level.
        top: f64,
        /// Share of the rise that was lost again.
        lost: f64,
    },
    /// Rates of the two halves.
    GoesOn {
        /// Rate in the first half, per hour.
        first: f64,
        /// Rate in the second half, per hour.
        second: f64,
    },
    /// Growth that stopped before the end.
    FlatEnd {
        /// Hours since it stopped.
        hours: f64,
        /// Rate before that, per hour.
        before: f64,
    },
    /// The curve of a cache that fills.
    SlowsLikeCache {
        /// Predicted growth over the same time again, as a share of the growth so far.
        more: f64,
    },
    /// One step explains the rise.
    OneStep {
        /// Hours from the step to the end.
        hours_before_end: f64,
        before: f64,
        after: f64,
    },
    /// Two steps explain most of the rise.
    TwoSteps {
        /// Hours from each step to the end.
        hours_before_end: (f64, f64),
        /// Sizes of the steps.
        sizes: (f64, f64),
        /// Share of the rise that is not in the steps.
        rest: f64,
    },
    /// A few steps explain the rise.
    FewSteps {
        /// Number of steps.
        steps: usize,
        /// Number of steps at which a program started that still runs, if that explains them.
        with_programs: Option<usize>,
    },
    /// A rising line explains the rise better than steps do.
    NoSteps,
    /// Rise from one day to the next.
    HigherEachDay {
        /// Median rise.
        gain: f64,
    },
    /// The end, compared with all earlier levels.
    NewTerritory {
        /// Height of the end above the highest earlier level; negative if below.
        above: f64,
        /// Length of the earlier time, hours.
        over_hours: f64,
    },
    /// Duration of the growth.
    LongEnough {
        hours: f64,
        /// Share of its variance that a straight line explains.
        straight: f64,
        /// Why a short rise is proof nevertheless.
        steep: Option<Steep>,
    },
    /// Rates of the whole rise, and without its first quarter.
    AlsoLater {
        /// Rate of the whole, per hour.
        whole: f64,
        /// Rate without the first quarter, per hour.
        later: f64,
        /// Hours before the end at which the growth without the first quarter starts, if it is flat until then.
        starts_before_end: Option<f64>,
    },
    /// Growth without the last part.
    AlsoEarlier {
        /// Length of the part left out, hours.
        hours: f64,
        /// Standard score of the trend before it.
        z: f64,
    },
    /// Each hour of the day is tested against the same hour of other days.
    ByHour {
        /// Standard score.
        z: f64,
    },
    /// The part that load explains.
    Load {
        /// The loads, and the share of the movement that they explain.
        by: ExplainedBy,
        /// Share of the rise that load explains.
        of_rise: f64,
    },
    /// Load was removed before the trend was measured.
    LoadRemoved {
        /// The loads, and the share of the movement that they explain.
        by: ExplainedBy,
    },
    /// A load that rose as well.
    LoadIsUp {
        /// English counter path without machine and instance.
        counter: String,
    },
    /// Rise of the low-water mark as recorded, and without load.
    AsRecorded {
        /// Rise of the recorded series.
        raw: f64,
        /// Rise after load is removed.
        rest: f64,
    },
}

/// A short, straight rise far beyond earlier movement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steep {
    pub growth: f64,
    /// Rise as a share of the level at its start.
    pub share: f64,
    /// Size of earlier movement, if known.
    pub moved_before: Option<f64>,
}

/// A check and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct GateResult {
    pub kind: GateKind,
    pub passed: Passed,
    pub measured: Measured,
}

impl GateResult {
    #[must_use]
    pub fn new(kind: GateKind, passed: Passed, measured: Measured) -> Self {
        Self { kind, passed, measured }
    }
}

/// Whether all checks passed: `No` if any failed, else `Doubtful` if any is in doubt.
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
