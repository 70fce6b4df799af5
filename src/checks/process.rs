//! The check of single processes: memory, handles, threads and charged pool that only grow.

use std::collections::BTreeMap;

use statrs::distribution::{ContinuousCDF, Normal};

use super::about::{About, Life, ProcessFacts};
use super::chart::{Parts, chart};
use super::finding::{CriticalShare, DatedExhaustion, Finding, growth, rate_of_date, severity};
use super::measures::{HANDLE_LIMIT, MEASURES, Measure};
use super::namesakes::{Namesakes, NamesakesJudged};
use super::note::{Note, ProcessesLooked};
use super::reason::{Reason, WouldChange};
use super::series::ValidSeries;
use super::{Check, within};
use crate::base::threads::Task;
use crate::case::Case;
use crate::counters::{CounterSet, MemoryCounter, ProcessField};
use crate::detect::{Assessment, MIN_SAMPLES, ONE_DAY_HOURS, Points, Trend, assess};
use crate::forecast::{Forecast, Limit, LimitBasis, forecast};
use crate::machine::{Process, Series};
use crate::model::Verdict;
use crate::stats::{discoveries, median, random_walk_test};

/// Number of values to which a series is thinned for the first look.
const LOOK_AT: usize = 64;
/// The level at either end is the median of an eighth of the values: eight of 64, so three outliers do not matter. A
/// process that grows throughout still gains seven eighths of its growth between the two.
const PARTS: usize = 8;
/// Maximum long-run share of false finds in the first look.
const FALSE_DISCOVERIES: f64 = 0.01;
/// Maximum number of series to judge in full. More leaks at once have one cause, and the worst are reported.
const JUDGED: usize = 48;
/// Shorter times are the start of a program, hours.
const FEWEST_HOURS: f64 = 0.25;
/// Factor on the confidence if only the working set grows.
const SHARED_PAGES: f64 = 0.6;

/// A series to judge in full.
struct Candidate<'m> {
    process: &'m Process,
    measure: &'static Measure,
    p: f64,
    /// Its growth as a multiple of the smallest growth that matters.
    weight: f64,
}

pub struct ProcessCheck;

impl Check for ProcessCheck {
    fn counters(&self) -> CounterSet {
        let measured = MEASURES.iter().map(|measure| measure.field);
        let identity = [ProcessField::IdProcess, ProcessField::ElapsedTime];
        let limit = CounterSet::of([MemoryCounter::CommitLimit, MemoryCounter::CommittedBytes]);
        CounterSet::of(measured.chain(identity)).union(&limit)
    }

    fn run(&self, case: &Case<'_>) -> Vec<Finding> {
        if case.machine.times.is_empty() {
            return Vec::new();
        }
        let namesakes = Namesakes::of(case);
        let (candidates, _) = first_looks(case, &namesakes);
        let (left, right) = candidates.split_at(candidates.len() / 2);
        let judge_all = |part: &[Candidate<'_>]| part.iter().filter_map(|c| finding(case, c)).collect::<Vec<_>>();
        let mut findings = std::thread::scope(|scope| {
            let other = Task::start(scope, || judge_all(right));
            let mut all = judge_all(left);
            all.extend(other.join());
            all
        });
        without_repeated_working_sets(&mut findings);
        latest_of_each_name(findings)
    }

    fn notes(&self, case: &Case<'_>, all: &[Finding]) -> Vec<Note> {
        let mut found: Vec<_> = all.iter().filter_map(|f| f.process().map(|p| (&p.name, p.pid))).collect();
        found.sort_unstable();
        found.dedup();
        // A check has no state, so repeat the first looks; that takes milliseconds.
        let namesakes = Namesakes::of(case);
        let (_, looked) = first_looks(case, &namesakes);
        let note = (looked.series > 0).then_some(ProcessesLooked { found: found.len(), ..looked });
        let judged = Some(namesakes.judged()).filter(|judged| *judged != NamesakesJudged::default());
        judged.map(Note::Namesakes).into_iter().chain(note.map(Note::ProcessesLooked)).collect()
    }
}

/// The series that grow by more than chance, and how many were checked. Hundreds of series share one budget of false
/// alarms (Benjamini and Hochberg 1995).
fn first_looks<'c>(case: &'c Case<'_>, namesakes: &'c Namesakes<'c>) -> (Vec<Candidate<'c>>, ProcessesLooked) {
    let mut looked = ProcessesLooked::default();
    let mut candidates: Vec<Candidate<'_>> = Vec::new();
    let known = case.machine.processes.iter().filter(|p| !p.identity_unknown);
    for process in known.chain(namesakes.steady.iter().copied()).chain(&namesakes.sums) {
        let before = looked.series;
        for measure in MEASURES.iter().filter(|measure| measure.applies(process)) {
            let values = (measure.series)(&process.series);
            if values.len() < MIN_SAMPLES {
                continue;
            }
            looked.series += 1;
            let look = first_look(&case.hours, values, measure);
            candidates.extend(look.map(|(p, weight)| Candidate { process, measure, p, weight }));
        }
        looked.processes += usize::from(looked.series > before);
    }
    let p: Vec<f64> = candidates.iter().map(|c| c.p).collect();
    let found = discoveries(&p, looked.series, FALSE_DISCOVERIES);
    let mut candidates: Vec<Candidate<'_>> =
        candidates.into_iter().zip(found).filter(|(_, found)| *found).map(|(candidate, _)| candidate).collect();
    candidates.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    looked.left_out = candidates.len().saturating_sub(JUDGED);
    candidates.truncate(JUDGED);
    (candidates, looked)
}

