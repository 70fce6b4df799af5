//! The check of free system page table entries, which are exhausted only on 32-bit systems.

use std::ops::RangeInclusive;

use super::Check;
use super::about::{About, Room, SystemPteFacts};
use super::chart::{Parts, chart};
use super::finding::{CriticalShare, DatedExhaustion, Finding, growth, severity};
use super::reason::Reason;
use super::series::ValidSeries;
use crate::case::Case;
use crate::counters::{CounterSet, MemoryCounter};
use crate::detect::{Assessment, BetweenBoots, MIN_SAMPLES, assess, assess_between_boots};
use crate::forecast::{Forecast, Limit, LimitBasis, forecast};
use crate::machine::Series;
use crate::model::{Growth, Severity, Subject, Unit, Verdict};

/// Page table entries below which a 32-bit system is about to fail, and above which it has enough: 8,000 and 20,000 in
/// PAL, following Microsoft's guidance for Windows Server 2003.
const FEW_ENTRIES: f64 = 8_000.0;
/// See [`FEW_ENTRIES`].
pub const ENOUGH_ENTRIES: f64 = 20_000.0;
/// No 32-bit system has more; 64-bit systems show tens of millions or invalid values.
const MOST_ENTRIES: f64 = 1_000_000.0;
const PLAUSIBLE: RangeInclusive<f64> = 0.0..=MOST_ENTRIES;
/// RAM that only very rare 32-bit servers with PAE exceed.
const MOST_RAM_32: u64 = 5 << 30;
/// Lost entries matter from this share of the maximum on.
const LOST: f64 = 0.05;
/// Confidence that the entries are stable if none are lost.
const STABLE: f64 = 0.9;

/// `Free System Page Table Entries` of a 32-bit system.
pub struct SystemPteCheck;

impl Check for SystemPteCheck {
    fn counters(&self) -> CounterSet {
        CounterSet::of([MemoryCounter::FreeSystemPageTableEntries])
    }

    fn run(&self, case: &Case<'_>) -> Vec<Finding> {
        finding(case).into_iter().collect()
    }
}

/// `None` if the counter has no meaning.
fn finding(case: &Case<'_>) -> Option<Finding> {
    let series = case.machine.store.get(MemoryCounter::FreeSystemPageTableEntries);
    let top = series.iter().map(|(_, v)| v).filter(|v| (1.0..=MOST_ENTRIES).contains(v)).fold(0.0, f64::max);
    let now = series.end_level()?;
    // If the log does not record the pointer size, much memory shows 64 bits: nearly all 32-bit Windows systems have
    // less.
    let much_ram = case.ram.as_ref().is_some_and(|r| r.bytes > MOST_RAM_32);
    let bits = case.machine.info.pointer_bits.unwrap_or(if much_ram { 64 } else { 32 });
    if bits != 32 || top == 0.0 || !(0.0..=MOST_ENTRIES).contains(&now) {
        return None;
    }
    let mut used = Series::default();
    series.iter().filter(|(_, v)| (0.0..=top).contains(v)).for_each(|(sample, v)| used.push(sample, top - v));
    let valid = ValidSeries::of(case, &used, &PLAUSIBLE, Unit::Entries);
    let points = valid.points();
    let BetweenBoots { assessed: mut assessment, stretch, ended_with, others } =
        assess_between_boots(&case.boots(), points, |stretch| assess(stretch, case.context()));
    let lost = assessment.trend.map_or(0.0, |t| t.levels.1 - t.levels.0);
    let judged = assessment.verdict != Verdict::InsufficientData || points.values.len() >= MIN_SAMPLES;
    if judged && (assessment.trend.is_none() || lost < LOST * top) {
        // The assessment is about entries in use; its evidence would mislead here.
        assessment =
            Assessment { overall: assessment.overall, ..Assessment::no_growth(Verdict::Stable, STABLE, Vec::new()) };
    }
    let first = series.first().map_or(now, |(_, v)| v);
    let mut reasons = vec![Reason::SystemPtes { first, last: now, most: top }];
    reasons.extend(assessment.trend.map(|_| Reason::CountsEntriesInUse));
    reasons.extend(assessment.evidence.iter().cloned().map(Reason::Assessed));
    reasons.extend(others.map(Reason::Restarts));
    let mut exhaustion = assessment.trend.map(|trend| {
        let limits = [Limit { value: top, basis: LimitBasis::SystemPtes }];
        forecast(&limits, top - now, &trend, points.span(), None)
    });
    exhaustion.iter_mut().filter(|_| ended_with.is_some()).for_each(Forecast::forget_date);
    let severity = match severity(assessment.verdict, exhaustion.as_ref(), CriticalShare::Never) {
        _ if now < FEW_ENTRIES => Severity::Critical,
        Severity::Info | Severity::Ok if now < ENOUGH_ENTRIES => Severity::Warning,
        severity => severity,
    };
    let growth = growth(case, &assessment, stretch).map(|growth| Growth { first, last: now, maximum: top, ..growth });
    let room = if now < ENOUGH_ENTRIES { Room::Short } else { Room::Enough };
    let about = About::SystemPtes(SystemPteFacts { free: now, room });
    Some(Finding {
        counter: Some(format!(r"\\{}\Memory\Free System Page Table Entries", case.machine.name)),
        severity,
        reasons,
        growth,
        exhaustion: exhaustion.map(|e| DatedExhaustion::of(case, e, valid.end())),
        ended_with: ended_with.and_then(|boot| case.time(boot)),
        chart: Some(chart(case, Parts { series, plausible: &PLAUSIBLE, second: None, trend: None, limit: None })),
        ..Finding::of(Subject::FreeSystemPtes, Unit::Entries, assessment, about)
    })
}
