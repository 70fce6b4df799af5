//! The result of detection for one series: a verdict with its evidence, as facts.

use crate::detect::gate::{GateKind, GateResult, Need, Passed};
use crate::detect::load::{Explained, ExplainedBy, LoadSeries};
use crate::model::{Collect, Verdict};

/// Growth that was found. Levels are in the unit of the series, rates are per hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Rate.
    pub slope: f64,
    /// 95 % confidence interval of the rate.
    pub ci95: (f64, f64),
    /// Rate in the second half, which predicts growth that accelerates better.
    pub late: f64,
    /// The stretch that it was measured on, hours.
    pub hours: (f64, f64),
    /// Fitted levels at the ends of the stretch.
    pub levels: (f64, f64),
    /// Whether growth began within the log, at the begin of the stretch.
    pub began_within: bool,
}

/// The assessment of one series.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// What it is.
    pub verdict: Verdict,
    /// 0 to 1.
    pub confidence: f64,
    /// The evidence, the most important first.
    pub evidence: Vec<Evidence>,
    /// The growth, for leaks and suspected leaks.
    pub trend: Option<Trend>,
    /// Rate over the whole series and its 95 % confidence interval, per hour; `None` with too little data.
    pub overall: Option<(f64, (f64, f64))>,
    /// Whether the log ends while load is up, so that it is unknown whether the level comes down.
    pub open_end: bool,
    /// When the series fell back at once and rose again, hours; the trend is that of the last whole rise.
    pub resets: Vec<f64>,
    /// The checks of the stretch that was assessed, at most one of a kind.
    pub gates: Vec<GateResult>,
    /// What would change the verdict.
    pub would_change: Vec<AssessmentChange>,
    /// What to collect, where the data do not suffice.
    pub collect: Option<Collect>,
    /// Whether growth ended before the log did.
    pub stopped: bool,
    /// Whether the level has come down over the log.
    pub falls: bool,
    /// What load explains.
    pub explained: Option<Explained>,
}

/// What an assessment needs beside the series.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// Interval of samples, for advice on how long to collect, hours.
    pub interval: Option<f64>,
    /// Loads of the same log.
    pub loads: &'a [LoadSeries],
    /// When programs started that still ran at the end, hours.
    pub starts: &'a [f64],
}

/// A fact behind a verdict. Levels are in the unit of the series, rates are per hour.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// The check of this kind among the gates of the assessment.
    Gate(GateKind),
    /// A check that is not among the gates of the assessment.
    Measured(GateResult),
    /// The log is too short for any test.
    TooFewSamples {
        /// How many there are.
        samples: usize,
        /// Hours from the first to the last, unless that is 0.
        span_hours: Option<f64>,
    },
    /// In these few samples the level rises so fast that a short log with quick samples decides.
    FastSoFar {
        /// The rise so far.
        rate: f64,
        /// What decides.
        collect: Collect,
    },
    /// How long the first figures take at the present interval.
    FirstFigures {
        /// Interval of samples.
        interval_hours: f64,
        /// What distinguishes a leak from load.
        collect: Collect,
    },
    /// No growth, in a log too short to exclude a leak.
    TooShort {
        /// Its length.
        span_hours: f64,
        /// What would exclude one.
        collect: Collect,
    },
    /// The counter reads 0 throughout.
    DeadCounter,
    /// All values are the same.
    Constant {
        /// The value.
        value: f64,
    },
    /// One step, flat before and after.
    OneStep {
        /// Level before.
        before: f64,
        /// Level after.
        after: f64,
    },
    /// It rose at first and has been level since.
    LevelledOff {
        /// How long it rose.
        hours: f64,
        /// The level since.
        level: f64,
    },
    /// It rises and falls, and its low-water mark does not rise for long.
    NoLastingRise,
    /// It hardly moves.
    StaysBetween {
        /// 2nd percentile.
        low: f64,
        /// 98th percentile.
        high: f64,
        /// Their distance as a share of the level.
        share: f64,
    },
    /// It moves.
    MovesBetween {
        /// 2nd percentile.
        low: f64,
        /// 98th percentile.
        high: f64,
    },
    /// It moves, and has come down at the end.
    ComesBackDown {
        /// 2nd percentile.
        low: f64,
        /// 98th percentile.
        high: f64,
        /// What it has lost at the end, as a share of their distance.
        share: f64,
    },
    /// It moves, and the log ends while it is up.
    EndsUp {
        /// The level at the end.
        end: f64,
    },
    /// It has come down over the log.
    Falls {
        /// By so much.
        by: f64,
    },
    /// Load explains its movement.
    LoadExplains(ExplainedBy),
    /// Steady leaks from this rate on would have been detected.
    DetectableFrom {
        /// Rate.
        rate: f64,
    },
    /// Growth is only in the last part of the log.
    AtTheEnd {
        /// Length of that part.
        hours: f64,
    },
    /// It rises in straight lines and falls back at once in between.
    Sawtooth {
        /// How often it rose.
        rises: usize,
        /// Median rate.
        rate: f64,
    },
    /// How much of the log those rises are.
    SawtoothRises {
        /// Share of the time.
        share: f64,
        /// Lowest rate.
        slowest: f64,
        /// Highest rate.
        fastest: f64,
    },
    /// Since the restart it rises about as fast as before, where growth was proven.
    LikeBeforeTheRestart,
    /// No stretch between restarts has enough samples.
    RestartsTooOften {
        /// How often the machine restarted.
        restarts: usize,
    },
}

