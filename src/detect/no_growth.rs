//! No leak: the kind of movement, and what a log is too short for.

use crate::detect::assessment::{Assessment, Evidence, Wanted, needs};
use crate::detect::gate::{GateKind, GateResult, Measured, Passed};
use crate::detect::gates::Examined;
use crate::detect::load::Explained;
use crate::detect::marks::columns;
use crate::detect::points::{END_SAMPLES, OUTLIERS, Points, differences, range};
use crate::detect::segment::{SIGNIFICANT, SegmentStats};
use crate::model::{Collect, Verdict};
use crate::stats::{best_step, broken_line, line_sse, mad_sigma, median};

/// Growth of this share of the level per hour is urgent and needs a short sample interval.
const FAST: f64 = 0.05;
/// What to collect if growth is fast: enough to see a straight line that does not stop.
const FAST_COLLECT: Collect = Collect { hours: 2.0, interval_seconds: 15.0 };
/// What to collect otherwise: at least a night, better a week, at the interval of Microsoft's guidance and of the
/// PerfLog-Long collector.
const SLOW_COLLECT: Collect = Collect { hours: 24.0, interval_seconds: 300.0 };
/// Up to this many hours without growth exclude no leak: only one that exhausts a machine within hours would show.
const SHORTEST: f64 = 1.0 / 3.0;

/// Too few samples.
#[must_use]
pub fn too_little(points: Points<'_>, interval_hours: Option<f64>) -> Assessment {
    let (samples, span) = (points.values.len(), points.span());
    let few = Evidence::TooFewSamples { samples, span_hours: (span > 0.0).then_some(span) };
    let ends = points.values.first().zip(points.values.last());
    let rate = ends.filter(|_| span > 0.0).map_or(0.0, |(first, last)| (last - first) / span);
    let is_fast = rate > FAST * ends.map_or(f64::MAX, |(first, _)| first.abs().max(1.0));
    let (collect, advice) = if is_fast {
        (FAST_COLLECT, Evidence::FastSoFar { rate, collect: FAST_COLLECT })
    } else {
        let known = interval_hours.filter(|hours| *hours > 0.0);
        let interval_hours = known.unwrap_or(SLOW_COLLECT.interval_seconds / 3600.0);
        (SLOW_COLLECT, Evidence::FirstFigures { interval_hours, collect: SLOW_COLLECT })
    };
    let assessment = Assessment::no_growth(Verdict::InsufficientData, 1.0, vec![few, advice]);
    Assessment { collect: Some(collect), ..assessment }
}

/// An assessment without growth, unless the log is too short to decide.
#[must_use]
pub fn unless_too_short(points: Points<'_>, assessment: Assessment) -> Assessment {
    let span_hours = points.span();
    if span_hours >= SHORTEST {
        return assessment;
    }
    let short = Evidence::TooShort { span_hours, collect: SLOW_COLLECT };
    Assessment {
        verdict: Verdict::InsufficientData,
        confidence: 1.0,
        evidence: std::iter::once(short).chain(assessment.evidence).collect(),
        would_change: Vec::new(),
        collect: Some(SLOW_COLLECT),
        ..assessment
    }
}

/// A series with a larger range, as a share of its level, varies; others are stable.
const MOVES: f64 = 0.08;
/// A level that lost less than this share of its rise is still up.
const STILL_UP: f64 = 0.5;
/// Factor on the confidence in load that is up at the end: it may fall or not.
const ENDS_UP: f64 = 0.9;
/// Load that explains this share of the movement is named.
const NAMED: f64 = 0.5;
/// Confidence for a log of zero length: without a night it shows little about load, …
const CONFIDENCE: f64 = 0.80;
/// … plus this for a long log, …
const BY_TIME: f64 = 0.17;
/// … of this many hours: four days show nearly everything.
const LONG: f64 = 96.0;
/// A steady leak is detectable if it adds this many times the noise …
const DETECTABLE_NOISE: f64 = 3.0;
/// … and this share of the level.
const DETECTABLE_SHARE: f64 = 0.02;

