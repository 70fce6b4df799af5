//! The check of the kernel pools.

use super::about::{About, Missing, MuchOfRam, PoolFacts, PoolLevel, Refused, RestsOn};
use super::chart::{Parts, chart};
use super::finding::{CriticalShare, DatedExhaustion, Finding, growth, rate_of_date, severity};
use super::pool_growth::{PoolAssessment, assess_pool, attribute_by_timing};
use super::reason::{Disagreement, Reason};
use super::series::{PLAUSIBLE_BYTES, ValidSeries, failed_reads};
use super::{Check, within};
use crate::attribute::events::{self, Exhausted, PoolEvents};
use crate::attribute::origin::{self, Holders};
use crate::attribute::pool_evidence::{
    contradictions, growth_of_snapshots, installed_driver, prime_suspect, suspected_by_snapshots, suspects,
};
use crate::attribute::tags::{self, Tags};
use crate::base::Pool;
use crate::base::time::ZonedTime;
use crate::case::Case;
use crate::counters::{CounterSet, MemoryCounter, ProcessField};
use crate::detect::{BetweenBoots, Points, Trend, assess_between_boots};
use crate::forecast::{Forecast, Limit, LimitBasis, PoolLimits, forecast};
use crate::machine::Series;
use crate::model::{Origin, Severity, Subject, Unit, Verdict};
use crate::stats::end_level;

/// Nonpaged pool above this share of RAM is critical even if it grows slowly: it can never be paged out.
const CRITICAL_SHARE: f64 = 0.5;
/// Healthy machines use a few hundredths of RAM for nonpaged pool, very busy servers a fifth. A larger share needs an
/// explanation even without growth.
const MUCH_OF_RAM: f64 = 0.3;
/// Confidence in a leak that only snapshots show.
const BY_SNAPSHOTS: f64 = 0.6;
/// Fewer allocations or handles are everyday variation.
const MANY: f64 = 500.0;

/// One of the two pools.
pub struct PoolCheck(pub Pool);

impl Check for PoolCheck {
    fn counters(&self) -> CounterSet {
        let machine_wide = [self.0.bytes(), self.0.allocs(), MemoryCounter::CommittedBytes, MemoryCounter::CommitLimit];
        // Only nonpaged pool is limited by available memory.
        let (charged, available) = match self.0 {
            Pool::Nonpaged => (ProcessField::PoolNonpagedBytes, &MemoryCounter::AVAILABLE[..]),
            Pool::Paged => (ProcessField::PoolPagedBytes, &[][..]),
        };
        let of_processes = [ProcessField::IdProcess, ProcessField::ElapsedTime, charged, ProcessField::HandleCount];
        CounterSet::of(machine_wide.iter().chain(available).copied()).union(&CounterSet::of(of_processes))
    }

    fn run(&self, case: &Case<'_>) -> Vec<Finding> {
        let machine = case.machine;
        let has_memory = machine.has_memory_counters || machine.store.has_pools() || machine.without_log;
        has_memory.then(|| finding(case, self.0)).into_iter().collect()
    }
}

fn subject(pool: Pool) -> Subject {
    match pool {
        Pool::Nonpaged => Subject::NonpagedPool,
        Pool::Paged => Subject::PagedPool,
    }
}

/// Facts about a pool besides its growth.
struct Beside {
    holders: Option<Holders>,
    tags: Tags,
    events: PoolEvents,
    exhausted: Option<Exhausted>,
    exhaustion: Option<Forecast>,
    rests_on: RestsOn,
}

/// Judges a pool. If its counter is missing, the finding says so.
fn finding(case: &Case<'_>, pool: Pool) -> Finding {
    let valid = ValidSeries::of(case, case.machine.store.get(pool.bytes()), &PLAUSIBLE_BYTES, Unit::Bytes);
    let points = valid.points();
    let now = valid.end_level().unwrap_or(0.0);
    let exhausted = events::exhausted(case, pool);
    // An exhausted pool no longer grows: judge the growth before that.
    let until = exhausted.as_ref().map_or(points, |e| points.before(e.hours + case.step()));
    let between = assess_between_boots(&case.boots(), until, |stretch| assess_pool(case, pool, stretch));
    let BetweenBoots { mut assessed, stretch, ended_with, others } = between;
    let mut holders = assessed.assessment.trend.map(|t| origin::find(case.machine, pool, &t, &case.hours));
    let correlated = holders.as_mut().and_then(|holders| attribute_by_timing(case, &mut assessed, holders, stretch));
    let beside = beside(case, pool, &mut assessed, (holders, exhausted), points, ended_with);
    let parts = JudgedPool { case, pool, valid: &valid, stretch, now, correlated };
    let mut finding = parts.finding(assessed, beside, others.map(Reason::Restarts));
    finding.ended_with = ended_with.and_then(|boot| case.time(boot));
    finding
}