/// Whether the private bytes of a process grow by more than chance, among all processes of the log.
pub(super) fn private_bytes_grow(case: &Case<'_>, process: &Process) -> bool {
    let measure = MEASURES.iter().find(|measure| measure.field == ProcessField::PrivateBytes);
    let look = measure.and_then(|measure| first_look(&case.hours, &process.series.private_bytes, measure));
    let judged = |p: &&Process| p.series.private_bytes.len() >= MIN_SAMPLES;
    let processes = case.machine.processes.iter().filter(judged).count();
    look.is_some_and(|(p, _)| p * processes as f64 <= FALSE_DISCOVERIES)
}

/// Whether a series may grow: the p-value of its trend, and its growth as a multiple of the smallest that matters.
fn first_look(hours: &[f64], series: &Series, measure: &Measure) -> Option<(f64, f64)> {
    let (times, values): (Vec<f64>, Vec<f64>) = series
        .thinned(series.len().div_ceil(LOOK_AT))
        .filter(|(_, v)| (0.0..=measure.most).contains(v))
        .map(|(sample, v)| (hours[sample], v))
        .unzip();
    if values.len() < MIN_SAMPLES {
        return None;
    }
    let end = values.len().div_ceil(PARTS);
    let (first, last) = (median(&values[..end]), median(&values[values.len() - end..]));
    let least = measure.least.max(measure.share * first);
    if last - first < least {
        return None;
    }
    let half = values.len() / 2;
    let whole = random_walk_test(&times, &values, &[]).map_or(0.0, |test| test.z);
    let late = random_walk_test(&times[half..], &values[half..], &[]).map_or(0.0, |test| test.z);
    // Two tests, so each may be wrong half as often.
    let p = (2.0 * Normal::standard().sf(whole.max(late))).min(1.0);
    Some((p, (last - first) / least))
}

/// Drops working sets that grow with private bytes: they add nothing new.
fn without_repeated_working_sets(findings: &mut Vec<Finding>) {
    let own = |f: &Finding| f.process().map(|p| (p.name.clone(), p.pid, p.field));
    let with_private: Vec<(String, Option<u32>)> = findings
        .iter()
        .filter_map(own)
        .filter(|(.., field)| matches!(field, ProcessField::PrivateBytes | ProcessField::WorkingSetPrivate))
        .map(|(name, pid, _)| (name, pid))
        .collect();
    findings.retain(|f| {
        let Some((name, pid, field)) = own(f) else { return true };
        field != ProcessField::WorkingSet || !with_private.contains(&(name, pid))
    });
}

