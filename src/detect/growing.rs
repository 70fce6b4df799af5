//! A stretch that grows: where growth began, how fast it is, and how sure that it is a leak.

use crate::detect::assessment::{Assessment, AssessmentChange, Evidence, Trend, Wanted, needs};
use crate::detect::gate::{GateKind, GateResult, Passed};
use crate::detect::gates::{Examined, ONE_DAY_HOURS, long_enough, not_load};
use crate::detect::load::Explained;
use crate::detect::marks::onset;
use crate::detect::points::{MIN_SAMPLES, Points};
use crate::detect::segment::SegmentStats;
use crate::model::Verdict;

/// A stretch in which growth is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The whole series.
    pub points: Points<'a>,
    /// Where the stretch began, if it is not the whole log, hours.
    pub tail: Option<f64>,
    /// What load explains of the series; `None` where load was removed from it.
    pub explained: Option<&'a Explained>,
    /// When programs started that still ran at the end, hours.
    pub starts: &'a [f64],
}

/// Growth is measured from its begin when so many samples follow: the stretch around it has passed the checks by itself, so
/// half of what those need gives a rate.
const FEWEST_SINCE: usize = MIN_SAMPLES / 2;

/// A leak, or what looks like one; `None` when a check fails.
#[must_use]
pub fn growing(candidate: Candidate<'_>, found: Examined) -> Option<Assessment> {
    if found.passed() == Passed::No {
        return None;
    }
    let Candidate { points, tail, explained, starts } = candidate;
    // The rate is measured from where growth began, and there the checks must pass as well.
    let search = tail.map_or(points, |begin| points.from(begin - found.stats.span()));
    let began = onset(search).filter(|at| points.from(*at).values.len() >= FEWEST_SINCE);
    let since = began.and_then(|at| Examined::of(points.from(at)));
    let examined = since.map(|since| kept_from(&found, since, explained)).unwrap_or(found).with_starts(starts);
    if examined.passed() == Passed::No {
        return None;
    }
    let enough = long_enough(points, &examined.stats);
    let Examined { stats, gates } = examined.with([enough]);
    let verdict = if any_doubt(&gates) { Verdict::SuspectedLeak } else { Verdict::Leak };
    // Growth can begin between two samples.
    let begin = began.filter(|at| (points.hours[0]..stats.hours.1).contains(at)).unwrap_or(stats.hours.0);
    let trend = Trend {
        slope: stats.slope,
        late: stats.late,
        ci95: stats.ci95,
        hours: (begin, stats.hours.1),
        levels: (stats.levels.0 - stats.slope * (stats.hours.0 - begin), stats.levels.1),
        began_within: began.is_some() || tail.is_some(),
    };
    let mut would_change = needs(&gates, Passed::Doubtful, Wanted::SureLeak);
    if verdict == Verdict::Leak && points.from(stats.hours.0).covered() < ONE_DAY_HOURS {
        would_change.push(AssessmentChange::NoLeakIfItLevelsOff);
    }
    let confidence = confidence(&stats, &gates, tail);
    let assessment = Assessment::growing(verdict, confidence, evidence(&gates), trend);
    Some(Assessment { gates, would_change, ..assessment })
}

/// The stretch since growth began, with the answers of the stretch before that still apply.
fn kept_from(found: &Examined, since: Examined, explained: Option<&Explained>) -> Examined {
    let by_load = explained.and_then(|e| not_load(&since.stats, e));
    let keep = |gate: &&GateResult| match gate.kind {
        GateKind::NewTerritory | GateKind::HigherEachDay | GateKind::RisesAsRecorded | GateKind::LoadIsSteady => true,
        GateKind::NotLoad => by_load.is_none(),
        _ => false,
    };
    let kept: Vec<GateResult> = found.gates.iter().filter(keep).cloned().collect();
    since.with(kept).with(by_load)
}

fn any_doubt(gates: &[GateResult]) -> bool {
    gates.iter().any(|g| g.passed == Passed::Doubtful)
}

/// The checks as evidence, those in doubt first.
fn evidence(gates: &[GateResult]) -> Vec<Evidence> {
    let with = |passed| gates.iter().filter(move |g| g.passed == passed).map(|g| Evidence::Gate(g.kind));
    with(Passed::Doubtful).chain(with(Passed::Yes)).collect()
}

// Confidence is how often such a finding is right, as the accuracy table counts it over 6,000 machines: about 0.9 for a
// leak that just passes all checks, up to 0.99 for one far beyond them. It is the sum of the following, and each doubt
// reduces it.

/// Confidence in a leak that just passes all checks.
const JUST_PASSED: f64 = 0.88;
/// What a strong trend adds.
const BY_SCORE: f64 = 0.03;
/// The score of Mann-Kendall from which a trend is strong.
const STRONG_SCORE: f64 = 10.0;
/// What growth without noise adds.
const BY_CLARITY: f64 = 0.05;
/// Growth that is so many times the noise adds half of that.
const CLEAR_GROWTH: f64 = 6.0;
/// What a straight line adds.
const BY_STRAIGHTNESS: f64 = 0.03;
/// What growth at the end of a log alone subtracts.
const LATE: f64 = 0.02;
/// Real machines do things that no simulation does, so confidence stays within these.
const CONFIDENCE: (f64, f64) = (0.05, 0.99);

/// `tail` is where the end of the log began that growth was found in, if it was not found in the whole.
fn confidence(stats: &SegmentStats, gates: &[GateResult], tail: Option<f64>) -> f64 {
    let strength = (stats.z / STRONG_SCORE).clamp(0.0, 1.0);
    let clarity = stats.growth() / (stats.growth() + CLEAR_GROWTH * stats.noise.max(1.0));
    let straight = stats.straight.clamp(0.0, 1.0);
    let late = tail.map_or(0.0, |_| LATE);
    let sure = JUST_PASSED + BY_SCORE * strength + BY_CLARITY * clarity + BY_STRAIGHTNESS * straight - late;
    let doubts = gates.iter().filter(|g| g.passed == Passed::Doubtful);
    doubts.fold(sure, |all, gate| all * gate.kind.confidence_in_doubt()).clamp(CONFIDENCE.0, CONFIDENCE.1)
}
