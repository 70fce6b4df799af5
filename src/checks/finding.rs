//! What a check finds: enums and figures. [`crate::explain`] makes sentences of them.

use super::about::{About, ProcessFacts};
use super::chart::ChartFacts;
use super::reason::{Disagreement, Reason, WouldChange};
use crate::attribute::pool_evidence::PrimeSuspect;
use crate::attribute::suspect::Suspect;
use crate::case::Case;
use crate::detect::{Assessment, Points};
use crate::forecast::Forecast;
use crate::model::{Growth, Origin, Severity, Subject, Time, Unit, Verdict};

/// What is exhausted within so many hours is critical: a week is about what it takes to plan a restart.
const CRITICAL_HOURS: f64 = 7.0 * 24.0;

/// One judged subject.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What it is about.
    pub subject: Subject,
    /// Its counter path; `None` when the log does not have the counter.
    pub counter: Option<String>,
    /// Unit of the series.
    pub unit: Unit,
    /// How the series moves.
    pub assessment: Assessment,
    /// How much it matters.
    pub severity: Severity,
    /// Who holds the growth; `None` when there is none.
    pub origin: Option<Origin>,
    /// The evidence, the most telling first.
    pub reasons: Vec<Reason>,
    /// Where sources contradict each other.
    pub disagreements: Vec<Disagreement>,
    /// What would change the verdict.
    pub would_change: Vec<WouldChange>,
    /// How it grew.
    pub growth: Option<Growth>,
    /// When it is exhausted.
    pub exhaustion: Option<DatedExhaustion>,
    /// The restart that released what had leaked, where the leak was of an earlier boot.
    pub ended_with: Option<Time>,
    /// The suspect to name.
    pub prime_suspect: Option<PrimeSuspect>,
    /// Who holds the growth, or sets it off.
    pub suspects: Vec<Suspect>,
    /// The series and its trend.
    pub chart: Option<ChartFacts>,
    /// What only findings of this kind have.
    pub about: About,
}

/// A forecast with its dates.
#[derive(Clone, Debug)]
pub struct DatedExhaustion {
    /// The limit and the hours to it.
    pub exhaustion: Forecast,
    /// When it is reached, or was.
    pub at: Option<Time>,
    /// The earliest and latest time by the rate's confidence interval.
    pub at_ci95: Option<[Option<Time>; 2]>,
    /// Not before this time.
    pub not_before: Option<Time>,
}

impl DatedExhaustion {
    /// Dates counted from the last value, at `end` hours.
    #[must_use]
    pub fn of(case: &Case<'_>, exhaustion: Forecast, end: f64) -> Self {
        let at = |hours: Option<f64>| hours.and_then(|h| case.clock(end + h));
        Self {
            at: at(exhaustion.hours),
            at_ci95: exhaustion.hours_ci95.map(|(earliest, latest)| [at(Some(earliest)), at(latest)]),
            not_before: at(exhaustion.not_before),
            exhaustion,
        }
    }

    /// Of what is exhausted already the date is known.
    #[must_use]
    pub fn came_at(self, at: Option<Time>) -> Self {
        match at {
            Some(_) => Self { at, at_ci95: None, not_before: None, ..self },
            None => self,
        }
    }
}

impl Finding {
    /// A finding with what its assessment says, its evidence as the reasons; the rest is empty.
    #[must_use]
    pub fn of(subject: Subject, unit: Unit, assessment: Assessment, about: About) -> Self {
        Self {
            subject,
            counter: None,
            unit,
            severity: severity(assessment.verdict, None, CriticalShare::Never),
            origin: None,
            reasons: assessment.evidence.iter().cloned().map(Reason::Assessed).collect(),
            disagreements: Vec::new(),
            would_change: assessment.would_change.iter().cloned().map(WouldChange::Assessed).collect(),
            growth: None,
            exhaustion: None,
            ended_with: None,
            prime_suspect: None,
            suspects: Vec::new(),
            chart: None,
            assessment,
            about,
        }
    }

    /// The verdict of its assessment.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.assessment.verdict
    }

    /// The process that it is about, and its series.
    #[must_use]
    pub fn process(&self) -> Option<&ProcessFacts> {
        match &self.about {
            About::Process(process) => Some(process),
            _ => None,
        }
    }
}

/// From which share of RAM growth is critical whatever its rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CriticalShare {
    /// From this share, 0 to 1.
    Of(f64),
    /// Whatever the share.
    Never,
}

/// How much a verdict matters.
#[must_use]
pub fn severity(verdict: Verdict, exhaustion: Option<&Forecast>, critical: CriticalShare) -> Severity {
    let too_much = |share: f64| matches!(critical, CriticalShare::Of(critical) if share > critical);
    let soon =
        exhaustion.is_some_and(|e| e.hours.is_some_and(|h| h < CRITICAL_HOURS) || e.share_of_ram.is_some_and(too_much));
    match verdict {
        Verdict::Leak if soon => Severity::Critical,
        Verdict::Leak | Verdict::SuspectedLeak => Severity::Warning,
        Verdict::Step | Verdict::InsufficientData => Severity::Info,
        Verdict::WarmUp | Verdict::Load | Verdict::Stable => Severity::Ok,
    }
}

/// For a leak the rate since it began, else what the whole log did.
#[must_use]
pub fn growth(case: &Case<'_>, assessment: &Assessment, stretch: Points<'_>) -> Option<Growth> {
    let (slope, ci95) = assessment.overall?;
    let values = stretch.values;
    Some(Growth {
        unit: stretch.unit,
        rate_per_hour: slope,
        rate_per_hour_ci95: (ci95.0 < ci95.1).then_some([ci95.0, ci95.1]),
        first: *values.first()?,
        last: *values.last()?,
        maximum: values.iter().copied().fold(f64::MIN, f64::max),
        since: assessment.trend.filter(|t| t.began_within).and_then(|t| case.clock(t.hours.0)),
    })
}
