//! The finding on one kernel pool.

use crate::attribute::origin::{self, Holders};
use crate::attribute::pool_evidence::{
    at_last, culprit, grown, installed_driver, suspected_by_snapshots, suspects, unfelt,
};
use crate::attribute::tags::{self, Tags};
use crate::attribute::timeline;
use crate::attribute::timing::{recycled, successor, trigger, unwrapped, while_it_ran};
use crate::base::units;
use crate::checks::chart::{Parts, chart};
use crate::checks::finding::{CRITICAL_SHARE, Sane, Subjects, exhaustion_of, growth, of_judgement, severity};
use crate::detect::assess::{Judgement, Trend, judge};
use crate::detect::boots::{Judged, judge_between_boots};
use crate::detect::gates::GROWTH_THAT_MATTERS;
use crate::detect::sawtooth::sawtooth;
use crate::detect::segment::Points;
use crate::explain::advice;
use crate::explain::headline::{Said, headline};
use crate::forecast::exhaustion::{Exhaustion, Limit, forecast, limits};
use crate::machine::Pool;
use crate::model::{Chart, Finding, Origin, Role, Severity, Subject, Suspect, SuspectKind, Unit, Verdict};
use crate::stats::median;

/// What a pool can hold: no Windows addresses more than 128 TB of kernel memory.
pub const POSSIBLE: std::ops::RangeInclusive<f64> = 0.0..=140_737_488_355_328.0;

fn subject(pool: Pool) -> Subject {
    match pool {
        Pool::Nonpaged => Subject::NonpagedPool,
        Pool::Paged => Subject::PagedPool,
    }
}

/// Judges a pool. Without its counter the finding says so.
pub fn finding(of: &Subjects<'_>, pool: Pool) -> Finding {
    let (name, counter_name) = (pool.name(), pool.counter());
    let series = of.machine.store.get(pool.bytes());
    let sane = Sane::of(series, of.hours, &POSSIBLE, Unit::Bytes);
    let points = sane.points();
    let values = points.values;
    let empty = timeline::ran_empty(of, pool);
    // A pool that is empty grows no more: what is judged is how it came to that.
    let until_empty = empty.as_ref().map_or(points, |e| points.before(e.hours + of.interval.unwrap_or(0.0)));
    let Judged { mut judgement, stretch, ended_with, said } =
        judge_between_boots(of, until_empty, |stretch| judge_stretch(of, pool, stretch));
    if values.is_empty() {
        judgement.reasons = vec![missing(of, pool, sane.absurd)];
    }
    let trend = judgement.trend;
    let mut holders = trend.map(|trend| origin::find(of.machine, pool, &trend, of.hours));
    if let Some(holders) = &mut holders {
        joined_by_timing(of, &mut judgement, holders, stretch);
    }
    let now = values.last().copied().unwrap_or(0.0);
    let leaks = matches!(judgement.verdict, Verdict::Leak | Verdict::SuspectedLeak);
    let mut tags = if leaks || judgement.verdict == Verdict::InsufficientData {
        tags::find(of, pool, judgement.trend.as_ref())
    } else {
        Tags::default()
    };
    let by_snapshots = suspected_by_snapshots(of, judgement.verdict, &tags, now);
    if by_snapshots {
        (judgement.verdict, judgement.confidence, judgement.collect) = (Verdict::SuspectedLeak, 0.6, None);
    }
    let told = timeline::of_pool(of, pool, judgement.trend.as_ref(), empty.as_ref());
    installed_driver(&mut tags, &told, holders.as_ref());
    let mut known_limits = limits(of.machine, pool, of.release(), of.ram, of.options, now);
    known_limits.splice(
        ..0,
        empty
            .iter()
            .map(|e| Limit { bytes: e.bytes, basis: format!("where event {} says that it {}", e.id, e.verb()) }),
    );
    let mut exhaustion = trend.map(|trend| forecast(&known_limits, now, &trend, points.span(), of.ram));
    let given_back = ended_with.is_some() || !judgement.resets.is_empty() || judgement.stopped;
    if let Some(exhaustion) = exhaustion.as_mut().filter(|_| given_back) {
        // The pool was given back, or grows no more: how far it comes is not known.
        exhaustion.forget_date();
    }

    let mut reasons: Vec<String> = holders.iter().flat_map(|h| h.reasons.clone()).collect();
    reasons.extend(tags.reasons.iter().cloned());
    reasons.extend(told.reasons.iter().cloned());
    let mut disagreements = tags.disagreements.clone();
    disagreements.extend(told.disagreements.iter().cloned());
    let quiet = !leaks && !by_snapshots;
    let unfelt_empty = quiet && empty.is_some() && !of.machine.without_log;
    if quiet && !of.machine.without_log {
        disagreements.extend(unfelt(of, pool, empty.as_ref(), now, judgement.verdict));
    }
    reasons.extend(judgement.reasons.clone());
    reasons.extend(said);
    let by_drivers = holders.as_ref().is_some_and(|h| h.origin == Origin::Kernel);
    reasons.extend(beside(of, pool, trend.as_ref(), by_drivers, &sane));
    let drawn = draw(of, pool, trend.as_ref(), exhaustion.as_ref());
    let share_of_ram = of.ram.map(|ram| now / ram.bytes as f64);
    let full_of = (quiet && pool == Pool::Nonpaged && share_of_ram.is_some_and(|share| share >= MUCH_OF_RAM))
        .then(|| tags::largest(of, pool));
    let next_steps = match values {
        _ if full_of.is_some() => advice::full(of, pool, &judgement, &tags),
        _ if by_snapshots => advice::after_snapshots(of, pool, &judgement, &tags),
        [] => advice::log_memory(),
        _ => advice::next_steps(of, pool, &judgement, holders.as_ref(), &tags),
    };
    let severity = severity(
        judgement.verdict,
        exhaustion.as_ref(),
        // What is never paged out takes RAM from everything else.
        if pool == Pool::Nonpaged { CRITICAL_SHARE } else { f64::INFINITY },
    );
    Finding {
        counter: (!values.is_empty()).then(|| format!(r"\\{}\Memory\{counter_name}", of.machine.name)),
        origin: holders.as_ref().map(|h| h.origin),
        // Somebody was refused memory, whatever the counters show.
        // So is a machine that has no RAM left for anything else, whoever took it when.
        severity: if unfelt_empty || full_of.is_some() { severity.min(Severity::Warning) } else { severity },
        headline: headline(
            of,
            name,
            &Said {
                judgement: &judgement,
                holders: holders.as_ref(),
                tags: &tags,
                empty: empty.as_ref(),
                exhaustion: exhaustion.as_ref(),
                full_of: full_of.as_ref().map(|tag| (share_of_ram.unwrap_or(0.0), tag.as_deref())),
            },
            values,
            ended_with,
        ),
        reasons,
        growth: if by_snapshots { grown(&tags, values) } else { growth(of, &judgement, stretch) },
        exhaustion: exhaustion.map(|e| at_last(of, exhaustion_of(of, e, sane.end()), empty.as_ref())),
        culprit: culprit(holders.as_ref(), &tags),
        suspects: suspects(holders.as_ref(), &tags),
        disagreements,
        next_steps: if unfelt_empty { advice::refused(next_steps) } else { next_steps },
        chart: (!values.is_empty()).then_some(drawn),
        ..of_judgement(subject(pool), &judgement)
    }
}