/// A higher level counts as the level at the end if it lasted for half of this time, hours.
const END_HOURS: f64 = 1.0;

/// The range of a series, and its last level.
struct Range {
    /// Median.
    level: f64,
    /// 2nd percentile.
    low: f64,
    /// 98th percentile.
    high: f64,
    /// Level at the end of the log.
    end: f64,
}

impl Range {
    fn of(points: Points<'_>) -> Self {
        let (low, high) = range(points.values, OUTLIERS);
        // A level that was reached only at the end is no outlier: it may stay, unless it is a peak of some minutes.
        let until = points.hours.last().map_or(0.0, |end| end - END_HOURS);
        let last = points.from(until).values;
        let of_last = if last.len() < END_SAMPLES { f64::MAX } else { median(last) };
        let end = points.end_level().min(of_last);
        Self { level: median(points.values), low: low.min(end), high: high.max(end), end }
    }

    fn moves(&self) -> bool {
        self.high - self.low > MOVES * self.level.abs()
    }

    /// Fall from the highest level to the end, as a share of the range.
    fn lost(&self) -> f64 {
        if self.high > self.low { (self.high - self.end) / (self.high - self.low) } else { 1.0 }
    }
}

/// No leak: the assessment with the kind of movement.
#[must_use]
pub fn not_grown(points: Points<'_>, whole: &Examined, explained: Option<&Explained>) -> Assessment {
    let range = Range::of(points);
    let (verdict, reason) = kind(points, whole, &range);
    let is_load = verdict == Verdict::Load;
    let open_end = is_load && range.lost() < STILL_UP;
    let falls = is_load && whole.stats.z < -SIGNIFICANT && range.lost() > STILL_UP;
    let named = explained.filter(|e| e.by.share >= NAMED && is_load).map(|e| Evidence::LoadExplains(e.by.clone()));
    let evidence = [
        falls.then(|| Evidence::Falls { by: -whole.stats.growth() }),
        named,
        open_end.then_some(Evidence::EndsUp { end: range.end }),
        reason,
        if open_end { None } else { Some(movement(verdict, &range)) },
        whole.failed(GateKind::Trend).map(|g| Evidence::Gate(g.kind)),
        Some(detectable(points, &whole.stats, range.level)),
    ];
    let mut confidence = CONFIDENCE + BY_TIME * (points.covered() / LONG).min(1.0);
    if open_end {
        confidence *= ENDS_UP;
    }
    // A series that hardly changes leaves no question open.
    let would_change =
        if verdict == Verdict::Stable { Vec::new() } else { needs(&whole.gates, Passed::No, Wanted::Leak) };
    Assessment {
        overall: Some((whole.stats.slope, whole.stats.ci95)),
        open_end,
        gates: whole.gates.clone(),
        would_change,
        falls,
        ..Assessment::no_growth(verdict, confidence, evidence.into_iter().flatten().collect())
    }
}

/// The kind of movement, and the evidence.
fn kind(points: Points<'_>, whole: &Examined, range: &Range) -> (Verdict, Option<Evidence>) {
    if !range.moves() {
        return (Verdict::Stable, None);
    }
    let stays_up = whole.failed(GateKind::StayedUp).is_none();
    let is_step = |gate: &GateResult| match gate.measured {
        Measured::OneStep { hours_before_end, before, after } => is_jump(points, hours_before_end, (before, after)),
        Measured::TwoSteps { hours_before_end: (first, second), .. } => first - second >= A_WORKING_DAY,
        _ => true,
    };
    if stays_up && whole.failed(GateKind::NotOneStep).is_some_and(is_step) {
        return (Verdict::Step, Some(Evidence::Gate(GateKind::NotOneStep)));
    }
    if stays_up && whole.stats.z > 0.0 && whole.failed(GateKind::GoesOn).is_some() {
        return (Verdict::WarmUp, Some(Evidence::Gate(GateKind::GoesOn)));
    }
    let (verdict, evidence) = shape_without_trend(points, &whole.stats);
    (verdict, Some(evidence))
}

