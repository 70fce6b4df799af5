//! Assesses each boot of the machine separately, because a restart releases all memory.

use crate::detect::assessment::{Assessment, Evidence, Trend};
use crate::detect::gate::{GateKind, Passed};
use crate::detect::points::{MIN_SAMPLES, Points};
use crate::model::Verdict;

/// A leak continues after a restart if it has this share of its earlier rate.
const GOES_ON: f64 = 0.4;
/// Confidence in a leak that continues.
const LIKE_BEFORE: f64 = 0.7;
/// Confidence in a leak that was proven before a restart and is suspected since.
const PROVEN_BEFORE: f64 = 0.9;
/// The last boot is used unless an earlier one that leaked is this many times as long.
const FAR_LONGER: f64 = 2.0;

/// An assessment with additional facts of the caller.
pub trait Assessed {
    fn assessment(&self) -> &Assessment;
    /// Replaces the assessment.
    #[must_use]
    fn with_assessment(self, assessment: Assessment) -> Self;
    /// Records that the growth started within the log.
    fn begins_within(&mut self);
}

impl Assessed for Assessment {
    fn assessment(&self) -> &Assessment {
        self
    }

    fn with_assessment(self, assessment: Assessment) -> Self {
        assessment
    }

    fn begins_within(&mut self) {
        Assessment::begins_within(self);
    }
}

/// The assessment of the boot that is used.
#[derive(Clone, Debug)]
pub struct BetweenBoots<'a, A, Boot> {
    pub assessed: A,
    /// The samples of that boot.
    pub stretch: Points<'a>,
    /// The restart that ended that boot and released the memory, if the leak is in an earlier boot.
    pub ended_with: Option<Boot>,
    /// Summary of all boots, if the machine restarted.
    pub others: Option<RestartSummary>,
}

/// Results of all boots.
#[derive(Clone, Debug, PartialEq)]
pub struct RestartSummary {
    /// Number of restarts.
    pub restarts: usize,
    /// Growth rates of the boots that grew, in order of time, per hour.
    pub rates: Vec<f64>,
}

/// One boot and its assessment, if it has enough samples.
struct Stretch<'a, A> {
    points: Points<'a>,
    assessed: Option<A>,
}

impl<A: Assessed> Stretch<'_, A> {
    fn assessment(&self) -> Option<&Assessment> {
        self.assessed.as_ref().map(Assessed::assessment)
    }

    fn leaks(&self) -> bool {
        self.assessment().is_some_and(Assessment::leaks)
    }
}

/// Assesses each boot separately. `boots` are the restarts and their hours, in order of time. Use the last boot that is
/// long enough, unless it covers less than half the time of the last boot that leaked.
pub fn assess_between_boots<'a, A: Assessed, Boot: Copy>(
    boots: &[(f64, Boot)],
    points: Points<'a>,
    assess: impl Fn(Points<'_>) -> A,
) -> BetweenBoots<'a, A, Boot> {
    let ends: Vec<f64> = boots.iter().map(|(hour, _)| *hour).collect();
    let mut stretches = stretches(&ends, points, &assess);
    let last_that_leaks = stretches.iter().rposition(Stretch::leaks);
    let summary = (!boots.is_empty()).then(|| summary(&stretches));
    let at = the_one_that_counts(&stretches, last_that_leaks);
    let goes_on = at.and_then(|now| {
        let then = stretches[..now].iter().rposition(Stretch::leaks)?;
        goes_on(&stretches, then, now)
    });
    let counts = at.and_then(|at| Some((at, stretches[at].points, stretches[at].assessed.take()?)));
    let Some((at, stretch, mut assessed)) = counts else {
        let assessed = if boots.is_empty() { assess(points) } else { restarts_too_often(boots.len(), points, assess) };
        return BetweenBoots { assessed, stretch: points, ended_with: None, others: None };
    };
    if let Some(assessment) = goes_on {
        let assessed = assessed.with_assessment(assessment);
        return BetweenBoots { assessed, stretch, ended_with: boots.get(at).map(|(_, boot)| *boot), others: summary };
    }
    // Growth that starts at a restart started within the log.
    if at > 0 {
        assessed.begins_within();
    }
    // No restart ended the last boot.
    BetweenBoots { assessed, stretch, ended_with: boots.get(at).map(|(_, boot)| *boot), others: summary }
}