/// What else the log says of the growth, and of values that cannot be.
fn beside(of: &Subjects<'_>, pool: Pool, trend: Option<&Trend>, by_drivers: bool, sane: &Sane) -> Vec<String> {
    let mut reasons: Vec<String> = trend.and_then(|trend| available_reason(of, pool, trend)).into_iter().collect();
    reasons.extend(trend.and_then(|trend| per_allocation(of, pool, trend, !by_drivers)));
    reasons.extend(sane.ends_early(of));
    reasons.extend(trend.and_then(|_| {
        crate::checks::commit::page_file(of.machine.store.get(crate::counters::MemoryCounter::PagingFileUsage))
    }));
    if sane.absurd > 0 {
        reasons.push(format!("{} values above 128 TB or below 0 cannot be, and were left out", sane.absurd));
    }
    reasons
}

/// Nonpaged pool is a few hundredths of RAM on healthy machines, a fifth on those that serve very much. Above this share
/// it needs an explanation though it does not grow.
const MUCH_OF_RAM: f64 = 0.3;

/// Why there is nothing to judge.
fn missing(of: &Subjects<'_>, pool: Pool, absurd: usize) -> String {
    let counter = pool.counter();
    if of.machine.without_log {
        "No counter log was given".to_owned()
    } else if absurd > 0 {
        format!(r"The log holds \Memory\{counter}, but none of its {absurd} values is possible")
    } else {
        format!(r"The log does not hold \Memory\{counter}")
    }
}

/// The pool's chart.
fn draw(of: &Subjects<'_>, pool: Pool, trend: Option<&Trend>, exhaustion: Option<&Exhaustion>) -> Chart {
    chart(
        of.machine,
        Parts {
            title: format!("{} of {}", pool.name(), of.machine.name),
            label: "pool",
            series: of.machine.store.get(pool.bytes()),
            unit: Unit::Bytes,
            second: origin::charged_total(of.machine, pool).map(|charged| ("charged to processes", charged)),
            trend,
            limit: exhaustion.and_then(|e| Some((e.limit?, e.basis.clone()))),
            events: timeline::marks(of),
        },
    )
}

