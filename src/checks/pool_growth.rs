//! Growth of a pool between two restarts: its own, that of what is charged to processes, and what goes with processes that
//! begin and end.

use super::reason::{Reason, Runs, WouldChange};
use super::series::{PLAUSIBLE_BYTES, ValidSeries};
use crate::attribute::origin::{Holders, charged_total};
use crate::attribute::suspect::Suspect;
use crate::attribute::timing::{
    CorrelatedProcess, WhileRunning, correlated, restarted_process, successor, while_it_ran, with_released_added_back,
};
use crate::base::Pool;
use crate::case::Case;
use crate::detect::load::Explained;
use crate::detect::{Assessed, Assessment, GROWTH_THAT_MATTERS, Points, Trend, assess, sawtooth};
use crate::machine::Process;
use crate::model::{Origin, Verdict};
use crate::stats::median;

/// Confidence in a leak whose process is restarted, which is no leak of the pool as a whole.
const RESTARTED: f64 = 0.9;
/// … and at most in one that only what is charged to processes shows.
const CHARGED: f64 = 0.9;

/// How a pool moves between two restarts, with what processes have to do with it.
#[derive(Clone, Debug)]
pub struct PoolAssessment {
    /// How it moves.
    pub assessment: Assessment,
    /// What comes before the assessment's own evidence.
    pub reasons: Vec<Reason>,
    /// What would change the verdict, beside what the assessment says.
    pub would_change: Vec<WouldChange>,
    /// The process that the growth comes with.
    correlated: Option<CorrelatedProcess>,
    /// Name of the process that is restarted again and again, and the id that runs now.
    successor: Option<(String, Option<u32>)>,
}

impl From<Assessment> for PoolAssessment {
    fn from(assessment: Assessment) -> Self {
        Self { assessment, reasons: Vec::new(), would_change: Vec::new(), correlated: None, successor: None }
    }
}

impl PoolAssessment {
    /// With a reason that comes before its evidence.
    fn because(self, reason: Reason) -> Self {
        Self { reasons: vec![reason], ..self }
    }
}

impl Assessed for PoolAssessment {
    fn assessment(&self) -> &Assessment {
        &self.assessment
    }

    fn with_assessment(self, assessment: Assessment) -> Self {
        Self { reasons: self.reasons, would_change: self.would_change, ..Self::from(assessment) }
    }

    fn begins_within(&mut self) {
        self.assessment.begins_within();
    }
}

/// Judges one stretch between restarts: growth first, then what falls back with a process, or stops with one.
pub fn assess_pool(case: &Case<'_>, pool: Pool, points: Points<'_>) -> PoolAssessment {
    let whole = assess(points, case.context());
    if points.values.is_empty() {
        return whole.into();
    }
    // What stopped with a process may look like slow growth all along.
    if whole.trend.is_none_or(|trend| !trend.began_within)
        && let Some(leak) = stopped_with_a_process(case, points, &whole)
    {
        return leak;
    }
    if whole.verdict == Verdict::Leak {
        return whole.into();
    }
    let suspected = whole.verdict == Verdict::SuspectedLeak;
    let charged = || if suspected { None } else { charged_leak(case, pool, points) };
    if let Some(leak) = restarted_leak(case, pool, points).or_else(charged) {
        return leak;
    }
    let Some(teeth) = sawtooth(points) else { return whole.into() };
    of_teeth(case, pool, points, teeth, whole)
}

/// Growth that stopped when a process ended.
fn stopped_with_a_process(case: &Case<'_>, points: Points<'_>, whole: &Assessment) -> Option<PoolAssessment> {
    let rest = whole.explained.as_ref().map_or(points, Explained::rest);
    let found =
        while_it_ran(case.machine, points, case.step()).or_else(|| while_it_ran(case.machine, rest, case.step()))?;
    let WhileRunning { assessment, correlated, levels } = found;
    let runs = if correlated.runs.len() > 1 { Runs::Several } else { Runs::One };
    let sure = assessment.verdict == Verdict::Leak;
    let again = WouldChange::GrowthWhenItRunsAgain { process: correlated.name.clone() };
    let assessment = Assessment { explained: whole.explained.clone(), ..assessment };
    Some(PoolAssessment {
        would_change: if sure { Vec::new() } else { vec![again] },
        correlated: Some(correlated),
        ..PoolAssessment::from(assessment).because(Reason::GrewWhileItRan { levels, runs })
    })
}

