//! Findings on single processes: memory, handles, threads and charged pool that grow and never come down.

use std::collections::BTreeMap;

use statrs::distribution::{ContinuousCDF, Normal};

use crate::base::units;
use crate::checks::chart::{Parts, chart};
use crate::checks::finding::{Sane, Subjects, exhaustion_of, growth, of_judgement, severity};
use crate::checks::judgement::{Judgement, judge};
use crate::checks::pool::POSSIBLE;
use crate::counters::{MemoryCounter, ProcessField};
use crate::detect::MIN_SAMPLES;
use crate::explain::advice;
use crate::forecast::exhaustion::Limit;
use crate::machine::{Process, ProcessSeries, Series};
use crate::model::{Finding, Subject, Unit, Verdict};
use crate::stats::{discoveries, median, random_walk_test};

/// Something that a process can leak.
struct Measure {
    subject: Subject,
    field: ProcessField,
    unit: Unit,
    series: fn(&ProcessSeries) -> &Series,
    /// What can be: no process holds more.
    most: f64,
    /// Growth below this is of no consequence to any machine …
    least: f64,
    /// … nor is growth below this share of what the process began with.
    share: f64,
}

const MB: f64 = 1024.0 * 1024.0;

/// In the order in which they are told of one process.
const MEASURES: [Measure; 6] = [
    Measure {
        subject: Subject::ProcessPrivateBytes,
        field: ProcessField::PrivateBytes,
        unit: Unit::Bytes,
        most: *POSSIBLE.end(),
        series: |p| &p.private_bytes,
        least: 8.0 * MB,
        share: 0.15,
    },
    Measure {
        subject: Subject::ProcessHandles,
        field: ProcessField::HandleCount,
        unit: Unit::Handles,
        most: HANDLE_LIMIT,
        series: |p| &p.handles,
        least: 150.0,
        share: 0.25,
    },
    Measure {
        subject: Subject::ProcessHandles,
        field: ProcessField::ThreadCount,
        unit: Unit::Threads,
        most: 1e6,
        series: |p| &p.threads,
        least: 12.0,
        share: 0.5,
    },
    Measure {
        subject: Subject::ProcessPool,
        field: ProcessField::PoolNonpagedBytes,
        unit: Unit::Bytes,
        most: *POSSIBLE.end(),
        series: |p| &p.pool_nonpaged,
        least: MB,
        share: 0.25,
    },
    Measure {
        subject: Subject::ProcessPool,
        field: ProcessField::PoolPagedBytes,
        unit: Unit::Bytes,
        most: *POSSIBLE.end(),
        series: |p| &p.pool_paged,
        least: MB,
        share: 0.25,
    },
    // Last: Windows trims working sets and fills them again, and where private bytes grow it grows with them.
    Measure {
        subject: Subject::ProcessPrivateBytes,
        field: ProcessField::WorkingSet,
        unit: Unit::Bytes,
        most: *POSSIBLE.end(),
        series: |p| &p.working_set,
        least: 32.0 * MB,
        share: 0.3,
    },
];

/// Values that a series is thinned to for the first look.
const LOOK_AT: usize = 64;
/// Of all processes that the first look finds, the share that may be false in the long run.
const FALSE_DISCOVERIES: f64 = 0.01;
/// Series that are judged in full. More leaking at once is one cause, and the worst are told.
const JUDGED: usize = 48;
/// A process that has ended must have been seen for so long: a day and a night.
const LONG_LIFE_HOURS: f64 = 20.0;
/// Less than this is the start of a program, hours.
const FEWEST_HOURS: f64 = 0.25;
/// What is left of the confidence in a working set that grows alone.
const SHARED_PAGES: f64 = 0.6;
/// Handles that a process can have (Russinovich, "Pushing the Limits of Windows: Handles").
const HANDLE_LIMIT: f64 = 16_711_680.0;

