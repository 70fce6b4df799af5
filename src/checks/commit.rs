//! The check of committed memory.

use super::about::{About, CommitFacts, Room};
use super::chart::{Parts, chart};
use super::finding::{CriticalShare, DatedExhaustion, Finding, growth, rate_of_date, severity};
use super::process::private_bytes_grow;
use super::reason::{CommitReason, Reason};
use super::series::{PLAUSIBLE_BYTES, ValidSeries, failed_reads};
use super::{Check, hours_within};
use crate::attribute::origin::{SUSPICIOUS_SHARE, listed_sum, rate};
use crate::attribute::suspect::{Basis, Suspect};
use crate::base::Pool;
use crate::case::Case;
use crate::counters::{CounterSet, MemoryCounter, ProcessField};
use crate::detect::{BetweenBoots, END_SAMPLES, Trend, assess, assess_between_boots};
use crate::forecast::{Forecast, Limit, LimitBasis, forecast};
use crate::machine::{Process, Series};
use crate::model::{Origin, Severity, Subject, SuspectKind, Unit};
use crate::stats::median;

/// Memory is short from this share of the commit limit on: PAL and Microsoft warn at 80 %.
const SHORT: f64 = 0.8;
/// From this share on, allocations can fail at any time.
const VERY_SHORT: f64 = 0.9;
/// Growth that no process or pool explains is mentioned from this share on.
const WORTH_A_WORD: f64 = 0.1;
/// Maximum number of processes to name.
const NAMED: usize = 5;
/// Processes, or pools, cause the growth if their share is at least this, …
const MOST: f64 = 0.5;
/// … and both do if each has this share.
const BOTH: f64 = 0.3;

pub struct CommitCheck;

impl Check for CommitCheck {
    fn counters(&self) -> CounterSet {
        let machine_wide = [
            MemoryCounter::CommittedBytes,
            MemoryCounter::CommitLimit,
            MemoryCounter::PoolNonpagedBytes,
            MemoryCounter::PoolPagedBytes,
        ];
        let of_processes = [ProcessField::IdProcess, ProcessField::ElapsedTime, ProcessField::PrivateBytes];
        CounterSet::of(machine_wide).union(&CounterSet::of(of_processes))
    }

    fn run(&self, case: &Case<'_>) -> Vec<Finding> {
        finding(case).into_iter().collect()
    }

    /// Pool growth may be charged to processes, and a pool may be exhausted first.
    fn relate(&self, case: &Case<'_>, all: &mut [Finding]) {
        let (pools, mut rest): (Vec<&mut Finding>, Vec<&mut Finding>) =
            all.iter_mut().partition(|f| f.subject.is_pool());
        let pools: Vec<&Finding> = pools.into_iter().map(|f| &*f).collect();
        if let Some(commit) = rest.iter_mut().find(|f| f.subject == Subject::Commit) {
            pools_charged_to_processes(case, commit, &pools);
            let first = first_exhausted(case, commit, &pools);
            commit.reasons.extend(first);
        }
    }
}

