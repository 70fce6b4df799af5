//! The finding on committed memory as a whole, and on the page table entries of 32-bit systems.

use chrono::{DateTime, FixedOffset};

use crate::attribute::origin::rate;
use crate::base::units;
use crate::checks::chart::{Parts, chart};
use crate::checks::finding::{Sane, Subjects, exhaustion_of, growth, of_judgement, severity};
use crate::checks::judgement::{Judgement, judge};
use crate::checks::pool::POSSIBLE;
use crate::counters::MemoryCounter;
use crate::detect::{Assessment, BetweenBoots, MIN_SAMPLES, Trend, assess_between_boots};
use crate::explain::advice;
use crate::forecast::exhaustion::{Exhaustion, Limit, forecast};
use crate::log::ZonedTime;
use crate::machine::Pool;
use crate::machine::Series;
use crate::model::{Finding, Growth, Origin, Role, Severity, Subject, Suspect, SuspectKind, Unit, Verdict};

/// From this share of the commit limit on memory is short: PAL and Microsoft warn at 80 %.
const SHORT: f64 = 0.8;
/// From here on programs are refused memory any moment.
const VERY_SHORT: f64 = 0.9;
/// Usage of the page file, percent, that is pressure: PAL's 70 and 90.
const PAGE_FILE_PRESSURE: f64 = 70.0;
/// A part of the growth of which nobody says who holds it, below which it is not worth a word.
const WORTH_A_WORD: f64 = 0.1;
/// Processes that are named.
const NAMED: usize = 5;

/// Judges committed memory. `None` when the log does not hold it.
pub fn finding(of: &Subjects<'_>, pools: &[Finding]) -> Option<Finding> {
    let series = of.machine.store.get(MemoryCounter::CommittedBytes);
    let sane = Sane::of(series, of.hours, &POSSIBLE, Unit::Bytes);
    let points = sane.points();
    let now = *points.values.last()?;
    // A counter that reads 0 is dead.
    if points.values.iter().all(|v| *v <= 0.0) {
        return None;
    }
    let BetweenBoots { assessed: judgement, stretch, ended_with, others } =
        assess_between_boots(&of.boots(), points, |stretch| judge(stretch, of.context()));
    // The two counters are taken one after the other, and the limit can be a little behind.
    let limit = of.machine.store.get(MemoryCounter::CommitLimit).last().map(|(_, v)| v);
    let limit = limit.filter(|v| *v > 0.0 && POSSIBLE.contains(v)).map(|v| v.max(now));
    let held = judgement.trend.map(|trend| of_pools(holders(of, &trend), pools));
    let mut exhaustion = judgement.trend.zip(limit).map(|(trend, bytes)| {
        let limits = [Limit { bytes, basis: "commit limit: RAM and page files together".to_owned() }];
        forecast(&limits, now, &trend, points.span(), None)
    });
    if let Some(exhaustion) = exhaustion.as_mut().filter(|_| ended_with.is_some() || !judgement.resets.is_empty()) {
        exhaustion.forget_date();
    }
    let mut reasons = held.iter().flat_map(|h| h.reasons.clone()).collect::<Vec<_>>();
    reasons.extend(judgement.reasons.clone());
    reasons.extend(others.map(|r| crate::explain::assessment::restarts(&r, points.unit)));
    if let Some(limit) = limit {
        reasons.push(format!(
            "{} of the commit limit of {} is in use",
            units::percent(now / limit),
            units::bytes(limit)
        ));
        reasons.extend(first_to_run_out(of, exhaustion.as_ref().and_then(|e| e.hours), pools));
    }
    reasons.extend(sane.ends_early(of));
    reasons.extend(page_file(of.machine.store.get(crate::counters::MemoryCounter::PagingFileUsage)));
    let full = limit.map_or(0.0, |limit| now / limit);
    let holder = held.as_ref().and_then(|h| h.suspects.first()).and_then(|suspect| {
        of.machine.processes.iter().rev().find(|p| *p.name == *suspect.name && p.pid == suspect.pid)
    });
    let severity = match severity(judgement.verdict, exhaustion.as_ref(), f64::INFINITY) {
        Severity::Info | Severity::Ok if full >= VERY_SHORT => Severity::Warning,
        Severity::Ok if full >= SHORT => Severity::Info,
        severity => severity,
    };
    let drawn = chart(
        of.machine,
        Parts {
            title: format!("Committed memory of {}", of.machine.name),
            label: "committed bytes",
            series,
            unit: Unit::Bytes,
            second: Some(("private bytes of all processes", &of.machine.process_total.private_bytes)),
            trend: judgement.trend.as_ref(),
            limit: limit.map(|bytes| (bytes, "commit limit".to_owned())),
            events: crate::attribute::timeline::marks(of),
        },
    );
    Some(Finding {
        counter: Some(format!(r"\\{}\Memory\Committed Bytes", of.machine.name)),
        origin: held.as_ref().map(|h| h.origin),
        severity,
        headline: headline(of, &judgement, held.as_ref(), exhaustion.as_ref(), (now, limit), ended_with),
        reasons,
        growth: growth(of, &judgement, stretch),
        exhaustion: exhaustion.map(|e| exhaustion_of(of, e, sane.end())),
        next_steps: advice::commit_steps(&judgement, held.as_ref().map(|h| h.origin), holder, full >= SHORT),
        suspects: held.map(|h| h.suspects).unwrap_or_default(),
        chart: Some(drawn),
        ..of_judgement(Subject::Commit, &judgement)
    })
}

