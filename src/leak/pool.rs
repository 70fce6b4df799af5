//! The finding on one kernel pool.

use super::boots::{Judged, judge_between_boots};
use super::chart::{Parts, chart};
use super::exhaustion::{Exhaustion, Limit, forecast, limits};
use super::finding::{CRITICAL_SHARE, Sane, Subjects, exhaustion_of, growth, of_judgement, severity};
use super::gates::GROWTH_THAT_MATTERS;
use super::judge::{Judgement, Trend, judge};
use super::origin::{self, Holders};
use super::sawtooth::sawtooth;
use super::tags::{self, Tags};
use super::timeline::{self, Told};
use super::timing::{heir, recycled, trigger, unwrapped, while_it_ran};
use super::window::Points;
use super::{Pool, advice};
use crate::log::Moment;
use crate::trend::median;
use crate::verdict::{Finding, Origin, Role, Subject, Suspect, SuspectKind, Unit, Verdict, units};

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
    let series = of.machine.memory.get(pool.bytes());
    let sane = Sane::of(series, of.hours, &POSSIBLE, Unit::Bytes);
    let points = sane.points();
    let values = points.values;
    let empty = timeline::first_empty(of, pool).and_then(|told| empty_at(of, pool, told));
    // A pool that is empty grows no more: what is judged is how it came to that.
    let until_empty = empty.as_ref().map_or(points, |(hours, _)| points.before(hours + of.interval.unwrap_or(0.0)));
    let Judged { mut judgement, stretch, ended_with, said } =
        judge_between_boots(of, until_empty, |stretch| judge_stretch(of, pool, stretch));
    if values.is_empty() {
        let reason = if of.machine.times.is_empty() {
            "No counter log was given".to_owned()
        } else if sane.absurd > 0 {
            format!(r"The log holds \Memory\{counter_name}, but none of its {} values is possible", sane.absurd)
        } else {
            format!(r"The log does not hold \Memory\{counter_name}")
        };
        judgement.reasons = vec![reason];
    }
    let trend = judgement.trend;
    let mut holders = trend.map(|trend| origin::find(of.machine, pool, &trend, of.hours));
    if let Some(holders) = &mut holders {
        joined_by_timing(of, &mut judgement, holders, stretch);
    }
    let growth_of = judgement.trend;
    let judged_growing =
        matches!(judgement.verdict, Verdict::Leak | Verdict::SuspectedLeak | Verdict::InsufficientData);
    let mut tags = if judged_growing { tags::find(of, pool, growth_of.as_ref()) } else { Tags::default() };
    let told = timeline::of_pool(of, pool, growth_of.as_ref());
    installed_driver(&mut tags, &told);
    let now = values.last().copied().unwrap_or(0.0);
    let mut known_limits = limits(of.machine, pool, of.release(), of.ram, of.options, now);
    known_limits.splice(..0, empty.iter().map(|(_, limit)| limit.clone()));
    let mut exhaustion = trend.map(|trend| forecast(&known_limits, now, &trend, points.span(), of.ram));
    let given_back = ended_with.is_some() || !judgement.resets.is_empty() || judgement.stopped;
    if let Some(exhaustion) = exhaustion.as_mut().filter(|_| given_back) {
        // The pool was given back, or grows no more: how far it comes is not known.
        exhaustion.forget_date();
    }

    let mut reasons: Vec<String> = holders.iter().flat_map(|h| h.reasons.clone()).collect();
    reasons.extend(tags.reasons.iter().cloned());
    reasons.extend(told.reasons.iter().cloned());
    reasons.extend(judgement.reasons.clone());
    reasons.extend(said);
    reasons.extend(trend.and_then(|trend| available_reason(of, pool, &trend)));
    let by_drivers = holders.as_ref().is_some_and(|h| h.origin == Origin::Kernel);
    reasons.extend(trend.and_then(|trend| per_allocation(of, pool, &trend, !by_drivers)));
    reasons.extend(sane.ends_early(of));
    reasons.extend(trend.and_then(|_| super::commit::page_file(&of.machine.memory.paging_file)));
    if sane.absurd > 0 {
        reasons.push(format!("{} values above 128 TB or below 0 cannot be, and were left out", sane.absurd));
    }
    let drawn = chart(
        of.machine,
        Parts {
            title: format!("{name} of {}", of.machine.name),
            label: "pool",
            series,
            unit: Unit::Bytes,
            second: origin::charged_total(of.machine, pool).map(|charged| ("charged to processes", charged)),
            trend: trend.as_ref(),
            limit: exhaustion.as_ref().and_then(|e| Some((e.limit?, e.basis.clone()))),
            events: timeline::marks(of),
        },
    );
    Finding {
        counter: (!values.is_empty()).then(|| format!(r"\\{}\Memory\{counter_name}", of.machine.name)),
        origin: holders.as_ref().map(|h| h.origin),
        severity: severity(
            judgement.verdict,
            exhaustion.as_ref(),
            // What is never paged out takes RAM from everything else.
            if pool == Pool::Nonpaged { CRITICAL_SHARE } else { f64::INFINITY },
        ),
        headline: headline(
            of,
            name,
            &Said {
                judgement: &judgement,
                holders: holders.as_ref(),
                tags: &tags,
                told: &told,
                exhaustion: exhaustion.as_ref(),
            },
            values,
            ended_with,
        ),
        reasons,
        growth: growth(of, &judgement, stretch),
        exhaustion: exhaustion.map(|e| ran_empty(of, exhaustion_of(of, e, sane.end()), empty.as_ref())),
        suspects: suspects(holders.as_ref(), &tags),
        disagreements: tags.disagreements.clone(),
        next_steps: if values.is_empty() {
            advice::log_memory()
        } else {
            advice::next_steps(of, pool, &judgement, holders.as_ref(), &tags)
        },
        chart: (!values.is_empty()).then_some(drawn),
        ..of_judgement(subject(pool), &judgement)
    }
}

