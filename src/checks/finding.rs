//! The result of a check, as enums and figures. [`crate::explain`] turns it into sentences.

use super::about::{About, ProcessFacts};
use super::chart::ChartFacts;
use super::reason::{Disagreement, Reason, WouldChange};
use crate::attribute::pool_evidence::PrimeSuspect;
use crate::attribute::suspect::Suspect;
use crate::case::Case;
use crate::detect::{Assessment, Points, Trend};
use crate::forecast::Forecast;
use crate::model::{Growth, Origin, Severity, Subject, Time, Unit, Verdict};
use crate::stats::end_level;

/// Exhaustion within this many hours is critical: planning a restart takes about a week.
const CRITICAL_HOURS: f64 = 7.0 * 24.0;

/// The result for one subject.
#[derive(Clone, Debug)]
pub struct Finding {
    pub subject: Subject,
    /// Its counter path; `None` if the log does not contain the counter.
    pub counter: Option<String>,
    pub unit: Unit,
    pub assessment: Assessment,
    pub severity: Severity,
    /// Drivers or processes; `None` without growth.
    pub origin: Option<Origin>,
    /// The evidence, most important first.
    pub reasons: Vec<Reason>,
    /// Where sources contradict each other.
    pub disagreements: Vec<Disagreement>,
    /// What would change the verdict.
    pub would_change: Vec<WouldChange>,
    pub growth: Option<Growth>,
    pub exhaustion: Option<DatedExhaustion>,
    /// The restart that released the leaked memory, if the leak was in an earlier boot.
    pub ended_with: Option<Time>,
    pub prime_suspect: Option<PrimeSuspect>,
    /// Suspected causes of the growth, and correlated processes.
    pub suspects: Vec<Suspect>,
    pub chart: Option<ChartFacts>,
    /// Facts that only this kind of finding has.
    pub about: About,
}

/// A forecast with its dates.
#[derive(Clone, Debug)]
pub struct DatedExhaustion {
    /// The limit, and the hours until it is reached.
    pub exhaustion: Forecast,
    /// When the limit is reached, or was.
    pub at: Option<Time>,
    /// Earliest and latest time by the 95 % confidence interval of the rate.
    pub at_ci95: Option<[Option<Time>; 2]>,
    /// Not exhausted before this time.
    pub not_before: Option<Time>,
}

impl DatedExhaustion {
    /// Calculates dates from the last value, which is at `end` hours.
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

    /// Sets the known date of a past exhaustion.
    #[must_use]
    pub fn came_at(self, at: Option<Time>) -> Self {
        match at {
            Some(_) => Self { at, at_ci95: None, not_before: None, ..self },
            None => self,
        }
    }
}

impl Finding {
    /// A finding from an assessment, with the assessment's evidence as reasons; all else is empty.
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

    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.assessment.verdict
    }

    /// The process and its counter, if the finding is about one.
    #[must_use]
    pub fn process(&self) -> Option<&ProcessFacts> {
        match &self.about {
            About::Process(process) => Some(process),
            _ => None,
        }
    }
}

/// The reason, if the date of exhaustion uses another rate than that of the growth.
#[must_use]
pub fn rate_of_date(exhaustion: Option<&Forecast>, trend: Option<&Trend>) -> Option<Reason> {
    let late = exhaustion?.at_rate_of_second_half?;
    Some(Reason::DateByRateOfSecondHalf { late, whole: trend?.slope })
}

/// The share of RAM above which even slow growth is critical.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CriticalShare {
    /// Critical from this share on, 0 to 1.
    Of(f64),
    /// Critical at no share.
    Never,
}

/// The severity of a verdict.
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

/// For a leak, the growth since it started; otherwise that of the whole log.
#[must_use]
pub fn growth(case: &Case<'_>, assessment: &Assessment, stretch: Points<'_>) -> Option<Growth> {
    let (slope, ci95) = assessment.overall?;
    let values = stretch.values;
    Some(Growth {
        unit: stretch.unit,
        rate_per_hour: slope,
        rate_per_hour_ci95: (ci95.0 < ci95.1).then_some([ci95.0, ci95.1]),
        first: *values.first()?,
        last: end_level(stretch.hours, values)?,
        maximum: values.iter().copied().fold(f64::MIN, f64::max),
        since: assessment.trend.filter(|t| t.began_within).and_then(|t| case.clock(t.hours.0)),
    })
}