/// Judges committed memory. `None` if the log does not contain it.
fn finding(case: &Case<'_>) -> Option<Finding> {
    let series = case.machine.store.get(MemoryCounter::CommittedBytes);
    let valid = ValidSeries::of(case, series, &PLAUSIBLE_BYTES, Unit::Bytes);
    let points = valid.points();
    let now = valid.end_level()?;
    // A counter that reads 0 does not work.
    if points.values.iter().all(|v| *v <= 0.0) {
        return None;
    }
    let BetweenBoots { assessed: assessment, stretch, ended_with, others } =
        assess_between_boots(&case.boots(), points, |stretch| assess(stretch, case.context()));
    let limit = case.machine.store.get(MemoryCounter::CommitLimit).end_level();
    let limit = limit.filter(|v| *v > 0.0 && PLAUSIBLE_BYTES.contains(v));
    let held = assessment.trend.map(|trend| holders(case, &trend));
    let mut exhaustion = assessment.trend.zip(limit).map(|(trend, value)| {
        forecast(&[Limit { value, basis: LimitBasis::CommitLimit }], now, &trend, points.span(), None)
    });
    let released = ended_with.is_some() || !assessment.resets.is_empty();
    exhaustion.iter_mut().filter(|_| released).for_each(Forecast::forget_date);
    let mut reasons: Vec<Reason> = held.iter().map(|held| held.reason.clone()).collect();
    reasons.extend(assessment.evidence.iter().cloned().map(Reason::Assessed));
    reasons.extend(others.map(Reason::Restarts));
    reasons.extend(limit.map(|limit| Reason::Commit(CommitReason::Used { share: (now / limit).min(1.0), limit })));
    reasons.extend(rate_of_date(exhaustion.as_ref(), assessment.trend.as_ref()));
    reasons.extend(valid.ends_early(case));
    reasons.extend(failed_reads(case, MemoryCounter::CommittedBytes));
    let used = limit.map_or(0.0, |limit| now / limit);
    let severity = match severity(assessment.verdict, exhaustion.as_ref(), CriticalShare::Never) {
        Severity::Info | Severity::Ok if used >= VERY_SHORT => Severity::Warning,
        Severity::Ok if used >= SHORT => Severity::Info,
        severity => severity,
    };
    let trend = assessment.trend;
    let second = Some(&case.machine.process_total.private_bytes);
    let line = limit.map(|value| Limit { value, basis: LimitBasis::CommitLimit });
    let growth = growth(case, &assessment, stretch);
    let facts = CommitFacts {
        last: now,
        limit,
        hours_left: exhaustion.as_ref().and_then(|e| e.hours),
        room: if used >= SHORT { Room::Short } else { Room::Enough },
        holder: held.as_ref().and_then(|h| listed(case, h.suspects.first()?)),
    };
    Some(Finding {
        counter: Some(format!(r"\\{}\Memory\Committed Bytes", case.machine.name)),
        origin: held.as_ref().map(|h| h.origin),
        severity,
        reasons,
        growth,
        exhaustion: exhaustion.map(|e| DatedExhaustion::of(case, e, valid.end())),
        ended_with: ended_with.and_then(|boot| case.time(boot)),
        suspects: held.map(|h| h.suspects).unwrap_or_default(),
        chart: Some(chart(
            case,
            Parts { series, plausible: &PLAUSIBLE_BYTES, second, trend: trend.as_ref(), limit: line },
        )),
        ..Finding::of(Subject::Commit, Unit::Bytes, assessment, About::Commit(facts))
    })
}

/// Shares of the growth of committed memory.
struct Held {
    origin: Origin,
    suspects: Vec<Suspect>,
    reason: Reason,
}

fn holders(case: &Case<'_>, trend: &Trend) -> Held {
    let machine = case.machine;
    let stretch = hours_within(case, trend);
    let share = |series: &Series| rate(series, &case.hours, stretch).map(|rate| rate / trend.slope);
    let listed;
    let total = if machine.process_total.private_bytes.is_empty() && machine.lists_all_processes {
        listed = listed_sum(machine, |p| &p.private_bytes);
        &listed
    } else {
        &machine.process_total.private_bytes
    };
    let pool = |pool: Pool| share(machine.store.get(pool.bytes())).unwrap_or(0.0);
    let (nonpaged, paged) = (pool(Pool::Nonpaged), pool(Pool::Paged));
    let pools = (nonpaged + paged).clamp(0.0, 1.0);
    let Some(processes) = share(total).map(|share| share.clamp(0.0, 1.0)) else {
        let reason = Reason::Commit(CommitReason::HolderUnknown { pools: machine.store.has_pools().then_some(pools) });
        return Held { origin: Origin::Unknown, suspects: Vec::new(), reason };
    };
    let other = Some(1.0 - processes - pools).filter(|rest| *rest > WORTH_A_WORD);
    let (nonpaged, paged) = (nonpaged.clamp(0.0, 1.0), paged.clamp(0.0, 1.0));
    let origin = match (processes, pools) {
        (p, k) if p >= BOTH && k >= BOTH => Origin::Both,
        (p, _) if p >= MOST => Origin::User,
        (_, k) if k >= MOST => Origin::Kernel,
        _ => Origin::Unknown,
    };
    let reason = Reason::Commit(CommitReason::Shares { processes, nonpaged, paged, other });
    // Where the pools hold the growth, a process that grew a little is no cause.
    let suspects = if origin == Origin::Kernel { Vec::new() } else { processes_that_grew(case, trend, stretch) };
    Held { origin, suspects, reason }
}