/// Pools that hold the growth, and are themselves held by processes.
fn of_pools(held: Held, pools: &[Finding]) -> Held {
    let leaks = |f: &&Finding| matches!(f.verdict, Verdict::Leak | Verdict::SuspectedLeak);
    let mut leaking = pools.iter().filter(leaks).peekable();
    let by_processes = leaking.peek().is_some() && leaking.clone().all(|f| f.origin == Some(Origin::User));
    if held.origin != Origin::Kernel || !by_processes {
        return held;
    }
    let suspects = leaking.flat_map(|f| &f.suspects).find(|s| s.kind == SuspectKind::Process);
    let mut reasons = held.reasons;
    reasons.push("What the pools hold of it is charged to processes: see the findings on the pools".to_owned());
    Held { origin: Origin::User, suspects: suspects.cloned().into_iter().collect(), reasons }
}

/// Who holds the growth of committed memory.
struct Held {
    origin: Origin,
    suspects: Vec<Suspect>,
    reasons: Vec<String>,
}

fn holders(of: &Subjects<'_>, trend: &Trend) -> Held {
    let stretch = (of.hours.partition_point(|h| *h < trend.hours.0), of.hours.partition_point(|h| *h <= trend.hours.1));
    let rate = |series: &Series| rate(series, of.hours, stretch);
    let share = |rate: f64| rate / trend.slope;
    let listed;
    let total = if of.machine.process_total.private_bytes.is_empty() && of.machine.lists_all_processes {
        listed = crate::attribute::origin::listed_sum(of.machine, |p| &p.private_bytes);
        &listed
    } else {
        &of.machine.process_total.private_bytes
    };
    let processes = rate(total).map(share);
    let pool = |pool: Pool| rate(of.machine.store.get(pool.bytes())).map_or(0.0, share);
    let (nonpaged, paged) = (pool(Pool::Nonpaged), pool(Pool::Paged));
    let pools = (nonpaged + paged).clamp(0.0, 1.0);
    let has_pools = of.machine.store.has_pools();
    let Some(processes) = processes.map(|share| share.clamp(0.0, 1.0)) else {
        if !has_pools {
            let reason =
                r"Who holds it cannot be told: the log has neither the pools nor \Process(_Total)\Private Bytes";
            return Held { origin: Origin::Unknown, suspects: Vec::new(), reasons: vec![reason.to_owned()] };
        }
        let reasons = vec![format!(
            r"Pools hold {} of the growth; the log has no \Process(_Total)\Private Bytes that would tell of the rest",
            units::percent(pools)
        )];
        return Held { origin: Origin::Unknown, suspects: Vec::new(), reasons };
    };
    let rest = 1.0 - processes - pools;
    let mut text = format!(
        "Of the growth {} is private memory of processes, {} nonpaged and {} paged pool",
        units::percent(processes),
        units::percent(nonpaged.clamp(0.0, 1.0)),
        units::percent(paged.clamp(0.0, 1.0))
    );
    if rest > WORTH_A_WORD {
        text += &format!(
            "; {} is neither: shared sections, memory that drivers commit, or that of virtual machines",
            units::percent(rest)
        );
    }
    let origin = match (processes, pools) {
        (p, k) if p >= 0.3 && k >= 0.3 => Origin::Both,
        (p, _) if p >= 0.5 => Origin::User,
        (_, k) if k >= 0.5 => Origin::Kernel,
        _ => Origin::Unknown,
    };
    let end = of.machine.times.last().map(|t| t.utc);
    let lives = |p: &&crate::machine::Process| Some(p.last_seen) == end && !p.identity_unknown;
    let mut suspects: Vec<Suspect> = of
        .machine
        .processes
        .iter()
        .filter(lives)
        .filter_map(|process| {
            let own = process.series.private_bytes.between(stretch.0, stretch.1);
            let values: Vec<f64> = own.map(|(_, v)| v).collect();
            let ends = values.len().clamp(1, 5);
            let begin = crate::stats::median(values.get(..ends)?);
            let now = crate::stats::median(&values[values.len() - ends..]);
            let grown = trend.slope * (trend.hours.1 - trend.hours.0);
            let share = ((now - begin) / grown).clamp(0.0, 1.0);
            (share >= 0.05).then(|| Suspect {
                role: Role::Holder,
                kind: SuspectKind::Process,
                name: process.name.to_string(),
                pid: process.pid,
                processes: 1,
                share,
                bytes_per_hour: rate(&process.series.private_bytes),
                drivers: Vec::new(),
                confidence: None,
                maker: None,
                basis: format!("its private bytes rose from {} to {}", units::bytes(begin), units::bytes(now)),
            })
        })
        .collect();
    suspects.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.pid.cmp(&b.pid)));
    suspects.truncate(NAMED);
    Held { origin, suspects, reasons: vec![text] }
}