/// Two steps that are closer are the rise of one working day, hours.
const A_WORKING_DAY: f64 = 12.0;
/// During a jump, at most this share of the samples …
const JUMP_SHARE: f64 = 0.05;
/// … or this many are between the levels, …
const JUMP_SAMPLES: usize = 3;
/// … and a jump lasts for at least this many hours, or this share of a short log.
const JUMP_LASTS: (f64, f64) = (1.0, 0.25);
/// A sample is between two levels if it has between this and the other share of the step.
const BETWEEN: (f64, f64) = (0.25, 0.75);

/// Whether a step is a jump that lasts. The rise of a working day takes hours, and a peak ends soon.
fn is_jump(points: Points<'_>, hours_before_end: f64, (before, after): (f64, f64)) -> bool {
    let at = |share: f64| before + share * (after - before);
    let (low, high) = (at(BETWEEN.0).min(at(BETWEEN.1)), at(BETWEEN.0).max(at(BETWEEN.1)));
    let between = points.values.iter().filter(|v| (low..high).contains(*v)).count();
    let most = ((JUMP_SHARE * points.values.len() as f64) as usize).max(JUMP_SAMPLES);
    between <= most && hours_before_end >= JUMP_LASTS.0.min(JUMP_LASTS.1 * points.span())
}

/// The range of the movement.
fn movement(verdict: Verdict, range: &Range) -> Evidence {
    let (low, high) = (range.low, range.high);
    match verdict {
        Verdict::Stable => Evidence::StaysBetween { low, high, share: (high - low) / range.level.abs().max(1.0) },
        Verdict::Load => Evidence::ComesBackDown { low, high, share: range.lost() },
        _ => Evidence::MovesBetween { low, high },
    }
}

/// The slowest steady leak that would have been detected.
fn detectable(points: Points<'_>, whole: &SegmentStats, level: f64) -> Evidence {
    let growth = (DETECTABLE_NOISE * whole.noise).max(DETECTABLE_SHARE * level.abs());
    Evidence::DetectableFrom { rate: growth / points.span() }
}

/// A step explains the marks if it leaves less than this share of the squares of a line. Two levels fit noise no better
/// than 0.7.
const STEP_EXPLAINS: f64 = 0.2;
/// The same for a warm-up. A bend fits noise no better than 0.7.
const BEND_EXPLAINS: f64 = 0.3;
/// A step is this many times the difference of neighboring marks.
const STEP_OVER_SCATTER: f64 = 6.0;
/// Minimum number of marks on each level.
const MARKS_A_LEVEL: usize = 2;
/// After a warm-up the slope is less than this share of the slope during it.
const LEVEL_BEHIND: f64 = 0.1;

/// Movement without a steady rise: an early rise that stopped, a step near either end, or load.
fn shape_without_trend(points: Points<'_>, whole: &SegmentStats) -> (Verdict, Evidence) {
    let (times, values) = columns(&whole.marks);
    let scatter = mad_sigma(&differences(&values));
    let line = line_sse(&times, &values);
    if let Some(step) = best_step(&values)
        && step.sse < STEP_EXPLAINS * line
        && (step.after - step.before) > STEP_OVER_SCATTER * scatter
        && (MARKS_A_LEVEL..values.len() - 1).contains(&step.at)
        && is_jump(points, whole.hours.1 - times[step.at], (step.before, step.after))
    {
        return (Verdict::Step, Evidence::OneStep { before: step.before, after: step.after });
    }
    if let Some(bent) = broken_line(&times, &values)
        && bent.sse < BEND_EXPLAINS * line
        && bent.before > 0.0
        && bent.after.abs() < LEVEL_BEHIND * bent.before
    {
        return (Verdict::WarmUp, Evidence::LevelledOff { hours: bent.at - points.hours[0], level: bent.value });
    }
    (Verdict::Load, Evidence::NoLastingRise)
}