/// A series worth a full judgement.
struct Candidate<'m> {
    process: &'m Process,
    measure: &'static Measure,
    p: f64,
    /// How many times the least growth it is.
    weight: f64,
}

/// What the first look came to.
pub struct Judged {
    /// Leaking processes.
    pub findings: Vec<Finding>,
    /// Series that were looked at.
    pub series: usize,
    /// Processes among them.
    pub processes: usize,
    /// Series that grew and were not judged, for there were too many.
    pub left_out: usize,
}

/// Judges all processes. Hundreds of series share one budget of false alarms (Benjamini and Hochberg 1995).
pub fn findings(of: &Subjects<'_>) -> Judged {
    let processes = || of.machine.processes.iter().filter(|p| !p.identity_unknown);
    let mut series = 0;
    let mut seen = 0;
    let mut candidates: Vec<Candidate<'_>> = Vec::new();
    for process in processes() {
        let before = series;
        for measure in &MEASURES {
            let values = (measure.series)(&process.series);
            if values.len() < MIN_SAMPLES {
                continue;
            }
            series += 1;
            candidates.extend(first_look(of.hours, values, measure).map(|(p, weight)| Candidate {
                process,
                measure,
                p,
                weight,
            }));
        }
        seen += usize::from(series > before);
    }
    let p: Vec<f64> = candidates.iter().map(|c| c.p).collect();
    let found = discoveries(&p, series, FALSE_DISCOVERIES);
    let mut candidates: Vec<Candidate<'_>> =
        candidates.into_iter().zip(found).filter(|(_, found)| *found).map(|(candidate, _)| candidate).collect();
    candidates.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let left_out = candidates.len().saturating_sub(JUDGED);
    candidates.truncate(JUDGED);
    let (left, right) = candidates.split_at(candidates.len() / 2);
    let judge_all = |part: &[Candidate<'_>]| part.iter().filter_map(|c| finding(of, c)).collect::<Vec<Finding>>();
    let mut findings = std::thread::scope(|scope| {
        let other = scope.spawn(|| judge_all(right));
        let mut all = judge_all(left);
        all.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        all
    });
    // A working set that grows with private bytes says nothing new.
    let has_private: Vec<(Option<String>, Option<u32>)> =
        findings.iter().filter(|f| is_private(f)).map(|f| (f.process.clone(), f.pid)).collect();
    findings.retain(|f| {
        f.subject != Subject::ProcessPrivateBytes || is_private(f) || !has_private.contains(&(f.process.clone(), f.pid))
    });
    Judged { findings: one_a_name(findings), series, processes: seen, left_out }
}

/// Of a process that is ended and started anew again and again the latest is told of, and that the others leaked.
fn one_a_name(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::new();
    let mut ended: BTreeMap<(String, String), Vec<Finding>> = BTreeMap::new();
    let key = |f: &Finding| {
        let counter = f.counter.as_deref().and_then(|path| path.rsplit('\\').next()).unwrap_or_default().to_owned();
        (f.process.clone().unwrap_or_default(), counter)
    };
    for finding in findings {
        if finding.exhaustion.is_some() || !finding.reasons.iter().any(|r| r == ENDED) {
            kept.push(finding);
        } else {
            ended.entry(key(&finding)).or_default().push(finding);
        }
    }
    for (name, mut own) in ended {
        let others = own.len();
        let told = if let Some(alive) = kept.iter_mut().find(|f| key(f) == name) {
            Some((alive, others))
        } else {
            own.sort_by_key(|f| f.pid);
            kept.extend(own.pop());
            kept.last_mut().map(|last| (last, others - 1))
        };
        if let Some((finding, others @ 1..)) = told {
            let processes = units::counted(others, "other process", "other processes");
            finding.reasons.insert(0, format!("{processes} of this name grew the same way and ended within the log"));
        }
    }
    kept
}

const ENDED: &str = "It has ended before the log did, and so given back what it held";

fn is_private(finding: &Finding) -> bool {
    finding.counter.as_ref().is_some_and(|counter| counter.ends_with(ProcessField::PrivateBytes.english()))
}

/// Whether a series may grow: the p-value of its trend, and how many times the least growth it has grown.
fn first_look(hours: &[f64], series: &Series, measure: &Measure) -> Option<(f64, f64)> {
    let (times, values): (Vec<f64>, Vec<f64>) = series
        .thinned(series.len().div_ceil(LOOK_AT))
        .filter(|(_, v)| (0.0..=measure.most).contains(v))
        .map(|(sample, v)| (hours[sample], v))
        .unzip();
    if values.len() < MIN_SAMPLES.min(LOOK_AT / 2) {
        return None;
    }
    let end = values.len().div_ceil(8);
    let (first, last) = (median(&values[..end]), median(&values[values.len() - end..]));
    let least = measure.least.max(measure.share * first);
    if last - first < least {
        return None;
    }
    let half = values.len() / 2;
    let whole = random_walk_test(&times, &values, &[]).map_or(0.0, |test| test.z);
    let late = random_walk_test(&times[half..], &values[half..], &[]).map_or(0.0, |test| test.z);
    // Two looks, so each may err half as often.
    let p = (2.0 * Normal::standard().sf(whole.max(late))).min(1.0);
    Some((p, (last - first) / least))
}

/// The finding on one series of a process; `None` when it is no leak.
fn finding(of: &Subjects<'_>, candidate: &Candidate<'_>) -> Option<Finding> {
    let Candidate { process, measure, .. } = candidate;
    let series = (measure.series)(&process.series);
    let sane = Sane::of(series, of.hours, &(0.0..=measure.most), measure.unit);
    let points = sane.points();
    let values = points.values;
    let mut judgement = judge(points, of.context());
    if measure.field == ProcessField::WorkingSet && judgement.verdict == Verdict::Leak {
        judgement.verdict = Verdict::SuspectedLeak;
        judgement.confidence *= SHARED_PAGES;
        judgement.reasons.insert(
            0,
            "Its private bytes do not grow with it: a working set counts shared and mapped pages as well, which are no leak \
             of this process alone"
                .to_owned(),
        );
        judgement.would_change.push("A leak for sure: private bytes that grow as well".to_owned());
    }
    // What began within the log has grown since then at the earliest.
    let young = of.machine.times.first().is_some_and(|begin| process.first_seen > begin.utc);
    if let (Some(trend), true) = (&mut judgement.trend, young) {
        trend.began_within = true;
    }
    let trend = judgement.trend.filter(|_| matches!(judgement.verdict, Verdict::Leak | Verdict::SuspectedLeak))?;
    let grown = trend.levels.1 - trend.levels.0;
    let lives = of.machine.times.last().is_some_and(|end| process.last_seen >= end.utc);
    // What has ended, or came late, is worth a word only when it was seen for long: jobs of a few hours fill
    // their heap, and end.
    let whole = lives && of.machine.times.first().is_some_and(|begin| process.first_seen <= begin.utc);
    let certain = judgement.verdict == Verdict::Leak && (lives || points.covered() >= LONG_LIFE_HOURS);
    if grown < measure.least || points.span() < FEWEST_HOURS || !(whole || certain) {
        return None;
    }
    let now = *values.last()?;
    let exhaustion = lives
        .then(|| limit(of, measure, now))
        .flatten()
        .map(|limit| crate::forecast::exhaustion::forecast(&[limit], now, &trend, points.span(), None));
    let mut reasons = judgement.reasons.clone();
    reasons.extend(others(of, process, measure, &trend));
    if !lives {
        reasons.push(ENDED.to_owned());
    }
    let counter = measure.field.english();
    let what = match measure.field {
        ProcessField::PrivateBytes => "private bytes",
        ProcessField::WorkingSet => "working set",
        ProcessField::PoolNonpagedBytes => "nonpaged pool charged to it",
        ProcessField::PoolPagedBytes => "paged pool charged to it",
        ProcessField::ThreadCount => "threads",
        _ => "handles",
    };
    let who = units::process(&process.name, process.pid);
    let drawn = chart(
        of.machine,
        Parts {
            title: format!("{counter} of {who}"),
            label: what,
            series,
            unit: measure.unit,
            second: None,
            trend: Some(&trend),
            limit: None,
            events: crate::attribute::timeline::marks(of),
        },
    );
    Some(Finding {
        counter: Some(format!(r"\\{}\Process({})\{counter}", of.machine.name, process.full_name)),
        process: Some(process.name.to_string()),
        pid: process.pid,
        headline: headline(of, &judgement, &who, what, measure.unit, now, lives),
        reasons,
        growth: growth(of, &judgement, points),
        severity: severity(judgement.verdict, exhaustion.as_ref(), f64::INFINITY),
        exhaustion: exhaustion.map(|e| exhaustion_of(of, e, sane.end())),
        next_steps: advice::process_steps(process, measure.field, lives),
        chart: Some(drawn),
        ..of_judgement(measure.subject, &judgement)
    })
}

fn headline(
    of: &Subjects<'_>,
    judgement: &Judgement,
    who: &str,
    what: &str,
    unit: Unit,
    now: f64,
    lives: bool,
) -> String {
    let Some(trend) = &judgement.trend else { return String::new() };
    let does = match (judgement.verdict, lives) {
        (Verdict::Leak, true) => "leaks",
        (Verdict::Leak, false) => "leaked",
        (_, true) => "may leak",
        _ => "may have leaked",
    };
    let since = of.since(trend);
    let of_what = if unit == Unit::Bytes { format!(" of {what}") } else { String::new() };
    let holds =
        if lives { format!("it holds {}", unit.amount(now)) } else { format!("it held {} at last", unit.amount(now)) };
    format!("{who} {does} {}{of_what}{since}; {holds}.", unit.rate(trend.slope))
}

/// What a measure of a process runs into.
fn limit(of: &Subjects<'_>, measure: &Measure, now: f64) -> Option<Limit> {
    match measure.field {
        ProcessField::HandleCount => {
            Some(Limit { bytes: HANDLE_LIMIT, basis: "handles that one process can have".to_owned() })
        }
        ProcessField::PrivateBytes => {
            let last = |counter| of.machine.store.get(counter).last().map(|(_, v)| v);
            let room = last(MemoryCounter::CommitLimit)? - last(MemoryCounter::CommittedBytes)?;
            let basis = format!("what may still be committed on the machine, {}", units::bytes(room));
            (room > 0.0).then_some(Limit { bytes: now + room, basis })
        }
        _ => None,
    }
}

/// What else of the process has grown meanwhile.
fn others(of: &Subjects<'_>, process: &Process, measure: &Measure, trend: &crate::detect::Trend) -> Option<String> {
    let grown = MEASURES.iter().filter(|other| other.field != measure.field).filter_map(|other| {
        let within = |(sample, _): &(usize, f64)| (trend.hours.0..=trend.hours.1).contains(&of.hours[*sample]);
        let possible = |v: &f64| (0.0..=other.most).contains(v);
        let values: Vec<f64> =
            (other.series)(&process.series).iter().filter(within).map(|(_, v)| v).filter(possible).collect();
        let ends = (values.len() / 8).clamp(1, 9);
        let first = median(values.get(..ends)?);
        let last = median(&values[values.len() - ends..]);
        (last - first >= other.least.max(other.share * first)).then(|| {
            format!("{} from {} to {}", other.field.english(), other.unit.amount(first), other.unit.amount(last))
        })
    });
    let grown: Vec<String> = grown.collect();
    (!grown.is_empty()).then(|| format!("Of the same process rose as well: {}", grown.join(", ")))
}