/// Whether a pool is full before committed memory is.
fn first_to_run_out(of: &Subjects<'_>, hours: Option<f64>, pools: &[Finding]) -> Option<String> {
    let own = of.clock(of.hours.last()? + hours?)?;
    // Where no pool is logged nobody knows.
    if pools.iter().all(|f| f.counter.is_none()) {
        return None;
    }
    let soon = own.0.signed_duration_since(of.clock(*of.hours.last()?)?.0).num_days() < 60;
    let date = |time: DateTime<FixedOffset>| if soon { units::moment(time) } else { units::date(time) };
    let dated = pools.iter().filter_map(|f| Some((f, f.exhaustion.as_ref()?.at?)));
    let earlier = dated.min_by_key(|(_, at)| *at).filter(|(_, at)| *at < own);
    Some(match earlier {
        Some((pool, at)) => {
            format!("{} runs out earlier, on {}; committed memory on {}", pool.subject.name(), date(at.0), date(own.0))
        }
        None => format!("It runs out before either pool does, on {}", date(own.0)),
    })
}

/// Pressure on the page file, as a reason.
pub fn page_file(usage: &Series) -> Option<String> {
    let (_, now) = usage.last()?;
    let top = usage.iter().map(|(_, v)| v).filter(|v| *v <= 100.0).fold(0.0, f64::max);
    (now <= 100.0 && top >= PAGE_FILE_PRESSURE).then(|| {
        format!("The page file was {top:.0} % full at most, {now:.0} % at the end: memory has been paged out for want of RAM")
    })
}

