//! The assessment of one series: a verdict with its evidence, as facts.

use crate::detect::gate::{GateKind, GateResult, Need, Passed};
use crate::detect::load::{Explained, ExplainedBy, LoadSeries};
use crate::model::{Collect, Verdict};

/// Detected growth. Levels are in the unit of the series, rates are per hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Rate per hour.
    pub slope: f64,
    /// 95 % confidence interval of the rate.
    pub ci95: (f64, f64),
    /// Rate in the second half with its 95 % confidence interval, if it is certainly higher: it predicts accelerating
    /// growth better.
    pub accelerated: Option<(f64, (f64, f64))>,
    /// Start and end of the measured segment, hours since the first sample.
    pub hours: (f64, f64),
    /// Fitted levels at the start and end of the segment.
    pub levels: (f64, f64),
    /// Whether growth started within the log, at the start of the segment.
    pub began_within: bool,
}

/// The assessment of one series.
#[derive(Clone, Debug)]
pub struct Assessment {
    pub verdict: Verdict,
    /// 0 to 1.
    pub confidence: f64,
    /// The evidence, most important first.
    pub evidence: Vec<Evidence>,
    /// The growth, for leaks and suspected leaks.
    pub trend: Option<Trend>,
    /// Rate over the whole series and its 95 % confidence interval, per hour; `None` with too little data.
    pub overall: Option<(f64, (f64, f64))>,
    /// Whether the log ends under high load, so it is unknown whether the level falls again.
    pub open_end: bool,
    /// Times of sharp falls after which the series rose again, hours; the trend is that of the last complete rise.
    pub resets: Vec<f64>,
    /// The checks of the assessed segment, at most one of each kind.
    pub gates: Vec<GateResult>,
    /// What would change the verdict.
    pub would_change: Vec<AssessmentChange>,
    /// What to collect if the data are not sufficient.
    pub collect: Option<Collect>,
    /// Whether growth ended before the log did.
    pub stopped: bool,
    /// Whether the level fell over the log.
    pub falls: bool,
    /// The part that load explains.
    pub explained: Option<Explained>,
}

/// Input of an assessment besides the series.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// Time between samples, hours; used to advise how long to collect.
    pub interval: Option<f64>,
    /// Load counters of the same log.
    pub loads: &'a [LoadSeries],
    /// Start times of programs that still ran at the end, hours.
    pub starts: &'a [f64],
}

/// A fact that supports a verdict. Levels are in the unit of the series, rates are per hour.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// A check in the assessment's `gates`.
    Gate(GateKind),
    /// A check that is not in the assessment's `gates`.
    Measured(GateResult),
    /// The log is too short for any test.
    TooFewSamples {
        /// Number of samples.
        samples: usize,
        /// Hours from the first to the last sample, unless 0.
        span_hours: Option<f64>,
    },
    /// In few samples the level rises so fast that a short log with a short interval is enough.
    FastSoFar {
        /// Rate so far, per hour.
        rate: f64,
        /// What to collect to decide.
        collect: Collect,
    },
    /// The wait for first results at the current interval.
    FirstFigures {
        /// Hours between samples.
        interval_hours: f64,
        /// What to collect to distinguish a leak from load.
        collect: Collect,
    },
    /// No growth, but the log is too short to exclude a leak.
    TooShort {
        /// Length of the log, hours.
        span_hours: f64,
        /// What to collect to exclude one.
        collect: Collect,
    },
    /// The counter always reads 0.
    DeadCounter,
    /// All values are the same.
    Constant {
        /// Value in the unit of the series.
        value: f64,
    },
    /// One step, flat before and after.
    OneStep {
        /// Level before the step.
        before: f64,
        /// Level after the step.
        after: f64,
    },
    /// The level rose at first and has been constant since.
    LevelledOff {
        /// Duration of the rise, hours.
        hours: f64,
        /// Level since then.
        level: f64,
    },
    /// The level rises and falls, and its low-water mark does not keep rising.
    NoLastingRise,
    /// The level hardly changes.
    StaysBetween {
        /// 2nd percentile.
        low: f64,
        /// 98th percentile.
        high: f64,
        /// Range as a share of the level.
        share: f64,
    },
    /// The level varies.
    MovesBetween {
        /// 2nd percentile.
        low: f64,
        /// 98th percentile.
        high: f64,
    },
    /// The level varies, and has fallen at the end.
    ComesBackDown {
        /// 2nd percentile.
        low: f64,
        /// 98th percentile.
        high: f64,
        /// Fall at the end, as a share of the range.
        share: f64,
    },
    /// The level varies, and is high when the log ends.
    EndsUp {
        /// Level at the end of the log.
        end: f64,
    },
    /// The level fell over the log.
    Falls {
        /// Size of the fall.
        by: f64,
    },
    /// Load explains the movement.
    LoadExplains(ExplainedBy),
    /// Steady leaks of at least this rate would have been detected.
    DetectableFrom {
        /// Rate per hour.
        rate: f64,
    },
    /// The level rises in straight lines with sharp falls between.
    Sawtooth {
        /// Number of rises.
        rises: usize,
        /// Median rate per hour.
        rate: f64,
    },
    /// The rises of a sawtooth.
    SawtoothRises {
        /// Share of the log's time, 0 to 1.
        share: f64,
        /// Lowest rate per hour.
        slowest: f64,
        /// Highest rate per hour.
        fastest: f64,
    },
    /// Growth was certain after a part of the log, and has gone on since.
    CertainAfter {
        /// End of that part, hours since the first sample of the log.
        hour: f64,
    },
    /// Since the restart, the level rises about as fast as before it, where growth was proven.
    LikeBeforeTheRestart,
    /// No segment between restarts has enough samples.
    RestartsTooOften {
        /// Number of restarts.
        restarts: usize,
    },
}

/// A verdict that more data can lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    Leak,
    /// A leak that is certain.
    SureLeak,
}

/// What would change a verdict.
#[derive(Clone, Debug, PartialEq)]
pub enum AssessmentChange {
    /// A check that failed or is in doubt would have to pass.
    Needs {
        /// The verdict that this would lead to.
        wanted: Wanted,
        need: Need,
    },
    /// The leak would be certain if the growth went on until this hour since the first sample of the log: two nights
    /// are covered then.
    GoesOnUntil { hour: f64 },
    /// The verdict would be no leak if the level stayed constant in the next hours.
    NoLeakIfItLevelsOff,
}

impl Evidence {
    /// Whether this is the check of this kind in the assessment's `gates`.
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

    /// Whether the verdict is a leak, suspected or certain.
    #[must_use]
    pub fn leaks(&self) -> bool {
        matches!(self.verdict, Verdict::Leak | Verdict::SuspectedLeak)
    }

    /// Records that the growth started within the log.
    pub fn begins_within(&mut self) {
        if let Some(trend) = &mut self.trend {
            trend.began_within = true;
        }
    }

    /// The evidence with the checks included, for an assessment without `gates`.
    #[must_use]
    pub fn standalone_evidence(&self) -> Vec<Evidence> {
        let resolve = |evidence: &Evidence| match evidence {
            Evidence::Gate(kind) => self.gates.iter().find(|g| g.kind == *kind).cloned().map(Evidence::Measured),
            other => Some(other.clone()),
        };
        self.evidence.iter().filter_map(resolve).collect()
    }
}

/// What checks with this result need in order to pass, each need once.
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