/// Processes that run at the end and whose private bytes have much of the growth and grow by more than chance.
fn processes_that_grew(case: &Case<'_>, trend: &Trend, stretch: (usize, usize)) -> Vec<Suspect> {
    let end = case.machine.times.last().map(|t| t.utc);
    let lives = |p: &&Process| Some(p.last_seen) == end && !p.identity_unknown;
    let grown = trend.slope * (trend.hours.1 - trend.hours.0);
    let suspect = |process: &Process| {
        let private = &process.series.private_bytes;
        let values: Vec<f64> = private.between(stretch.0, stretch.1).map(|(_, v)| v).collect();
        let ends = values.len().clamp(1, END_SAMPLES);
        let from = median(values.get(..ends)?);
        let to = median(&values[values.len() - ends..]);
        let share = ((to - from) / grown).clamp(0.0, 1.0);
        let rate = || rate(private, &case.hours, stretch);
        (share >= SUSPICIOUS_SHARE && private_bytes_grow(case, process))
            .then(|| Suspect::process(process, share, rate(), Basis::PrivateBytes { from, to }))
    };
    let mut suspects: Vec<Suspect> = case.machine.processes.iter().filter(lives).filter_map(suspect).collect();
    suspects.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.pid.cmp(&b.pid)));
    suspects.truncate(NAMED);
    suspects
}

/// The process of a suspect; `None` if the suspect is several processes.
fn listed(case: &Case<'_>, suspect: &Suspect) -> Option<(String, Option<u32>)> {
    let own = |p: &Process| *p.name == *suspect.name && p.pid == suspect.pid;
    case.machine.processes.iter().any(own).then(|| (suspect.name.clone(), suspect.pid))
}

/// If the pools grow and are charged to processes, the processes cause the growth.
fn pools_charged_to_processes(case: &Case<'_>, commit: &mut Finding, pools: &[&Finding]) {
    let leaking = || pools.iter().filter(|f| f.verdict().is_growth());
    let by_processes = leaking().next().is_some() && leaking().all(|f| f.origin == Some(Origin::User));
    if commit.origin != Some(Origin::Kernel) || !by_processes {
        return;
    }
    let suspect = leaking().flat_map(|f| &f.suspects).find(|s| s.kind == SuspectKind::Process);
    commit.origin = Some(Origin::User);
    commit.suspects = suspect.cloned().into_iter().collect();
    if let About::Commit(facts) = &mut commit.about {
        facts.holder = suspect.and_then(|suspect| listed(case, suspect));
    }
    commit.reasons.insert(1.min(commit.reasons.len()), Reason::Commit(CommitReason::PoolsChargedToProcesses));
}

/// Whether a pool is exhausted before committed memory is.
fn first_exhausted(case: &Case<'_>, commit: &Finding, pools: &[&Finding]) -> Option<Reason> {
    let About::Commit(facts) = &commit.about else { return None };
    let at = case.clock(case.end()? + facts.hours_left?)?;
    // Unknown if no pool has values.
    if !pools.iter().any(|f| matches!(&f.about, About::Pool(facts) if facts.level.is_ok())) {
        return None;
    }
    let hours_ahead = at.hours_since(case.clock(case.end()?)?);
    let dated = pools.iter().filter_map(|f| Some((f.subject, f.exhaustion.as_ref()?.at?)));
    let earlier = dated.min_by_key(|(_, at)| *at).filter(|(_, pool_at)| *pool_at < at);
    Some(match earlier {
        Some((pool, pool_at)) => Reason::Commit(CommitReason::PoolExhaustedFirst { pool, pool_at, at, hours_ahead }),
        None => Reason::Commit(CommitReason::ExhaustedFirst { at, hours_ahead }),
    })
}
