//! No leak: which kind of innocence it is, and what a log is too short for.

use crate::base::units;
use crate::detect::assess::{Judgement, needs};
use crate::detect::gates::{GateKind, Passed};
use crate::detect::load::Explained;
use crate::detect::segment::{END_SAMPLES, MIN_SAMPLES, Points, Window};
use crate::model::{Collect, Verdict};
use crate::stats::{best_step, broken_line, deviation, line_sse, median, quantile};

/// A series that uses more than this share of its level moves; one that uses less is stable.
const MOVES: f64 = 0.08;
/// A level that has given back less than this share of what it rose is still up.
const STILL_UP: f64 = 0.5;
/// What load that is up at the end takes from confidence: it may come down, or not.
const ENDS_UP: f64 = 0.9;
/// Score of Mann-Kendall from which a series falls.
const FALLS: f64 = 3.3;
/// Load that explains this share of the movement is named.
const NAMED: f64 = 0.5;

/// Growth of this share of the level an hour is a matter of hours, and asks for quick samples.
const FAST: f64 = 0.05;
/// What to collect where growth is fast: enough to see a straight line, and that it does not stop.
const FAST_COLLECT: Collect = Collect { hours: 2.0, interval_seconds: 15.0 };
/// And else: a night must be in it, better a week, at the interval that Microsoft's guidance and the PerfLog-Long
/// collector have.
const SLOW_COLLECT: Collect = Collect { hours: 24.0, interval_seconds: 300.0 };

/// Too few samples.
pub fn too_little(points: Points<'_>, interval_hours: Option<f64>) -> Judgement {
    let (samples, span) = (points.values.len(), points.span());
    let interval = interval_hours.filter(|hours| *hours > 0.0).unwrap_or(SLOW_COLLECT.interval_seconds / 3600.0);
    let mut reasons = vec![format!(
        "The log holds {}{}; at least {MIN_SAMPLES} are needed to tell growth from chance",
        units::counted(samples, "sample", "samples"),
        if span > 0.0 { format!(" over {}", units::duration(span)) } else { String::new() }
    )];
    let ends = points.values.first().zip(points.values.last());
    let rate = ends.filter(|_| span > 0.0).map_or(0.0, |(first, last)| (last - first) / span);
    let is_fast = rate > FAST * ends.map_or(f64::MAX, |(first, _)| first.abs().max(1.0));
    let collect = if is_fast { FAST_COLLECT } else { SLOW_COLLECT };
    reasons.push(if is_fast {
        format!(
            "So far it rose by {}: a sample every {:.0} seconds for {} decides whether that goes on",
            points.unit.rate(rate),
            collect.interval_seconds,
            units::duration(collect.hours)
        )
    } else {
        format!(
            "At one sample every {} the first figures take {}; a day and a night at one sample every {} tell a leak from a \
             working day's load, a week tells slow leaks too",
            units::duration(interval),
            units::duration(interval * MIN_SAMPLES as f64),
            units::duration(collect.interval_seconds / 3600.0)
        )
    });
    Judgement { collect: Some(collect), ..Judgement::innocent(Verdict::InsufficientData, 1.0, reasons) }
}

/// So many hours without growth acquit nobody: only leaks that fill a machine within hours would show.
const SHORTEST: f64 = 1.0 / 3.0;

/// An acquittal, unless the log is so short that it says nothing.
pub fn unless_too_short(points: Points<'_>, judgement: Judgement) -> Judgement {
    if points.span() >= SHORTEST {
        return judgement;
    }
    let mut reasons = vec![format!(
        "{} without growth do not tell that there is none: a day and a night at one sample every {} do, a week tells slow leaks \
         too",
        units::duration(points.span()),
        units::duration(SLOW_COLLECT.interval_seconds / 3600.0)
    )];
    reasons.extend(judgement.reasons);
    Judgement {
        verdict: Verdict::InsufficientData,
        confidence: 1.0,
        reasons,
        would_change: Vec::new(),
        collect: Some(SLOW_COLLECT),
        ..judgement
    }
}

