//! A segment that grows: when growth started, its rate, and the confidence in a leak.

use crate::detect::assessment::{Assessment, AssessmentChange, Evidence, Trend, Wanted, needs};
use crate::detect::gate::{GateKind, GateResult, Need, Passed};
use crate::detect::gates::{
    Examined, ONE_DAY_HOURS, TWO_NIGHTS_HOURS, also_earlier, also_later, long_enough, not_load,
};
use crate::detect::load::Explained;
use crate::detect::marks::onset;
use crate::detect::points::{MIN_SAMPLES, Points};
use crate::detect::segment::SegmentStats;
use crate::model::Verdict;
use crate::stats::{SIGMAS95, median};

/// A segment to search for growth.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    pub points: Points<'a>,
    /// Start of the segment, hours; `None` for the whole log.
    pub tail: Option<f64>,
    /// What load explains of the series; `None` if load was removed from it.
    pub explained: Option<&'a Explained>,
    /// Start times of programs that still ran at the end, hours.
    pub starts: &'a [f64],
}

/// Growth is measured from its start if at least this many samples follow: the segment around it passed the checks, so
/// half of their minimum is enough for a rate.
const FEWEST_SINCE: usize = MIN_SAMPLES / 2;

/// A leak is suspected with one check in doubt. With two, nine of ten such pools are healthy (1,200 logs of the
/// simulator; it costs one leak of a hundred that add a tenth to a third of their pool).
const MOST_DOUBTS: usize = 1;

/// A leak or suspected leak; `None` if a check fails, or too many are in doubt.
#[must_use]
pub fn growing(candidate: Candidate<'_>, found: Examined) -> Option<Assessment> {
    if found.passed() == Passed::No {
        return None;
    }
    let Candidate { points, tail, explained, starts } = candidate;
    // Measure the rate from the start of growth; the checks must pass there too.
    let search = tail.map_or(points, |begin| points.from(begin - found.stats.span()));
    let began = onset(search).filter(|at| points.from(*at).values.len() >= FEWEST_SINCE);
    let since = began.and_then(|at| Examined::of(points.from(at)));
    let examined = since.map(|since| kept_from(&found, since, explained)).unwrap_or(found).with_starts(starts);
    if examined.passed() == Passed::No {
        return None;
    }
    let enough = long_enough(points, &examined.stats);
    let earlier = also_earlier(points, &examined.stats);
    let later = if began.is_none() && tail.is_none() { also_later(points, &examined.stats) } else { None };
    let examined = examined.with([enough]).with(earlier).with(later);
    let doubts = examined.gates.iter().filter(|g| g.passed == Passed::Doubtful).count();
    if examined.passed() == Passed::No || doubts > MOST_DOUBTS {
        return None;
    }
    let Examined { stats, gates } = examined;
    let verdict = if any_doubt(&gates) { Verdict::SuspectedLeak } else { Verdict::Leak };
    // Growth can start between two samples.
    let begin = began.filter(|at| (points.hours[0]..stats.hours.1).contains(at)).unwrap_or(stats.hours.0);
    let accelerated = stats
        .accelerated()
        .map(|(rate, interval)| (rate, with_load_of_a_day(points, stats.span() / 2.0, rate, interval)));
    let accelerated = accelerated.filter(|(_, interval)| interval.0 > stats.slope);
    let trend = Trend {
        slope: stats.slope,
        accelerated,
        ci95: with_load_of_a_day(points, stats.span(), stats.slope, stats.ci95),
        hours: (begin, stats.hours.1),
        levels: (stats.levels.0 - stats.slope * (stats.hours.0 - begin), stats.levels.1),
        began_within: began.is_some() || tail.is_some(),
    };
    let seen = points.from(stats.hours.0).covered();
    let until = AssessmentChange::GoesOnUntil { hour: stats.hours.1 + TWO_NIGHTS_HOURS - seen };
    let mut would_change = needs(&gates, Passed::Doubtful, Wanted::SureLeak);
    let is_night = |change: &&mut AssessmentChange| matches!(change, AssessmentChange::Needs { need: Need::Night, .. });
    would_change.iter_mut().filter(is_night).for_each(|change| *change = until.clone());
    if verdict == Verdict::Leak && seen < TWO_NIGHTS_HOURS {
        would_change.push(AssessmentChange::NoLeakIfItLevelsOff);
    }
    let confidence = confidence(&stats, &gates, tail);
    let assessment = Assessment::growing(verdict, confidence, evidence(&gates), trend);
    Some(Assessment { gates, would_change, ..assessment })
}

/// How much of a pool's level the load of a day is, one standard deviation: an assumption that makes the intervals of
/// logs under 20 hours hold in the accuracy table, whose loads add 3 to 30 %.
const LOAD_OF_A_DAY: f64 = 0.06;
/// Load takes this long from its low to its high, hours: it changes less in a shorter time.
const LOAD_RISES_IN: f64 = 6.0;

/// The interval of a rate over some hours. In less than a day, load cannot be told from a trend, so the interval
/// includes what load can do.
fn with_load_of_a_day(points: Points<'_>, hours: f64, rate: f64, interval: (f64, f64)) -> (f64, f64) {
    if hours >= ONE_DAY_HOURS || hours <= 0.0 {
        return interval;
    }
    let part = (hours / LOAD_RISES_IN).min(1.0);
    let load = SIGMAS95 * LOAD_OF_A_DAY * part * median(points.values).abs() / hours;
    (rate - (rate - interval.0).hypot(load), rate + (interval.1 - rate).hypot(load))
}

/// The segment since growth started, with the answers of the earlier segment that still apply.
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

// Confidence is how often such a finding is right, as counted in the accuracy table over 6,000 machines: about 0.9 for
// a leak that just passes all checks, up to 0.99 for one far beyond them. The following terms are added, and each doubt
// reduces the sum.

/// Confidence in a leak that just passes all checks.
const JUST_PASSED: f64 = 0.88;
/// Added for a strong trend.
const BY_SCORE: f64 = 0.03;
/// The score of Mann-Kendall of a strong trend.
const STRONG_SCORE: f64 = 10.0;
/// Added for growth without noise.
const BY_CLARITY: f64 = 0.05;
/// Growth of this many times the noise adds half of that.
const CLEAR_GROWTH: f64 = 6.0;
/// Added for a straight line.
const BY_STRAIGHTNESS: f64 = 0.03;
/// Subtracted if only the end of a log grows.
const LATE: f64 = 0.02;
/// Range of confidence: real machines do things that no simulation does.
const CONFIDENCE: (f64, f64) = (0.05, 0.99);

/// `tail` is the start of the end of the log in which growth was found; `None` for the whole log.
fn confidence(stats: &SegmentStats, gates: &[GateResult], tail: Option<f64>) -> f64 {
    let strength = (stats.z / STRONG_SCORE).clamp(0.0, 1.0);
    let clarity = stats.growth() / (stats.growth() + CLEAR_GROWTH * stats.noise.max(1.0));
    let straight = stats.straight.clamp(0.0, 1.0);
    let late = tail.map_or(0.0, |_| LATE);
    let sure = JUST_PASSED + BY_SCORE * strength + BY_CLARITY * clarity + BY_STRAIGHTNESS * straight - late;
    let doubts = gates.iter().filter(|g| g.passed == Passed::Doubtful);
    doubts.fold(sure, |all, gate| all * gate.kind.confidence_in_doubt()).clamp(CONFIDENCE.0, CONFIDENCE.1)
}