fn headline(
    of: &Subjects<'_>,
    judgement: &Judgement,
    held: Option<&Held>,
    exhaustion: Option<&Exhaustion>,
    (now, limit): (f64, Option<f64>),
    ended_with: Option<ZonedTime>,
) -> String {
    let share = limit.map_or_else(String::new, |limit| {
        format!(", {} of its limit of {}", units::percent(now / limit), units::bytes(limit))
    });
    let now = units::bytes(now);
    match (judgement.verdict, &judgement.trend) {
        (Verdict::Leak | Verdict::SuspectedLeak, Some(trend)) => {
            let does = if judgement.verdict == Verdict::Leak { "leaks" } else { "may leak" };
            let by = match held.map(|h| (h.origin, h.suspects.first())) {
                Some((Origin::User, Some(s))) => format!(", held by {}", crate::explain::headline::who(s)),
                Some((Origin::User, None)) => ", held by processes".to_owned(),
                Some((Origin::Kernel, _)) => ", held by the kernel pools".to_owned(),
                Some((Origin::Both, _)) => ", held by processes and the kernel pools".to_owned(),
                _ => String::new(),
            };
            let full = match exhaustion {
                Some(Exhaustion { hours: Some(h), .. }) if *h <= 0.0 => "; it is used up now".to_owned(),
                Some(Exhaustion { hours: Some(h), .. }) => format!("; used up in about {}", units::duration(*h)),
                Some(Exhaustion { not_before: Some(h), .. }) => {
                    format!("; at this rate not used up within {}", units::duration(*h))
                }
                _ => String::new(),
            };
            let since = of.since(trend);
            if let Some(until) = Subjects::until(ended_with) {
                let rate = units::rate(trend.slope);
                return format!("Committed memory leaked {rate}{since}{by}{until}; it is {now}{share} since.");
            }
            format!("Committed memory {does} {}{since}{by}; {now}{share}{full}.", units::rate(trend.slope))
        }
        (Verdict::InsufficientData, _) => {
            format!("Committed memory cannot be judged: the log is too short. It is {now}{share}.")
        }
        (Verdict::Step, _) => format!("Committed memory rose in steps and stayed: no leak so far. It is {now}{share}."),
        (Verdict::WarmUp, _) => {
            format!("Committed memory has warmed up and levelled off: no leak. It is {now}{share}.")
        }
        (Verdict::Load, _) => format!("Committed memory follows load: no leak. It is {now}{share}."),
        _ => format!("Committed memory is stable: no leak. It is {now}{share}."),
    }
}

/// Page table entries below which a 32-bit system is about to fail, and above which it has enough: PAL's 8,000
/// and 20,000, after Microsoft's guidance for Windows Server 2003.
const FEW_ENTRIES: f64 = 8_000.0;
const ENOUGH_ENTRIES: f64 = 20_000.0;
/// No 32-bit system has more; those of 64 bits show tens of millions, or nonsense.
const MOST_ENTRIES: f64 = 1_000_000.0;
/// RAM that only the 32-bit servers with PAE exceed, which are as good as gone.
const MOST_RAM_32: u64 = 5 << 30;
/// Entries lost, as a share of the most there were, that matter.
const LOST: f64 = 0.05;