/// Judges one stretch between restarts: growth first, then what falls back with a process, or stops with one.
fn judge_stretch(of: &Subjects<'_>, pool: Pool, points: Points<'_>) -> Judgement {
    let judged = judge(points, of.context());
    if points.values.is_empty() {
        return judged;
    }
    let interval = of.interval.unwrap_or(0.0);
    // What stopped with a process may look like slow growth all along.
    if judged.trend.is_none_or(|trend| !trend.began_within) {
        let rest = judged.explained.as_ref().map_or(points, crate::detect::load::Explained::rest);
        let found = while_it_ran(of.machine, points, interval).or_else(|| while_it_ran(of.machine, rest, interval));
        if let Some((found, trigger)) = found {
            return Judgement { trigger: Some(trigger), explained: judged.explained, ..found };
        }
    }
    if judged.verdict == Verdict::Leak {
        return judged;
    }
    if let Some(leak) = recycled_leak(of, pool, points).or_else(|| {
        let suspected = judged.verdict == Verdict::SuspectedLeak;
        if suspected { None } else { charged_leak(of, pool, points) }
    }) {
        return leak;
    }
    if let Some(teeth) = sawtooth(points) {
        let fall = points.values.iter().copied().fold(f64::MIN, f64::max)
            - points.values.iter().copied().fold(f64::MAX, f64::min);
        let held = |p: &crate::machine::Process| pool.charged(&p.series).iter().map(|(_, v)| v).fold(0.0, f64::max);
        if let Some((name, pid)) = recycled(of.machine, &teeth.resets, interval, held, fall) {
            let mut leak = Judgement { verdict: Verdict::Leak, confidence: 0.9, ..teeth };
            leak.reasons.insert(
                0,
                format!(
                    "Each time that it fell back process {name} had ended and was started anew: it leaks until it is \
                     restarted"
                ),
            );
            leak.successor = Some((name.to_owned(), pid));
            return leak;
        }
        let suspected = judged.verdict == Verdict::SuspectedLeak;
        if !suspected && (of.machine.processes.is_empty() || !of.machine.has_process_ids) {
            return teeth;
        }
        if !suspected {
            let times = units::times(teeth.resets.len());
            let mut load = judged;
            load.reasons.insert(
                0,
                format!(
                    "It rises and falls back at once {times}, but no process was started anew then: whoever holds it gives \
                     it back, as a cache does that is emptied"
                ),
            );
            return load;
        }
    }
    judged
}

/// A leak of processes that is lost in the movement of the whole pool, but not in what is charged to them.
fn charged_leak(of: &Subjects<'_>, pool: Pool, points: Points<'_>) -> Option<Judgement> {
    let (begin, end) = (*points.hours.first()?, *points.hours.last()?);
    let charged = Sane::of(origin::charged_total(of.machine, pool)?, of.hours, &POSSIBLE, points.unit);
    let charged = charged.points().from(begin);
    let until = charged.hours.partition_point(|h| *h <= end);
    let charged = Points { hours: &charged.hours[..until], values: &charged.values[..until], ..charged };
    let mut leak = judge(charged, of.context());
    let trend = leak.trend.as_mut().filter(|_| leak.verdict == Verdict::Leak)?;
    let level = median(points.values);
    let growth = trend.levels.1 - trend.levels.0;
    if growth < GROWTH_THAT_MATTERS * level {
        return None;
    }
    leak.reasons.insert(
        0,
        format!(
            "The pool itself goes up and down too much to tell, but what is charged to processes rises steadily, by {} ({} of \
             the pool); the figures that follow are of that",
            units::bytes(growth),
            units::percent(growth / level)
        ),
    );
    // On the chart of the pool the line ends where the pool does.
    let now = median(&points.values[points.values.len().saturating_sub(5)..]);
    trend.levels = (now - growth, now);
    leak.confidence = leak.confidence.min(0.9);
    Some(leak)
}

/// A leak whose process was ended and started anew: the pool follows it down, and without these falls rises on.
fn recycled_leak(of: &Subjects<'_>, pool: Pool, points: Points<'_>) -> Option<Judgement> {
    let (name, ends, values) = unwrapped(of.machine, points, |p| pool.charged(&p.series))?;
    let leak = judge(Points { values: &values, ..points }, of.context());
    let trend = leak.trend.filter(|_| leak.verdict == Verdict::Leak)?;
    // The last rise is what is drawn and what the present holder is measured on.
    let last = ends.last().copied().filter(|at| points.from(*at).values.len() > 2).unwrap_or(trend.hours.0);
    let rise = points.from(last);
    let shown = Trend {
        hours: (rise.hours[0], trend.hours.1),
        levels: (rise.values[0], rise.values[0] + trend.slope * (trend.hours.1 - rise.hours[0])),
        began_within: false,
        ..trend
    };
    let mut reasons = vec![format!(
        "Process {name} gained pool and ended {}, and the pool fell with it each time; with that added back it rises steadily: \
         it leaks until it is restarted",
        units::times(ends.len())
    )];
    reasons.extend(leak.reasons);
    Some(Judgement {
        confidence: 0.9,
        reasons,
        trend: Some(shown),
        resets: ends,
        successor: Some((name.to_owned(), successor(of.machine, name))),
        gates: leak.gates,
        overall: leak.overall,
        ..Judgement::innocent(Verdict::Leak, 0.9, Vec::new())
    })
}

