//! The check of logs without `Committed Bytes`: available memory, and the share of the commit limit that is in use, show
//! how short memory is as well. Where there are committed bytes, their check says more.

use std::ops::RangeInclusive;

use super::Check;
use super::about::{About, Level, LevelFacts};
use super::chart::{Parts, chart};
use super::finding::{CriticalShare, DatedExhaustion, Finding, growth, severity};
use super::reason::Reason;
use super::series::{PLAUSIBLE_BYTES, ValidSeries};
use crate::base::units::MB;
use crate::case::Case;
use crate::counters::{CounterSet, MemoryCounter};
use crate::detect::assess;
use crate::forecast::{Limit, LimitBasis, forecast};
use crate::machine::Series;
use crate::model::{Growth, Severity, Subject, Unit, Verdict};

/// Available memory below which Windows trims working sets hard, and below which programs fail: PAL's 100 MB, and more
/// than twice as much as a warning.
const LOW: f64 = 256.0 * MB;
const VERY_LOW: f64 = 100.0 * MB;
/// Percent of the commit limit in use that are a warning, and that leave no room for the next program.
const HIGH: f64 = 80.0;
const VERY_HIGH: f64 = 95.0;
const PERCENT: RangeInclusive<f64> = 0.0..=100.0;
/// What is left of the confidence in a fall of available memory, which file caches use up as well.
const ANY_USE: f64 = 0.6;

/// `Available Bytes` in any unit, and `% Committed Bytes In Use`.
pub struct MemoryLevelCheck;

impl Check for MemoryLevelCheck {
    fn counters(&self) -> CounterSet {
        let needed = [MemoryCounter::CommittedBytes, MemoryCounter::CommittedBytesInUse];
        CounterSet::of(MemoryCounter::AVAILABLE.into_iter().chain(needed))
    }

    fn run(&self, case: &Case<'_>) -> Vec<Finding> {
        let store = &case.machine.store;
        if case.machine.without_log || !store.get(MemoryCounter::CommittedBytes).is_empty() {
            return Vec::new();
        }
        let share = store.get(MemoryCounter::CommittedBytesInUse);
        [available(case, &case.machine.available_bytes()), commit_share(case, share)].into_iter().flatten().collect()
    }
}

fn available(case: &Case<'_>, series: &Series) -> Option<Finding> {
    let top = series.iter().map(|(_, v)| v).filter(|v| PLAUSIBLE_BYTES.contains(v)).fold(0.0, f64::max);
    let mut used = Series::default();
    series.iter().filter(|(_, v)| (0.0..=top).contains(v)).for_each(|(sample, v)| used.push(sample, top - v));
    let valid = ValidSeries::of(case, &used, &PLAUSIBLE_BYTES, Unit::Bytes);
    let last = top - valid.end_level()?;
    let mut assessment = assess(valid.points(), case.context());
    if assessment.verdict == Verdict::Leak {
        assessment.verdict = Verdict::SuspectedLeak;
        assessment.confidence *= ANY_USE;
    }
    let first = series.first().map_or(last, |(_, v)| v);
    let limit = Limit { value: top, basis: LimitBasis::Available(top) };
    let mut found = finding(case, &valid, assessment, limit, LevelFacts { level: Level::Available, last });
    found.growth = found.growth.map(|growth| Growth { first, last, maximum: top, ..growth });
    if found.assessment.trend.is_some() {
        found.reasons.insert(0, Reason::AnyUseOfMemory);
    }
    found.severity = worse(found.severity, last < LOW, last < VERY_LOW);
    found.counter = Some(format!(r"\\{}\Memory\Available Bytes", case.machine.name));
    found.chart =
        Some(chart(case, Parts { series, plausible: &PLAUSIBLE_BYTES, second: None, trend: None, limit: None }));
    Some(found)
}

fn commit_share(case: &Case<'_>, series: &Series) -> Option<Finding> {
    let valid = ValidSeries::of(case, series, &PERCENT, Unit::Percent);
    let last = valid.end_level()?;
    let assessment = assess(valid.points(), case.context());
    let limit = Limit { value: *PERCENT.end(), basis: LimitBasis::CommitLimit };
    let mut found = finding(case, &valid, assessment, limit, LevelFacts { level: Level::CommitShare, last });
    found.severity = worse(found.severity, last > HIGH, last > VERY_HIGH);
    // Figures and charts of the report have no percent; the headline has them.
    found.growth = None;
    found.counter = Some(format!(r"\\{}\Memory\% Committed Bytes In Use", case.machine.name));
    Some(found)
}

fn finding(
    case: &Case<'_>,
    valid: &ValidSeries,
    assessment: crate::detect::Assessment,
    limit: Limit,
    facts: LevelFacts,
) -> Finding {
    let points = valid.points();
    let now = valid.end_level().unwrap_or_default();
    let trend = assessment.trend.filter(|_| assessment.verdict.is_growth());
    let exhaustion = trend.map(|trend| forecast(&[limit], now, &trend, points.span(), None));
    let (subject, unit) = match facts.level {
        Level::Available => (Subject::CounterRule, Unit::Bytes),
        Level::CommitShare => (Subject::Commit, Unit::Percent),
    };
    Finding {
        severity: severity(assessment.verdict, exhaustion.as_ref(), CriticalShare::Never),
        reasons: assessment.evidence.iter().cloned().map(Reason::Assessed).collect(),
        growth: growth(case, &assessment, points),
        exhaustion: exhaustion.map(|e| DatedExhaustion::of(case, e, valid.end())),
        ..Finding::of(subject, unit, assessment, About::Level(facts))
    }
}

fn worse(severity: Severity, is_short: bool, is_out: bool) -> Severity {
    match severity {
        _ if is_out => Severity::Critical,
        Severity::Info | Severity::Ok if is_short => Severity::Warning,
        severity => severity,
    }
}