/// Evidence from tags and events, and the exhaustion date. `ended_with` is the restart that released the growth.
fn beside(
    case: &Case<'_>,
    pool: Pool,
    assessed: &mut PoolAssessment,
    (holders, exhausted): (Option<Holders>, Option<Exhausted>),
    points: Points<'_>,
    ended_with: Option<ZonedTime>,
) -> Beside {
    let now = end_level(points.hours, points.values).unwrap_or(0.0);
    let assessment = &mut assessed.assessment;
    let trend = assessment.trend;
    // Of snapshots alone, a tag can show what the sum of all tags hides.
    let asks_tags =
        assessment.verdict.is_growth() || assessment.verdict == Verdict::InsufficientData || case.machine.without_log;
    let mut tags = if asks_tags { tags::find(case, pool, trend.as_ref()) } else { Tags::default() };
    let mut rests_on = RestsOn::Counters;
    if suspected_by_snapshots(case, assessment.verdict, &tags, now) {
        rests_on = RestsOn::Snapshots;
        assessment.verdict = Verdict::SuspectedLeak;
        assessment.confidence = BY_SNAPSHOTS;
        assessment.collect = None;
    }
    let events = events::of_pool(case, pool, trend.as_ref(), exhausted.as_ref());
    installed_driver(&mut tags, events.installed.as_ref(), holders.as_ref());
    let measured = &case.measured_limits;
    let limits = PoolLimits { machine: case.machine, pool, release: case.release, ram: case.ram.as_ref(), measured };
    let at_event = exhausted.iter().map(|e| Limit { value: e.bytes, basis: LimitBasis::Event { id: e.id } });
    let limits: Vec<Limit> = at_event.chain(limits.find(now)).collect();
    let mut exhaustion = trend.map(|trend| forecast(&limits, now, &trend, points.span(), case.ram.as_ref()));
    // Growth that was released or has stopped has no exhaustion date.
    let released = ended_with.is_some() || !assessment.resets.is_empty() || assessment.stopped;
    exhaustion.iter_mut().filter(|_| released).for_each(Forecast::forget_date);
    Beside { holders, tags, events, exhausted, exhaustion, rests_on }
}

/// A pool that was judged.
struct JudgedPool<'a> {
    case: &'a Case<'a>,
    pool: Pool,
    valid: &'a ValidSeries,
    stretch: Points<'a>,
    now: f64,
    correlated: Option<crate::attribute::timing::CorrelatedProcess>,
}