/// Joins what starts and ends of processes say with who holds the growth.
fn joined_by_timing(of: &Subjects<'_>, judgement: &mut Judgement, holders: &mut Holders, stretch: Points<'_>) {
    if let Some((name, pid)) = &judgement.successor {
        // Whoever held the last rise may have ended; the next of that name goes on.
        for suspect in holders.suspects.iter_mut().filter(|s| s.name == *name) {
            suspect.pid = *pid;
        }
    } else if !judgement.resets.is_empty() {
        holders.suspects.iter_mut().for_each(|suspect| suspect.pid = None);
    }
    if judgement.trigger.is_none() && matches!(holders.origin, Origin::Kernel | Origin::Both) {
        let rest = judgement.explained.as_ref().map_or(stretch, crate::detect::load::Explained::rest);
        let interval = of.interval.unwrap_or(0.0);
        judgement.trigger = judgement.trend.and_then(|trend| trigger(of.machine, rest, &trend, interval));
        // The start of the process is known better than the begin of the growth.
        if let (Some(trigger), Some(trend)) = (&judgement.trigger, &mut judgement.trend)
            && let [(from, _)] = trigger.runs[..]
        {
            trend.hours.0 = from.max(stretch.hours.first().copied().unwrap_or(from));
        }
    }
    let charged_to = |name: &str| holders.suspects.iter().any(|s| s.name == *name);
    if let Some(trigger) = judgement.trigger.take().filter(|t| holders.origin != Origin::User && !charged_to(&t.name)) {
        holders.reasons.push(trigger.text.clone());
        holders.suspects.push(Suspect {
            role: Role::Trigger,
            kind: SuspectKind::Process,
            name: trigger.name.clone(),
            pid: trigger.pid,
            processes: 1,
            share: trigger.share,
            bytes_per_hour: Some(trigger.rate),
            drivers: Vec::new(),
            confidence: None,
            maker: None,
            basis: "holds none of it, but the growth comes while it runs".to_owned(),
        });
        judgement.trigger = Some(trigger);
    }
}

/// How many allocations came with the growth, and how large they are: the size of the leaking object.
fn per_allocation(of: &Subjects<'_>, pool: Pool, trend: &Trend, by_handles: bool) -> Option<String> {
    let gained = |series: &crate::machine::Series| {
        let mut within =
            series.iter().filter(|(sample, _)| (trend.hours.0..=trend.hours.1).contains(&of.hours[*sample]));
        let first = within.next()?.1;
        Some(within.next_back()?.1 - first)
    };
    let bytes = gained(of.machine.store.get(pool.bytes())).filter(|b| *b > 0.0)?;
    let mut text = Vec::new();
    if let Some(allocs) = gained(of.machine.store.get(pool.allocs())).filter(|a| *a >= MANY) {
        text.push(format!("{} allocations came with it, {} each", units::count(allocs), units::bytes(bytes / allocs)));
    }
    if let Some(handles) = gained(&of.machine.process_total.handles).filter(|h| by_handles && *h >= MANY) {
        text.push(format!(
            "all processes together opened {} handles meanwhile, one for each {} of it",
            units::count(handles),
            units::bytes(bytes / handles)
        ));
    }
    let mut text = text.join("; ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    (!text.is_empty()).then_some(text)
}

/// Fewer allocations or handles are the coming and going of every day.
const MANY: f64 = 500.0;

/// Available memory is felt before any limit is met.
fn available_reason(of: &Subjects<'_>, pool: Pool, trend: &Trend) -> Option<String> {
    if pool != Pool::Nonpaged {
        return None;
    }
    let available = of.machine.available_bytes();
    let within = |(sample, _): &(usize, f64)| (trend.hours.0..=trend.hours.1).contains(&of.hours[*sample]);
    let mut values = available.iter().filter(within).map(|(_, v)| v);
    let first = values.next()?;
    let last = values.next_back()?;
    let text = format!("Available memory went from {} to {} meanwhile", units::bytes(first), units::bytes(last));
    let share = (trend.levels.1 - trend.levels.0) / (first - last);
    // More than all of it means that something else was given back.
    Some(if (0.0..=1.0).contains(&share) {
        format!("{text}; the pool's growth is {} of that", units::percent(share))
    } else {
        text
    })
}