/// No leak: says which kind of innocence it is.
pub fn not_grown(points: Points<'_>, whole: &Window, explained: Option<&Explained>) -> Judgement {
    let n = points.values.len();
    let level = median(points.values);
    let (low, high) = (quantile(points.values, 0.02), quantile(points.values, 0.98));
    let moves = high - low > MOVES * level.abs();
    let span = points.span();
    let end = median(&points.values[n - END_SAMPLES.min(n)..]);
    let given_back = if high > low { (high - end) / (high - low) } else { 1.0 };
    let failed = |kind| whole.gates.iter().find(|g| g.kind == kind && g.passed == Passed::No);
    // A log that holds no night says little of load; four days say nearly all.
    let mut confidence = 0.80 + 0.17 * (points.covered() / 96.0).min(1.0);
    let mut reasons: Vec<String> = Vec::new();

    let shape = if !moves {
        Verdict::Stable
    } else if let Some(gate) = failed(GateKind::NotOneStep).filter(|_| failed(GateKind::StayedUp).is_none()) {
        reasons.push(gate.text.clone());
        Verdict::Step
    } else if let Some(gate) =
        failed(GateKind::GoesOn).filter(|_| failed(GateKind::StayedUp).is_none() && whole.z > 0.0)
    {
        reasons.push(gate.text.clone());
        Verdict::WarmUp
    } else {
        let (verdict, reason) = shape_without_trend(points, whole);
        reasons.push(reason);
        verdict
    };
    match shape {
        Verdict::Stable => reasons.push(format!(
            "It stays between {} and {} (2nd to 98th percentile), {} of its level",
            points.unit.amount(low),
            points.unit.amount(high),
            units::percent((high - low) / level.abs().max(1.0))
        )),
        Verdict::Load if given_back < STILL_UP => {
            confidence *= ENDS_UP;
            reasons.insert(0, format!(
                "It goes up and down as load does, but the log ends while it is up, at {}: whether it comes down again \
                 the next hours will show",
                points.unit.amount(end)
            ));
        }
        Verdict::Load => reasons.push(format!(
            "It moves between {} and {} (2nd to 98th percentile), and at the end it has given back {} of that",
            points.unit.amount(low),
            points.unit.amount(high),
            units::percent(given_back.clamp(0.0, 1.0))
        )),
        _ => reasons.push(format!(
            "It moves between {} and {} (2nd to 98th percentile)",
            points.unit.amount(low),
            points.unit.amount(high)
        )),
    }
    if let Some(explained) = explained.filter(|e| e.share >= NAMED && shape == Verdict::Load) {
        reasons.insert(0, format!("{} of its movement", explained.explains()));
    }
    reasons.extend(failed(GateKind::Trend).map(|g| g.text.clone()));
    reasons.push(format!(
        "A leak that was there all the time would stand out from {} on; a longer log shows slower ones",
        points.unit.rate((3.0 * whole.noise).max(0.02 * level.abs()) / span)
    ));
    let overall = Some((whole.slope, whole.ci95));
    let falls = shape == Verdict::Load && whole.z < -FALLS && given_back > STILL_UP;
    if falls {
        reasons.insert(0, format!("It has come down over the log, by {}", points.unit.amount(-whole.growth())));
    }
    let open_end = shape == Verdict::Load && given_back < STILL_UP;
    // Of what hardly moves there is nothing to settle.
    let would_change =
        if shape == Verdict::Stable { Vec::new() } else { needs(&whole.gates, Passed::No, "A leak would take") };
    let gates = whole.gates.clone();
    Judgement { overall, open_end, gates, would_change, falls, ..Judgement::innocent(shape, confidence, reasons) }
}

/// A step, a warm-up: what it explains leaves less than these shares of the squares that a line
/// leaves. Two levels or a bend fit noise no better than 0.7.
const STEP_EXPLAINS: f64 = 0.2;
const BEND_EXPLAINS: f64 = 0.3;
/// A step is so many times what neighbouring marks differ by.
const STEP_OVER_SCATTER: f64 = 6.0;
/// Behind a warm-up the slope is less than this share of the slope within.
const LEVEL_BEHIND: f64 = 0.1;

/// Movement without a steady rise: an early rise that has levelled off, a step near either end, or load.
fn shape_without_trend(points: Points<'_>, whole: &Window) -> (Verdict, String) {
    let (times, values): (Vec<f64>, Vec<f64>) = whole.marks.iter().map(|m| (m.time, m.value)).unzip();
    let scatter = deviation(&values.windows(2).map(|w| w[1] - w[0]).collect::<Vec<_>>());
    let line = line_sse(&times, &values);
    if let Some(step) = best_step(&values)
        && step.sse < STEP_EXPLAINS * line
        && (step.after - step.before) > STEP_OVER_SCATTER * scatter
        && (2..values.len() - 1).contains(&step.at)
    {
        let text = format!(
            "One step, flat on either side: {} before, {} after",
            points.unit.amount(step.before),
            points.unit.amount(step.after)
        );
        return (Verdict::Step, text);
    }
    if let Some(bent) = broken_line(&times, &values)
        && bent.sse < BEND_EXPLAINS * line
        && bent.before > 0.0
        && bent.after.abs() < LEVEL_BEHIND * bent.before
    {
        let text = format!(
            "It rose for the first {} and has been level at {} since",
            units::duration(bent.at - points.hours[0]),
            points.unit.amount(bent.value)
        );
        return (Verdict::WarmUp, text);
    }
    (Verdict::Load, "It rises and falls without a lasting rise of its low-water mark".to_owned())
}