/// A verdict that more data may lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A leak, or a suspected one.
    Leak,
    /// A leak without doubt.
    SureLeak,
}

/// What would change a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssessmentChange {
    /// A check that failed, or passed in doubt, would have to pass.
    Needs {
        /// The verdict that it would lead to.
        wanted: Wanted,
        /// What is needed.
        need: Need,
    },
    /// It would be no leak if it levelled off within the next hours.
    NoLeakIfItLevelsOff,
}

impl Evidence {
    /// Whether it is the check of this kind among the gates of the assessment.
    #[must_use]
    pub fn is_gate(&self, kind: GateKind) -> bool {
        *self == Self::Gate(kind)
    }
}

impl Assessment {
    /// An assessment without growth.
    #[must_use]
    pub fn no_growth(verdict: Verdict, confidence: f64, evidence: Vec<Evidence>) -> Self {
        Self {
            verdict,
            confidence,
            evidence,
            trend: None,
            overall: None,
            open_end: false,
            resets: Vec::new(),
            gates: Vec::new(),
            would_change: Vec::new(),
            collect: None,
            stopped: false,
            falls: false,
            explained: None,
        }
    }

    /// An assessment of growth.
    #[must_use]
    pub fn growing(verdict: Verdict, confidence: f64, evidence: Vec<Evidence>, trend: Trend) -> Self {
        let overall = Some((trend.slope, trend.ci95));
        Self { trend: Some(trend), overall, ..Self::no_growth(verdict, confidence, evidence) }
    }

    /// Whether it is a leak, suspected or sure.
    #[must_use]
    pub fn leaks(&self) -> bool {
        matches!(self.verdict, Verdict::Leak | Verdict::SuspectedLeak)
    }

    /// Notes that the growth began within the log.
    pub fn begins_within(&mut self) {
        if let Some(trend) = &mut self.trend {
            trend.began_within = true;
        }
    }

    /// The evidence without reference to the gates, for an assessment that has none of them.
    #[must_use]
    pub fn standalone_evidence(&self) -> Vec<Evidence> {
        let resolve = |evidence: &Evidence| match evidence {
            Evidence::Gate(kind) => self.gates.iter().find(|g| g.kind == *kind).cloned().map(Evidence::Measured),
            other => Some(other.clone()),
        };
        self.evidence.iter().filter_map(resolve).collect()
    }
}

/// What would make up for the checks with this answer, each need once.
#[must_use]
pub fn needs(gates: &[GateResult], passed: Passed, wanted: Wanted) -> Vec<AssessmentChange> {
    let mut all: Vec<AssessmentChange> = Vec::new();
    for gate in gates.iter().filter(|gate| gate.passed == passed) {
        let need = AssessmentChange::Needs { wanted, need: gate.kind.need() };
        if !all.contains(&need) {
            all.push(need);
        }
    }
    all
}
