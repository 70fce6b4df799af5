//! Growth of a pool between two restarts: of the pool, of the memory charged to processes, and growth related to
//! processes that start and end.

use super::reason::{Reason, Runs, WouldChange};
use super::series::{PLAUSIBLE_BYTES, ValidSeries};
use crate::attribute::origin::{Holders, charged_total, gained_total, rate};
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

/// Confidence in a leak whose process restarts: the pool as a whole does not leak.
const RESTARTED: f64 = 0.9;
/// Maximum confidence in a leak that only the memory charged to processes shows.
const CHARGED: f64 = 0.9;

/// How a pool moves between two restarts, and how processes relate to it.
#[derive(Clone, Debug)]
pub struct PoolAssessment {
    pub assessment: Assessment,
    /// Reasons that precede the assessment's evidence.
    pub reasons: Vec<Reason>,
    /// What would change the verdict, in addition to the assessment.
    pub would_change: Vec<WouldChange>,
    /// The process that runs when the pool grows.
    correlated: Option<CorrelatedProcess>,
    /// Name of the process that restarts repeatedly, and the id that runs now.
    successor: Option<(String, Option<u32>)>,
}

impl From<Assessment> for PoolAssessment {
    fn from(assessment: Assessment) -> Self {
        Self { assessment, reasons: Vec::new(), would_change: Vec::new(), correlated: None, successor: None }
    }
}

impl PoolAssessment {
    /// Adds a reason before the evidence.
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

/// Judges the time between two restarts: first growth, then falls with a process, or growth that stops with one.
pub fn assess_pool(case: &Case<'_>, pool: Pool, points: Points<'_>) -> PoolAssessment {
    let whole = assess(points, case.context());
    if points.values.is_empty() {
        return whole.into();
    }
    // Growth that stopped with a process may look like slow growth throughout.
    if whole.trend.is_none_or(|trend| !trend.began_within)
        && let Some(leak) = stopped_with_a_process(case, points, &whole)
    {
        return leak;
    }
    if whole.verdict == Verdict::Leak {
        return whole.into();
    }
    let charged = || charged_leak(case, pool, points);
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

/// A pool that rises and falls sharply: a leak if a process restarted each time, otherwise load.
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

/// A leak in processes that the movement of the whole pool hides, but not the memory charged to them.
fn charged_leak(case: &Case<'_>, pool: Pool, points: Points<'_>) -> Option<PoolAssessment> {
    let (begin, end) = (*points.hours.first()?, *points.hours.last()?);
    let charged = ValidSeries::of(case, charged_total(case.machine, pool)?, &PLAUSIBLE_BYTES, points.unit);
    let charged = charged.points().from(begin);
    let until = charged.hours.partition_point(|h| *h <= end);
    let charged = Points { hours: &charged.hours[..until], values: &charged.values[..until], ..charged };
    let mut leak = assess(charged, case.context());
    let trend = leak.trend.as_mut().filter(|_| leak.verdict == Verdict::Leak)?;
    if !gained_within_lives(case, pool, trend) {
        return None;
    }
    let level = median(points.values);
    let growth = trend.levels.1 - trend.levels.0;
    if growth < GROWTH_THAT_MATTERS * level {
        return None;
    }
    // On the chart, the line ends at the current level of the pool.
    let now = points.end_level();
    trend.levels = (now - growth, now);
    leak.confidence = leak.confidence.min(CHARGED);
    Some(PoolAssessment::from(leak).because(Reason::ChargedRises { growth, share: growth / level }))
}

/// Growth charged to processes is theirs if they gained this share of it within their own lives.
const WITHIN_LIVES: f64 = 0.5;

/// Whether processes gained the growth within their lives, as far as ids show. Otherwise it came with new processes.
fn gained_within_lives(case: &Case<'_>, pool: Pool, trend: &Trend) -> bool {
    let Some(gained) = gained_total(case.machine, pool) else { return true };
    let from = case.hours.partition_point(|h| *h < trend.hours.0);
    let to = case.hours.partition_point(|h| *h <= trend.hours.1);
    rate(&gained, &case.hours, (from, to)).is_some_and(|rate| rate >= WITHIN_LIVES * trend.slope)
}

/// A leak whose process restarts: the pool falls with it, and keeps rising if these falls are removed.
fn restarted_leak(case: &Case<'_>, pool: Pool, points: Points<'_>) -> Option<PoolAssessment> {
    let (name, ends, values) = with_released_added_back(case.machine, points, |p| pool.charged(&p.series))?;
    let leak = assess(Points { values: &values, ..points }, case.context());
    let trend = leak.trend.filter(|_| leak.verdict == Verdict::Leak)?;
    // Draw the last rise, and measure the current process on it.
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

/// Combines starts and ends of processes with what grew. Returns the process that runs during the growth, if none of
/// the growth is charged to it.
pub fn attribute_by_timing(
    case: &Case<'_>,
    assessed: &mut PoolAssessment,
    holders: &mut Holders,
    stretch: Points<'_>,
) -> Option<CorrelatedProcess> {
    let assessment = &mut assessed.assessment;
    if let Some((name, pid)) = &assessed.successor {
        // The process may have ended; its successor is named.
        holders.suspects.iter_mut().filter(|s| s.name == *name).for_each(|suspect| suspect.pid = *pid);
    } else if !assessment.resets.is_empty() {
        holders.suspects.iter_mut().for_each(|suspect| suspect.pid = None);
    }
    let mut found = assessed.correlated.take();
    if found.is_none() && matches!(holders.origin, Origin::Kernel | Origin::Both) {
        let rest = assessment.explained.as_ref().map_or(stretch, Explained::rest);
        found = assessment.trend.and_then(|trend| correlated(case.machine, rest, &trend, case.step()));
        // The start of the process is more precise than the start of the growth.
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