/// Judges `Free System Page Table Entries` of a 32-bit system. `None` where they mean nothing.
pub fn page_table_entries(of: &Subjects<'_>) -> Option<Finding> {
    let series = of.machine.store.get(MemoryCounter::FreeSystemPageTableEntries);
    let top = series.iter().map(|(_, v)| v).filter(|v| (1.0..=MOST_ENTRIES).contains(v)).fold(0.0, f64::max);
    let (_, now) = series.last()?;
    // Where the log does not say how many bits, much memory does: no 32-bit Windows but the largest has more.
    let bits =
        of.machine.info.pointer_bits.unwrap_or(if of.ram.is_some_and(|r| r.bytes > MOST_RAM_32) { 64 } else { 32 });
    if bits != 32 || top == 0.0 || !(0.0..=MOST_ENTRIES).contains(&now) {
        return None;
    }
    let mut used = Series::default();
    series.iter().filter(|(_, v)| (0.0..=top).contains(v)).for_each(|(sample, v)| used.push(sample, top - v));
    let sane = Sane::of(&used, of.hours, &(0.0..=MOST_ENTRIES), Unit::Entries);
    let points = sane.points();
    let BetweenBoots { assessed: mut judgement, stretch, ended_with, others } =
        assess_between_boots(&of.boots(), points, |stretch| judge(stretch, of.context()));
    let lost = judgement.trend.map_or(0.0, |t| t.levels.1 - t.levels.0);
    if judgement.trend.is_none() || lost < LOST * top {
        // What was judged are the entries in use, and what was said of them would mislead.
        if judgement.verdict != Verdict::InsufficientData || points.values.len() >= MIN_SAMPLES {
            let overall = judgement.overall;
            let stable = Assessment { overall, ..Assessment::no_growth(Verdict::Stable, 0.9, Vec::new()) };
            judgement = Judgement::new(stable, points.unit);
        }
    }
    let first = series.first().map_or(now, |(_, v)| v);
    let reason =
        format!("They went from {} to {}, {} at most", units::count(first), units::count(now), units::count(top));
    judgement.reasons.insert(0, reason);
    if judgement.trend.is_some() {
        judgement.reasons.insert(1, "The figures that follow count the entries in use".to_owned());
    }
    judgement.reasons.extend(others.map(|r| crate::explain::assessment::restarts(&r, points.unit)));
    let mut exhaustion = judgement.trend.map(|trend| {
        let limits = [Limit { bytes: top, basis: "all free system page table entries".to_owned() }];
        forecast(&limits, top - now, &trend, points.span(), None)
    });
    if let Some(exhaustion) = exhaustion.as_mut().filter(|_| ended_with.is_some()) {
        exhaustion.forget_date();
    }
    let severity = match severity(judgement.verdict, exhaustion.as_ref(), f64::INFINITY) {
        _ if now < FEW_ENTRIES => Severity::Critical,
        Severity::Info | Severity::Ok if now < ENOUGH_ENTRIES => Severity::Warning,
        severity => severity,
    };
    let count = units::count(now);
    let headline = match (judgement.verdict, &judgement.trend) {
        (Verdict::Leak | Verdict::SuspectedLeak, Some(trend)) => {
            let full = exhaustion.as_ref().and_then(|e| e.hours);
            let full = full.map_or_else(String::new, |h| format!("; none is left in about {}", units::duration(h)));
            let rate = Unit::Entries.rate(trend.slope);
            match Subjects::until(ended_with) {
                Some(until) => {
                    format!("Free system page table entries were lost, {rate},{until}; {count} are left since.")
                }
                None => format!("Free system page table entries are lost, {rate}; {count} are left{full}."),
            }
        }
        _ if now < ENOUGH_ENTRIES => {
            format!("Free system page table entries are few: {count} are left, {ENOUGH_ENTRIES:.0} should be.")
        }
        _ => format!("Free system page table entries suffice: {count} are left."),
    };
    let drawn = chart(
        of.machine,
        Parts {
            title: format!("Free system page table entries of {}", of.machine.name),
            label: "free entries",
            series,
            unit: Unit::Entries,
            second: None,
            trend: None,
            limit: None,
            events: crate::attribute::timeline::marks(of),
        },
    );
    Some(Finding {
        counter: Some(format!(r"\\{}\Memory\Free System Page Table Entries", of.machine.name)),
        severity,
        headline,
        growth: growth(of, &judgement, stretch).map(|growth| Growth { first, last: now, maximum: top, ..growth }),
        exhaustion: exhaustion.map(|e| exhaustion_of(of, e, sane.end())),
        next_steps: advice::page_table_steps(severity),
        chart: Some(drawn),
        ..of_judgement(Subject::FreeSystemPtes, &judgement)
    })
}
