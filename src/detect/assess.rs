//! Leak or load: the assessment of one series.
//!
//! The trend of low-water marks is tested (Mann-Kendall with the correction of Hamed and Rao), measured (Sen's slope)
//! and must pass the checks for a leak. A leak that starts late may show only near the end, so shorter and shorter ends
//! are searched too.

use crate::detect::assessment::{Assessment, Context, Evidence};
use crate::detect::gate::{GateKind, Passed};
use crate::detect::gates::Examined;
use crate::detect::load::explain;
use crate::detect::no_growth::{not_grown, too_little, unless_too_short};
use crate::detect::points::{MIN_SAMPLES, OUTLIERS, Points, range};
use crate::detect::search::search;
use crate::detect::segment::SegmentStats;
use crate::model::Verdict;
use crate::stats::quantile;

/// Confidence if all values are equal: no leak, but the counter may not work.
const CONSTANT: f64 = 0.95;

/// Shares of the log after which a leak may have been certain already.
const EARLIER: [f64; 6] = [0.95, 0.9, 0.8, 0.7, 0.6, 0.5];
/// Confidence in a leak that was certain earlier and is in doubt now.
const CERTAIN_BEFORE: f64 = 0.88;
/// Doubts that come and go as a log grows. The others are news: growth slows down, or load rises.
const PASSING: [GateKind; 5] =
    [GateKind::RandomDrift, GateKind::Size, GateKind::NotOneStep, GateKind::LongEnough, GateKind::RisesByHour];

/// Assesses a series. Evidence is remembered: growth that was certain after a part of the log, and has not come down
/// since, stays certain when one check gets into doubt.
#[must_use]
pub fn assess(points: Points<'_>, context: Context<'_>) -> Assessment {
    let now = assess_alone(points, context);
    let doubts =
        |a: &Assessment| a.gates.iter().filter(|g| g.passed == Passed::Doubtful).all(|g| PASSING.contains(&g.kind));
    if now.verdict != Verdict::SuspectedLeak || !doubts(&now) {
        return now;
    }
    let Some(begin) = points.hours.first() else { return now };
    let certain = EARLIER.iter().find_map(|share| {
        let earlier = points.before(begin + share * points.span());
        let since = points.from(begin + share * points.span());
        let (low, _) = range(since.values, OUTLIERS);
        let was = SegmentStats::of(earlier).map_or(f64::MAX, |stats| stats.levels.1 - stats.noise);
        let stays = earlier.values.len() >= MIN_SAMPLES && low >= was;
        let is_leak = || assess_alone(earlier, context).verdict == Verdict::Leak;
        (stays && is_leak()).then(|| begin + share * points.span())
    });
    let Some(hour) = certain else { return now };
    let evidence = std::iter::once(Evidence::CertainAfter { hour }).chain(now.evidence);
    let (evidence, would_change) = (evidence.collect(), Vec::new());
    Assessment { verdict: Verdict::Leak, confidence: CERTAIN_BEFORE, evidence, would_change, ..now }
}

/// Assesses a series by itself, whatever its parts show.
fn assess_alone(points: Points<'_>, context: Context<'_>) -> Assessment {
    if points.values.len() < MIN_SAMPLES || points.span() <= 0.0 {
        return too_little(points, context.interval);
    }
    let (low, high) = (quantile(points.values, 0.0), quantile(points.values, 1.0));
    if low >= high {
        return constant(points, high);
    }
    let Some(whole) = Examined::of(points) else { return too_little(points, context.interval) };
    let explained = explain(points, context.loads);
    let load = explained.as_ref();
    let assessment = search(points, &whole, context, load)
        .unwrap_or_else(|| unless_too_short(points, not_grown(points, &whole, load)));
    Assessment { explained, ..assessment }
}

fn constant(points: Points<'_>, value: f64) -> Assessment {
    if value == 0.0 {
        return Assessment::no_growth(Verdict::InsufficientData, 1.0, vec![Evidence::DeadCounter]);
    }
    let stable = Assessment::no_growth(Verdict::Stable, CONSTANT, vec![Evidence::Constant { value }]);
    unless_too_short(points, Assessment { overall: Some((0.0, (0.0, 0.0))), ..stable })
}