fn stretches<'a, A>(ends: &[f64], points: Points<'a>, assess: impl Fn(Points<'_>) -> A) -> Vec<Stretch<'a, A>> {
    let mut rest = points;
    let mut next = |end: f64| {
        let points = rest.before(end);
        rest = rest.from(end);
        let assessed = (points.values.len() >= MIN_SAMPLES).then(|| assess(points));
        Stretch { points, assessed }
    };
    ends.iter().copied().chain([f64::INFINITY]).map(&mut next).collect()
}

fn the_one_that_counts<A>(stretches: &[Stretch<'_, A>], last_that_leaks: Option<usize>) -> Option<usize> {
    let last = stretches.iter().rposition(|stretch| stretch.assessed.is_some())?;
    let covered = |at: usize| stretches[at].points.covered();
    match last_that_leaks {
        Some(then) if FAR_LONGER * covered(last) < covered(then) => Some(then),
        _ => Some(last),
    }
}

fn restarts_too_often<A: Assessed>(restarts: usize, points: Points<'_>, assess: impl Fn(Points<'_>) -> A) -> A {
    let assessed = assess(points.before(f64::MIN));
    let mut assessment = assessed.assessment().clone();
    let why = Evidence::RestartsTooOften { restarts };
    match assessment.evidence.first_mut() {
        Some(too_few) => *too_few = why,
        None => assessment.evidence.push(why),
    }
    assessed.with_assessment(assessment)
}

fn summary<A: Assessed>(stretches: &[Stretch<'_, A>]) -> RestartSummary {
    let leaking = stretches.iter().filter(|stretch| stretch.leaks());
    let rates = leaking.filter_map(|stretch| Some(stretch.assessment()?.trend?.slope)).collect();
    RestartSummary { restarts: stretches.len() - 1, rates }
}

/// A boot that does not prove a leak but rises about as fast as an earlier one that did has the same leak. It is
/// certain if the earlier one was and the later one is suspected, and suspected if the later one only rises.
fn goes_on<A: Assessed>(stretches: &[Stretch<'_, A>], then: usize, now: usize) -> Option<Assessment> {
    let earlier = stretches[then].assessment()?;
    let before = earlier.trend?;
    let assessment = stretches[now].assessment()?;
    let points = stretches[now].points;
    let (slope, ci95) = assessment.overall?;
    // The checks of a suspected leak have passed; those of load include the trend.
    let rises = assessment.gates.iter().any(|gate| gate.kind == GateKind::Trend && gate.passed == Passed::Yes);
    if assessment.verdict == Verdict::Leak || slope < GOES_ON * before.slope || !rises {
        return None;
    }
    if let Some(trend) = assessment.trend.filter(|_| assessment.verdict == Verdict::SuspectedLeak) {
        if earlier.verdict != Verdict::Leak || slope * GOES_ON > before.slope {
            return None;
        }
        let evidence = std::iter::once(Evidence::LikeBeforeTheRestart).chain(assessment.evidence.iter().cloned());
        let trend = Trend { began_within: true, ..trend };
        let leak = Assessment::growing(Verdict::Leak, PROVEN_BEFORE, evidence.collect(), trend);
        return Some(Assessment { gates: assessment.gates.clone(), ..leak });
    }
    let first = *points.values.first()?;
    let trend = Trend {
        slope,
        ci95,
        accelerated: None,
        hours: (*points.hours.first()?, *points.hours.last()?),
        levels: (first, first + slope * points.span()),
        began_within: true,
    };
    let mut evidence = vec![Evidence::LikeBeforeTheRestart];
    evidence.extend(assessment.standalone_evidence());
    Some(Assessment::growing(Verdict::SuspectedLeak, LIKE_BEFORE, evidence, trend))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::units::MB;
    use crate::detect::{Context, assess};
    use crate::model::Unit;

    /// Start of the boot that is used, its assessment, the restart that ended it, and the number of rates.
    type Found = (f64, Assessment, Option<usize>, Option<usize>);

    /// Four days with a sample every five minutes, with restarts at these hours.
    fn assessed(restarts: &[f64], level: impl Fn(f64) -> f64) -> Found {
        let hours: Vec<f64> = (0..=1152).map(|i| f64::from(i) / 12.0).collect();
        let values: Vec<f64> = hours.iter().map(|t| (level(*t) + (t * 7.0).sin()) * MB).collect();
        let boots: Vec<(f64, usize)> = restarts.iter().copied().zip(1..).collect();
        let points = Points { hours: &hours, values: &values, unit: Unit::Bytes };
        let found = assess_between_boots(&boots, points, |stretch| assess(stretch, Context::default()));
        (found.stretch.hours[0], found.assessed, found.ended_with, found.others.map(|all| all.rates.len()))
    }

    #[test]
    fn the_last_boot_counts_unless_it_is_short() {
        let (begin, leak, ended_with, rates) = assessed(&[48.0], |t| 200.0 + 2.0 * (t % 48.0));
        assert_eq!((begin, leak.verdict, ended_with, rates), (48.0, Verdict::Leak, None, Some(2)));
        assert!(leak.trend.is_some_and(|trend| trend.began_within));
        let (begin, leak, ended_with, rates) = assessed(&[90.0], |t| if t < 90.0 { 200.0 + 2.0 * t } else { 200.0 });
        assert_eq!((begin, leak.verdict, ended_with, rates), (0.0, Verdict::Leak, Some(1), Some(1)));
        let (begin, stable, ended_with, rates) = assessed(&[40.0], |t| if t < 40.0 { 200.0 + 2.0 * t } else { 200.0 });
        assert_eq!((begin, stable.verdict, ended_with, rates), (40.0, Verdict::Stable, None, Some(1)));
        let (begin, whole, ended_with, rates) = assessed(&[], |t| 200.0 + 2.0 * t);
        assert_eq!((begin, whole.verdict, ended_with, rates), (0.0, Verdict::Leak, None, None));
    }

    #[test]
    fn a_boot_that_rises_as_before_is_suspected() {
        // After the restart, load that is still high hides the rise.
        let day = |t: f64| 60.0 * (1.0 - ((t % 24.0 - 13.0) / 6.0).powi(2)).max(0.0);
        let (begin, found, ..) =
            assessed(&[48.0], |t| if t < 48.0 { 200.0 + 2.0 * t } else { 200.0 + 2.0 * (t - 48.0) + day(t) });
        assert_eq!((begin, found.verdict), (48.0, Verdict::SuspectedLeak), "{found:?}");
        assert_eq!(found.evidence[0], Evidence::LikeBeforeTheRestart);
        assert!(found.gates.is_empty() && found.evidence.iter().all(|e| !matches!(e, Evidence::Gate(_))));
    }

    #[test]
    fn restarts_every_hour_leave_nothing_to_assess() {
        let restarts: Vec<f64> = (1..96).map(f64::from).collect();
        let (_, found, ended_with, rates) = assessed(&restarts, |_| 200.0);
        assert_eq!((found.verdict, ended_with, rates), (Verdict::InsufficientData, None, None));
        assert_eq!(found.evidence[0], Evidence::RestartsTooOften { restarts: 95 });
    }
}