/// For a name whose processes end and restart repeatedly, keeps the latest process and counts the others that grew
/// alike.
fn latest_of_each_name(findings: Vec<Finding>) -> Vec<Finding> {
    let key = |f: &Finding| f.process().map(|p| (p.name.clone(), p.field.english()));
    let (ended, mut kept): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|f| f.process().is_some_and(|p| p.life == Life::Ended));
    let mut by_name: BTreeMap<_, Vec<Finding>> = BTreeMap::new();
    for finding in ended {
        by_name.entry(key(&finding)).or_default().push(finding);
    }
    for (name, mut own) in by_name {
        let mut others = own.len();
        let alive = kept.iter().position(|f| key(f) == name);
        let at = alive.unwrap_or_else(|| {
            own.sort_by_key(|f| f.process().map(|p| (p.last_seen, p.pid)));
            kept.extend(own.pop());
            others -= 1;
            kept.len() - 1
        });
        if others > 0 {
            kept[at].reasons.insert(0, Reason::OthersOfTheName { processes: others });
        }
    }
    kept
}

/// The finding on one series of a process; `None` without a leak.
fn finding(case: &Case<'_>, candidate: &Candidate<'_>) -> Option<Finding> {
    let Candidate { process, measure, .. } = candidate;
    let series = (measure.series)(&process.series);
    let plausible = 0.0..=measure.most;
    let valid = ValidSeries::of(case, series, &plausible, measure.unit);
    let points = valid.points();
    let mut assessment = assess(points, case.context());
    let is_leak = assessment.verdict == Verdict::Leak;
    let alone = measure.is_indirect() && is_leak;
    let summed = is_a_sum(process) && is_leak;
    if alone || summed {
        assessment.verdict = Verdict::SuspectedLeak;
        assessment.confidence *= SHARED_PAGES;
    }
    // A process that starts within the log cannot have grown earlier.
    if case.machine.times.first().is_some_and(|begin| process.first_seen > begin.utc) {
        assessment.begins_within();
    }
    let trend = assessment.trend.filter(|_| assessment.verdict.is_growth())?;
    let life = life(case, process);
    if !is_worth_a_finding(case, candidate, points, &assessment, &trend) {
        return None;
    }
    let last = valid.end_level()?;
    let limit = Some(life).filter(|life| *life == Life::Running).and_then(|_| limit(case, measure, last));
    let exhaustion = limit.map(|limit| forecast(&[limit], last, &trend, points.span(), None));
    let mut reasons = Vec::new();
    if alone {
        let has_private = !process.series.private_bytes.is_empty();
        reasons.push(if has_private { Reason::WorkingSetAlone } else { Reason::NoPrivateBytes(measure.field) });
    }
    if is_a_sum(process) {
        reasons.push(Reason::SumOfTheName);
    }
    reasons.extend(assessment.evidence.iter().cloned().map(Reason::Assessed));
    reasons.extend(rate_of_date(exhaustion.as_ref(), Some(&trend)));
    reasons.extend(rose_as_well(case, process, measure, &trend));
    if life == Life::Ended {
        reasons.push(Reason::ProcessEnded);
    }
    // A place that never moved is as good as an id.
    let name = if process.identity_unknown { &process.full_name } else { &process.name }.to_string();
    let (pid, last_seen) = (process.pid, process.last_seen);
    let facts = ProcessFacts { name, pid, field: measure.field, last, last_seen, life };
    let counter = measure.field.english();
    let growth = growth(case, &assessment, points);
    let severity = severity(assessment.verdict, exhaustion.as_ref(), CriticalShare::Never);
    let mut found = Finding::of(measure.subject, measure.unit, assessment, About::Process(facts));
    found.would_change.extend(alone.then_some(WouldChange::PrivateBytesGrow));
    Some(Finding {
        counter: Some(format!(r"\\{}\Process({})\{counter}", case.machine.name, process.full_name)),
        reasons,
        growth,
        severity,
        exhaustion: exhaustion.map(|e: Forecast| DatedExhaustion::of(case, e, valid.end())),
        chart: Some(chart(
            case,
            Parts { series, plausible: &plausible, second: None, trend: Some(&trend), limit: None },
        )),
        ..found
    })
}