impl JudgedPool<'_> {
    fn finding(self, assessed: PoolAssessment, beside: Beside, restarts: Option<Reason>) -> Finding {
        let Self { case, pool, valid, stretch, now, .. } = self;
        let values = valid.points().values;
        let PoolAssessment { assessment, reasons: own, would_change, .. } = assessed;
        let trend = assessment.trend;
        let quiet = !assessment.verdict.is_growth();
        let has_log = !case.machine.without_log;
        let mut disagreements: Vec<Disagreement> =
            beside.tags.disagreements.iter().cloned().map(Disagreement::Tags).collect();
        disagreements.extend(beside.events.contradicted.clone().map(Disagreement::Events));
        if quiet && has_log {
            let against = contradictions(case, pool, beside.exhausted.as_ref(), now, assessment.verdict);
            disagreements.extend(against.into_iter().map(|against| Disagreement::NoGrowth(pool, against)));
        }
        let mut reasons = self.reasons_before(&beside);
        reasons.extend(own);
        if !values.is_empty() {
            reasons.extend(assessment.evidence.iter().cloned().map(Reason::Assessed));
        }
        reasons.extend(restarts);
        let origin = beside.holders.as_ref().map(|h| h.origin);
        reasons.extend(trend.iter().flat_map(|trend| with_growth(case, pool, trend, origin)));
        reasons.extend(rate_of_date(beside.exhaustion.as_ref(), trend.as_ref()));
        reasons.extend(valid.ends_early(case));
        reasons.extend(failed_reads(case, pool.bytes()));
        if valid.rejected > 0 {
            reasons.push(Reason::Rejected { values: valid.rejected, most: *PLAUSIBLE_BYTES.end() });
        }
        let critical = match pool {
            // Nonpaged pool leaves less RAM for everything else.
            Pool::Nonpaged => CriticalShare::Of(CRITICAL_SHARE),
            Pool::Paged => CriticalShare::Never,
        };
        let severity = severity(assessment.verdict, beside.exhaustion.as_ref(), critical);
        let refused = if quiet && beside.exhausted.is_some() && has_log { Refused::WithoutCause } else { Refused::No };
        let much_of_ram = if quiet { self.much_of_ram() } else { None };
        // An allocation failed, or little memory is left for anything else, whatever the counters show.
        let matters = refused == Refused::WithoutCause || much_of_ram.is_some();
        let series = case.machine.store.get(pool.bytes());
        let limit = beside.exhaustion.as_ref().and_then(|e| e.limit.clone());
        let second = origin::charged_total(case.machine, pool);
        let drawn = chart(case, Parts { series, plausible: &PLAUSIBLE_BYTES, second, trend: trend.as_ref(), limit });
        let at = beside.exhausted.as_ref().map(|e| case.clock(e.hours));
        let dated = beside.exhaustion.map(|e| DatedExhaustion::of(case, e, valid.end()).came_at(at.flatten()));
        let growth = match beside.rests_on {
            RestsOn::Snapshots => growth_of_snapshots(&beside.tags, values),
            RestsOn::Counters => growth(case, &assessment, stretch),
        };
        let facts = PoolFacts {
            pool,
            level: self.level(),
            rests_on: beside.rests_on,
            correlated: self.correlated,
            exhausted: beside.exhausted.zip(at),
            much_of_ram,
            refused,
            holders: beside.holders,
            tags: beside.tags,
        };
        let holders = facts.holders.as_ref();
        let (origin, prime) = (holders.map(|h| h.origin), prime_suspect(holders, &facts.tags));
        let suspects = suspects(holders, &facts.tags);
        let has_values = !values.is_empty();
        let mut finding = Finding::of(subject(pool), Unit::Bytes, assessment, About::Pool(Box::new(facts)));
        finding.would_change.extend(would_change);
        Finding {
            counter: case
                .machine
                .store
                .is_logged(pool.bytes())
                .then(|| format!(r"\\{}\Memory\{}", case.machine.name, pool.counter())),
            severity: if matters { severity.min(Severity::Warning) } else { severity },
            origin,
            reasons,
            disagreements,
            growth,
            exhaustion: dated,
            prime_suspect: prime,
            suspects,
            chart: has_values.then_some(drawn),
            ..finding
        }
    }

    /// What grows, and the evidence from tags and events.
    fn reasons_before(&self, beside: &Beside) -> Vec<Reason> {
        let mut reasons: Vec<Reason> =
            beside.holders.iter().flat_map(|h| h.reasons.iter().cloned().map(Reason::Origin)).collect();
        reasons.extend(self.correlated.clone().map(Reason::Correlated));
        reasons.extend(beside.tags.reasons.iter().cloned().map(Reason::Tag));
        reasons.extend(beside.events.exhausted.clone().map(Reason::PoolExhausted));
        reasons.extend(beside.events.installed.clone().map(Reason::Installed));
        reasons
    }

    fn level(&self) -> Result<PoolLevel, Missing> {
        let values = self.valid.points().values;
        match values.iter().copied().reduce(f64::max) {
            Some(highest) => Ok(PoolLevel { last: self.now, highest }),
            None if self.case.machine.without_log => Err(Missing::NoLog),
            None if self.valid.rejected > 0 => Err(Missing::NotPlausible { values: self.valid.rejected }),
            None if self.case.machine.store.is_logged(self.pool.bytes()) => Err(Missing::NoValue),
            None if self.case.machine.names_unknown() => Err(Missing::UnknownLanguage),
            None => Err(Missing::NoCounter),
        }
    }

    fn much_of_ram(&self) -> Option<MuchOfRam> {
        let share = self.now / self.case.ram.as_ref()?.bytes as f64;
        (self.pool == Pool::Nonpaged && share >= MUCH_OF_RAM)
            .then(|| MuchOfRam { share, tag: tags::largest(self.case, self.pool) })
    }
}

/// Changes during the growth: available memory, allocations, handles.
fn with_growth(case: &Case<'_>, pool: Pool, trend: &Trend, origin: Option<Origin>) -> Vec<Reason> {
    let available = (pool == Pool::Nonpaged).then(|| available(case, trend)).flatten();
    available.into_iter().chain(per_allocation(case, pool, trend, origin)).collect()
}

/// Number of allocations during the growth and their size, which is the size of the leaking object. Drivers need no
/// handles.
fn per_allocation(case: &Case<'_>, pool: Pool, trend: &Trend, origin: Option<Origin>) -> Option<Reason> {
    let gained = |series: &Series| {
        let mut values = within(case, series, trend);
        let first = values.next()?;
        Some(values.next_back()? - first)
    };
    let bytes = gained(case.machine.store.get(pool.bytes())).filter(|b| *b > 0.0)?;
    let allocations = gained(case.machine.store.get(pool.allocs())).filter(|a| *a >= MANY);
    let handles = gained(&case.machine.process_total.handles).filter(|h| origin != Some(Origin::Kernel) && *h >= MANY);
    let each = |count: Option<f64>| count.map(|count| (count, bytes / count));
    (allocations.is_some() || handles.is_some())
        .then(|| Reason::WithGrowth { allocations: each(allocations), handles: each(handles) })
}

/// Available memory runs short before any limit is reached.
fn available(case: &Case<'_>, trend: &Trend) -> Option<Reason> {
    let available = case.machine.available_bytes();
    let mut values = within(case, &available, trend);
    let first = values.next()?;
    let last = values.next_back()?;
    let share = (trend.levels.1 - trend.levels.0) / (first - last);
    // A share above 1 means that other memory was released.
    let share = Some(share).filter(|share| (0.0..=1.0).contains(share));
    Some(Reason::AvailableMemory { first, last, share })
}