/// A pool that rises and falls back at once: a leak where a process was started anew each time, else load.
fn of_teeth(case: &Case<'_>, pool: Pool, points: Points<'_>, teeth: Assessment, whole: Assessment) -> PoolAssessment {
    let values = points.values;
    let fall = values.iter().copied().fold(f64::MIN, f64::max) - values.iter().copied().fold(f64::MAX, f64::min);
    let held = |p: &Process| pool.charged(&p.series).iter().map(|(_, v)| v).fold(0.0, f64::max);
    if let Some((name, pid)) = restarted_process(case.machine, &teeth.resets, case.step(), held, fall) {
        let leak = Assessment { verdict: Verdict::Leak, confidence: RESTARTED, ..teeth };
        let because = Reason::RestartedAtEachFall { process: name.to_owned() };
        return PoolAssessment {
            successor: Some((name.to_owned(), pid)),
            ..PoolAssessment::from(leak).because(because)
        };
    }
    if whole.verdict == Verdict::SuspectedLeak {
        return whole.into();
    }
    if case.machine.processes.is_empty() || !case.machine.has_process_ids {
        return teeth.into();
    }
    PoolAssessment::from(whole).because(Reason::FallsWithoutRestart { falls: teeth.resets.len() })
}

/// A leak of processes that is lost in the movement of the whole pool, but not in what is charged to them.
fn charged_leak(case: &Case<'_>, pool: Pool, points: Points<'_>) -> Option<PoolAssessment> {
    let (begin, end) = (*points.hours.first()?, *points.hours.last()?);
    let charged = ValidSeries::of(case, charged_total(case.machine, pool)?, &PLAUSIBLE_BYTES, points.unit);
    let charged = charged.points().from(begin);
    let until = charged.hours.partition_point(|h| *h <= end);
    let charged = Points { hours: &charged.hours[..until], values: &charged.values[..until], ..charged };
    let mut leak = assess(charged, case.context());
    let trend = leak.trend.as_mut().filter(|_| leak.verdict == Verdict::Leak)?;
    let level = median(points.values);
    let growth = trend.levels.1 - trend.levels.0;
    if growth < GROWTH_THAT_MATTERS * level {
        return None;
    }
    // On the chart of the pool the line ends where the pool does.
    let now = points.end_level();
    trend.levels = (now - growth, now);
    leak.confidence = leak.confidence.min(CHARGED);
    Some(PoolAssessment::from(leak).because(Reason::ChargedRises { growth, share: growth / level }))
}

/// A leak whose process was ended and started anew: the pool follows it down, and without these falls rises on.
fn restarted_leak(case: &Case<'_>, pool: Pool, points: Points<'_>) -> Option<PoolAssessment> {
    let (name, ends, values) = with_released_added_back(case.machine, points, |p| pool.charged(&p.series))?;
    let leak = assess(Points { values: &values, ..points }, case.context());
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
    let because = Reason::ReleasedAddedBack { process: name.to_owned(), ends: ends.len() };
    let leak = Assessment {
        trend: Some(shown),
        resets: ends,
        gates: leak.gates,
        overall: leak.overall,
        ..Assessment::no_growth(Verdict::Leak, RESTARTED, leak.evidence)
    };
    let successor = Some((name.to_owned(), successor(case.machine, name)));
    Some(PoolAssessment { successor, ..PoolAssessment::from(leak).because(because) })
}

/// Joins what begins and ends of processes show with who holds the growth. The process that the growth comes with is
/// returned, where it holds none of it.
pub fn attribute_by_timing(
    case: &Case<'_>,
    assessed: &mut PoolAssessment,
    holders: &mut Holders,
    stretch: Points<'_>,
) -> Option<CorrelatedProcess> {
    let assessment = &mut assessed.assessment;
    if let Some((name, pid)) = &assessed.successor {
        // Whoever held the last rise may have ended; the next of that name goes on.
        holders.suspects.iter_mut().filter(|s| s.name == *name).for_each(|suspect| suspect.pid = *pid);
    } else if !assessment.resets.is_empty() {
        holders.suspects.iter_mut().for_each(|suspect| suspect.pid = None);
    }
    let mut found = assessed.correlated.take();
    if found.is_none() && matches!(holders.origin, Origin::Kernel | Origin::Both) {
        let rest = assessment.explained.as_ref().map_or(stretch, Explained::rest);
        found = assessment.trend.and_then(|trend| correlated(case.machine, rest, &trend, case.step()));
        // The start of the process is known better than the begin of the growth.
        if let (Some(found), Some(trend)) = (&found, &mut assessment.trend)
            && let [(from, _)] = found.runs[..]
        {
            trend.hours.0 = from.max(stretch.hours.first().copied().unwrap_or(from));
        }
    }
    let holds = |name: &str| holders.suspects.iter().any(|s| s.name == *name);
    let found = found.filter(|t| holders.origin != Origin::User && !holds(&t.name))?;
    holders.suspects.push(Suspect::correlated(&found.name, found.pid, found.share, found.rate));
    Some(found)
}