/// When and at which level an event says that the pool was empty: the surest limit there is.
fn empty_at(of: &Subjects<'_>, pool: Pool, (hours, id): (f64, u32)) -> Option<(f64, Limit)> {
    let series = of.machine.memory.get(pool.bytes());
    let (_, bytes) =
        series.iter().min_by(|a, b| (of.hours[a.0] - hours).abs().total_cmp(&(of.hours[b.0] - hours).abs()))?;
    let highest = series.iter().map(|(_, v)| v).fold(0.0, f64::max);
    // A pool that went on growing was not at its end.
    let basis = format!("where event {id} says that it was empty");
    (bytes > 0.0 && highest <= 1.1 * bytes).then_some((hours, Limit { bytes, basis }))
}

/// A forecast of what has come already: its date is known.
fn ran_empty(
    of: &Subjects<'_>,
    exhaustion: crate::verdict::Exhaustion,
    empty: Option<&(f64, Limit)>,
) -> crate::verdict::Exhaustion {
    match empty.and_then(|(hours, _)| of.clock(*hours)) {
        Some(at) => crate::verdict::Exhaustion { at: Some(at), at_ci95: None, not_before: None, ..exhaustion },
        None => exhaustion,
    }
}

/// A driver that came just before the growth is the likelier.
fn installed_driver(tags: &mut Tags, told: &Told) {
    let Some((file, text)) = &told.installed else { return };
    for suspect in tags.suspects.iter_mut().filter(|s| s.kind == SuspectKind::Driver) {
        if suspect.name.eq_ignore_ascii_case(file) {
            suspect.confidence = suspect.confidence.map(|c| ((1.0 - (1.0 - c) / 2.0) * 100.0).round() / 100.0);
            suspect.basis += &format!(". {text}");
        }
    }
}

/// Tags and drivers, processes, and triggers; the larger share first among each.
fn suspects(holders: Option<&Holders>, tags: &Tags) -> Vec<Suspect> {
    let processes = holders.map(|h| h.suspects.clone()).unwrap_or_default();
    let mut all: Vec<Suspect> = tags.suspects.iter().cloned().chain(processes).collect();
    all.sort_by(|a, b| (a.role == Role::Trigger).cmp(&(b.role == Role::Trigger)).then(b.share.total_cmp(&a.share)));
    all
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
        let rest = judged.explained.as_ref().map_or(points, super::load::Explained::rest);
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
            leak.heir = Some((name.to_owned(), pid));
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
        heir: Some((name.to_owned(), heir(of.machine, name))),
        gates: leak.gates,
        overall: leak.overall,
        ..Judgement::innocent(Verdict::Leak, 0.9, Vec::new())
    })
}