/// Whether this is the sum of processes of one name. No name of a process has an asterisk.
fn is_a_sum(process: &Process) -> bool {
    process.full_name.ends_with('*')
}

/// Whether a process runs at the end of the log.
fn life(case: &Case<'_>, process: &Process) -> Life {
    let lives = case.machine.times.last().is_some_and(|end| process.last_seen >= end.utc);
    if lives { Life::Running } else { Life::Ended }
}

/// Whether growth is large enough and the process ran long enough. Processes that ended or started late must run
/// longer, since jobs of a few hours fill their heap and end.
fn is_worth_a_finding(
    case: &Case<'_>,
    candidate: &Candidate<'_>,
    points: Points<'_>,
    assessment: &Assessment,
    trend: &Trend,
) -> bool {
    let Candidate { process, measure, .. } = candidate;
    let lives = life(case, process) == Life::Running;
    let whole = lives && case.machine.times.first().is_some_and(|begin| process.first_seen <= begin.utc);
    let certain = assessment.verdict == Verdict::Leak && (lives || points.covered() >= ONE_DAY_HOURS);
    trend.levels.1 - trend.levels.0 >= measure.least && points.span() >= FEWEST_HOURS && (whole || certain)
}

/// The limit of a counter of a process.
fn limit(case: &Case<'_>, measure: &Measure, last: f64) -> Option<Limit> {
    match measure.field {
        ProcessField::HandleCount => Some(Limit { value: HANDLE_LIMIT, basis: LimitBasis::HandlesOfAProcess }),
        ProcessField::PrivateBytes => {
            let value = |counter| case.machine.store.get(counter).end_level();
            let room = value(MemoryCounter::CommitLimit)? - value(MemoryCounter::CommittedBytes)?;
            (room > 0.0).then_some(Limit { value: last + room, basis: LimitBasis::CommitRoom(room) })
        }
        _ => None,
    }
}

/// Maximum number of values at either end whose median is the level there: more would move it toward the middle of the
/// growth.
const MOST_END_VALUES: usize = 9;

/// Other counters of the process that grew meanwhile.
fn rose_as_well(case: &Case<'_>, process: &Process, measure: &Measure, trend: &Trend) -> Option<Reason> {
    let others = MEASURES.iter().filter(|other| other.field != measure.field && other.applies(process));
    let grown = others.filter_map(|other| {
        let plausible = |v: &f64| (0.0..=other.most).contains(v);
        let values: Vec<f64> = within(case, (other.series)(&process.series), trend).filter(plausible).collect();
        let ends = (values.len() / PARTS).clamp(1, MOST_END_VALUES);
        let first = median(values.get(..ends)?);
        let last = median(&values[values.len() - ends..]);
        (last - first >= other.least.max(other.share * first)).then_some((other.field, other.unit, first, last))
    });
    let grown: Vec<_> = grown.collect();
    (!grown.is_empty()).then_some(Reason::RoseAsWell(grown))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::FileTime;
    use crate::base::units::MB;
    use crate::model::{Subject, Unit};

    /// A finding on a process that has ended.
    fn ended(pid: u32, last_seen: i64) -> Finding {
        let (name, last_seen) = ("job".to_owned(), FileTime(last_seen));
        let field = ProcessField::PrivateBytes;
        let facts = ProcessFacts { name, pid: Some(pid), field, last: MB, last_seen, life: Life::Ended };
        let leak = Assessment::no_growth(Verdict::Leak, 0.9, Vec::new());
        Finding::of(Subject::ProcessPrivateBytes, Unit::Bytes, leak, About::Process(facts))
    }

    #[test]
    fn the_latest_is_the_one_that_was_seen_last() {
        let kept = latest_of_each_name(vec![ended(900, 1), ended(40, 3), ended(500, 2)]);
        let pids: Vec<_> = kept.iter().map(|f| f.process().and_then(|p| p.pid)).collect();
        assert_eq!(pids, [Some(40)], "ids are used again, so the largest is not the latest");
        assert!(matches!(kept[0].reasons[..], [Reason::OthersOfTheName { processes: 2 }]));
    }
}