/// Joins what starts and ends of processes say with who holds the growth.
fn joined_by_timing(of: &Subjects<'_>, judgement: &mut Judgement, holders: &mut Holders, stretch: Points<'_>) {
    if let Some((name, pid)) = &judgement.heir {
        // Whoever held the last rise may have ended; the next of that name goes on.
        for suspect in holders.suspects.iter_mut().filter(|s| s.name == *name) {
            suspect.pid = *pid;
        }
    } else if !judgement.resets.is_empty() {
        holders.suspects.iter_mut().for_each(|suspect| suspect.pid = None);
    }
    if judgement.trigger.is_none() && matches!(holders.origin, Origin::Kernel | Origin::Both) {
        let rest = judgement.explained.as_ref().map_or(stretch, super::load::Explained::rest);
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
    let bytes = gained(of.machine.memory.get(pool.bytes())).filter(|b| *b > 0.0)?;
    let mut text = Vec::new();
    if let Some(allocs) = gained(of.machine.memory.get(pool.allocs())).filter(|a| *a >= MANY) {
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

/// What a headline is made of.
struct Said<'a> {
    judgement: &'a Judgement,
    holders: Option<&'a Holders>,
    tags: &'a Tags,
    told: &'a Told,
    exhaustion: Option<&'a Exhaustion>,
}

fn headline(of: &Subjects<'_>, name: &str, said: &Said<'_>, values: &[f64], ended_with: Option<Moment>) -> String {
    let Said { judgement, holders, tags, told, exhaustion } = *said;
    let (Some(now), Some(top)) = (values.last(), values.iter().copied().reduce(f64::max)) else {
        let named = tags.largest.as_ref().map_or_else(|| tags.named(), |largest| format!("; {largest}"));
        return match judgement.reasons.first() {
            Some(reason) => format!("{name} cannot be judged: {}{named}.", lower_first(reason)),
            None => format!("{name} cannot be judged{named}."),
        };
    };
    let (now, top) = (units::bytes(*now), &top);
    match judgement.verdict {
        Verdict::Leak | Verdict::SuspectedLeak => {}
        Verdict::InsufficientData if *top <= 0.0 => {
            return format!("{name} cannot be judged: its counter reads 0 throughout, which no pool is.");
        }
        Verdict::InsufficientData => {
            return format!("{name} cannot be judged: the log is too short. It holds {now}{}.", tags.named());
        }
        Verdict::Step => return format!("{name} rose in one step and stayed: no leak so far. It holds {now}."),
        Verdict::WarmUp => return format!("{name} has warmed up and levelled off at {now}: no leak."),
        Verdict::Load if judgement.falls => {
            return format!(
                "{name} has come down over the log: no leak. It holds {now}, at most {}.",
                units::bytes(*top)
            );
        }
        Verdict::Load if judgement.open_end => {
            return format!(
                "{name} goes up and down with load, and the log ends while it is up at {now}: no leak so far."
            );
        }
        Verdict::Load => {
            return format!(
                "{name} follows load and comes back: no leak. It holds {now}, at most {}.",
                units::bytes(*top)
            );
        }
        Verdict::Stable => return format!("{name} is stable: no leak. It holds {now}."),
    }
    let trend = judgement.trend.as_ref();
    let rate = trend.map_or_else(String::new, |t| units::rate(t.slope));
    let does = match (judgement.verdict, judgement.stopped) {
        (Verdict::Leak, false) => "leaks",
        (Verdict::Leak, true) => "leaked",
        (_, false) => "may leak",
        _ => "may have leaked",
    };
    let while_running = judgement
        .trigger
        .as_ref()
        .filter(|t| judgement.stopped || t.share > 0.0)
        .map_or_else(String::new, |t| format!(", while process {} runs", units::process(&t.name, t.pid)));
    let since = trend.map_or_else(String::new, |t| of.since(t));
    let held = match holders {
        Some(h) => match (h.origin, h.suspects.first()) {
            (Origin::Kernel, _) => ", held by drivers, not by processes".to_owned(),
            (Origin::User, Some(s)) => format!(", held by {}", who(s)),
            (Origin::User, None) if h.unlisted => ", held by processes that the log does not list".to_owned(),
            (Origin::User, None) => ", held by processes, no single one".to_owned(),
            (Origin::Both, Some(s)) => format!(", held by drivers and by {}", who(s)),
            (Origin::Both, None) => ", held by drivers and processes".to_owned(),
            (Origin::Unknown, _) => String::new(),
        },
        None => String::new(),
    };
    let held = held + &tags.named();
    let ram = of.ram.map_or_else(String::new, |ram| {
        let about = if ram.exact { "" } else { "about " };
        format!(" of {about}{} RAM", units::bytes(ram.bytes as f64))
    });
    if let Some(boot) = ended_with.and_then(Moment::to_date_time) {
        return format!(
            "{name} leaked {rate}{since}{held} until the restart of {}; it holds {now}{ram} since.",
            units::moment(boot)
        );
    }
    let empty = told.empty.and_then(|(hours, id)| Some((of.clock(hours)?, id)));
    let full = match exhaustion {
        _ if empty.is_some() => {
            empty.map_or_else(String::new, |(at, id)| format!("; it ran empty on {} (event {id})", units::moment(at.0)))
        }
        Some(Exhaustion { hours: Some(h), .. }) if *h <= 0.0 => "; it is full now".to_owned(),
        Some(Exhaustion { hours: Some(h), .. }) => format!("; full in about {}", units::duration(*h)),
        _ if judgement.stopped => "; it has not grown since".to_owned(),
        _ if !judgement.resets.is_empty() => format!("; it fell back {}", units::times(judgement.resets.len())),
        Some(Exhaustion { not_before: Some(h), limit: Some(_), .. }) => {
            format!("; at this rate not full within {}", units::duration(*h))
        }
        _ => String::new(),
    };
    format!("{name} {does} {rate}{since}{held}{while_running}; {now}{ram}{full}.")
}

/// The begin of a sentence within another.
fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// A suspect in a sentence.
pub fn who(suspect: &Suspect) -> String {
    match suspect.pid {
        pid if pid.is_some() || suspect.processes == 1 => format!("process {}", units::process(&suspect.name, pid)),
        _ => format!("{} processes", suspect.name),
    }
}
