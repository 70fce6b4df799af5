//! Leak or load: the judgement of one series.
//!
//! Low-water marks are tested for a trend (Mann-Kendall with the correction of Hamed and Rao),
//! measured by Sen's slope, and must pass named gates of shape. What the whole log does not show
//! its end may: a leak that began late is looked for in ever shorter tails.

use super::sawtooth::sawtooth;
use super::window::{DAY, Gate, GateKind, MIN_SAMPLES, Passed, Points, SLIDING_FROM_HOURS, Window, onset};
use crate::trend::{best_step, broken_line, deviation, gains, line_sse, median, quantile, without_season};
use crate::verdict::{Verdict, units};

/// Parts of the log, from its end, in which late growth is looked for.
const TAILS: [f64; 4] = [0.5, 0.33, 0.17, 0.085];
/// The same in hours: however long the log, the trouble may stand in its last hours.
const TAIL_HOURS: [f64; 6] = [72.0, 24.0, 8.0, 4.0, 2.0, 1.0];
/// Growth for less than this could be one working day's load, which the rest of the day would take
/// back: 20 hours hold a night.
const ONE_DAY_HOURS: f64 = 20.0;
/// Unless it adds this share of the level that it began from and is so many times what the pool did
/// before, or, where a day and night before are known, far more times: backups are known to add a few …
const STEEP: f64 = 0.75;
const DWARFS: f64 = 4.0;
const DWARFS_A_DAY: f64 = 10.0;
/// … in so straight a line: load bends. The rising half of a parabola comes to 0.93.
pub const STRAIGHT: f64 = 0.95;
/// A series that uses more than this share of its level moves; one that uses less is stable.
const MOVES: f64 = 0.08;
/// Samples whose median is the level at the end of a log: two outliers are outvoted.
const END_SAMPLES: usize = 5;
/// A level that has given back less than this share of what it rose is still up.
const STILL_UP: f64 = 0.5;

/// Growth that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Bytes an hour.
    pub slope: f64,
    /// Its 95 % confidence interval.
    pub ci95: (f64, f64),
    /// The stretch that it was measured on, hours.
    pub hours: (f64, f64),
    /// Fitted levels at its ends, bytes.
    pub levels: (f64, f64),
    /// Whether growth began within the log, at the stretch's begin.
    pub began_within: bool,
}

/// The judgement of one series.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// What it is.
    pub verdict: Verdict,
    /// 0 to 1.
    pub confidence: f64,
    /// The evidence in words, the most telling first.
    pub reasons: Vec<String>,
    /// The growth, for leaks and suspected leaks.
    pub trend: Option<Trend>,
    /// Rate over the whole series and its 95 % confidence interval, bytes an hour; `None` with too
    /// little data.
    pub overall: Option<(f64, (f64, f64))>,
    /// Whether the log ends while load is up, so that nobody knows whether it comes down.
    pub open_end: bool,
    /// How often the pool fell back and rose anew; the trend is that of the last whole rise.
    pub resets: usize,
}

impl Judgement {
    /// A judgement without growth.
    fn innocent(verdict: Verdict, confidence: f64, reasons: Vec<String>) -> Self {
        Self { verdict, confidence, reasons, trend: None, overall: None, open_end: false, resets: 0 }
    }

    /// A judgement of growth.
    pub fn guilty(verdict: Verdict, confidence: f64, reasons: Vec<String>, trend: Trend) -> Self {
        let overall = Some((trend.slope, trend.ci95));
        Self { verdict, confidence, reasons, trend: Some(trend), overall, open_end: false, resets: 0 }
    }
}

/// Judges a series. `interval_hours` is the distance of samples, for advice on how long to collect.
pub fn judge(points: Points<'_>, interval_hours: Option<f64>) -> Judgement {
    let n = points.values.len();
    if n < MIN_SAMPLES || points.span() <= 0.0 {
        return too_little(n, points.span(), interval_hours);
    }
    let (low, high) = (quantile(points.values, 0.0), quantile(points.values, 1.0));
    if low >= high {
        let what = if high == 0.0 {
            "It reads 0 throughout: the counter is dead, or the log was made without it".to_owned()
        } else {
            format!("It stands at {} throughout", units::bytes(high))
        };
        let overall = Some((0.0, (0.0, 0.0)));
        return Judgement { overall, ..Judgement::innocent(Verdict::Stable, 0.95, vec![what]) };
    }
    let Some(whole) = Window::examine(points) else { return too_little(n, points.span(), interval_hours) };
    let mut suspected = None;
    let mut consider = |judgement: Option<Judgement>| match judgement {
        Some(leak) if leak.verdict == Verdict::Leak => Some(leak),
        other => {
            suspected = suspected.take().or(other);
            None
        }
    };
    if let Some(leak) = consider(grown(points, whole.clone(), None)) {
        return leak;
    }
    let span = points.span();
    let mut tails: Vec<f64> = TAILS.iter().map(|share| share * span).collect();
    tails.extend(TAIL_HOURS.iter().filter(|hours| **hours < TAILS[0] * span));
    tails.sort_by(|a, b| b.total_cmp(a));
    for tail in tails {
        let begin = points.hours[n - 1] - tail;
        let (late, early) = (points.from(begin), points.before(begin));
        if late.values.len() < MIN_SAMPLES || early.values.len() < MIN_SAMPLES {
            continue;
        }
        let Some(mut window) = Window::examine(late) else { continue };
        window.gates.push(window.new_territory(early));
        // A shorter tail may be clearer than a doubtful longer one.
        if let Some(leak) = consider(grown(points, window, Some(begin))) {
            return leak;
        }
    }
    if let Some((steady, gate)) = without_daily_load(points) {
        let steady = Points { hours: points.hours, values: &steady };
        if let Some(mut window) = Window::examine(steady) {
            window.gates.push(gate);
            if let Some(leak) = consider(grown(steady, window, None)) {
                return leak;
            }
        }
    }
    if let Some(judgement) = suspected {
        return judgement;
    }
    at_the_very_end(points).or_else(|| sawtooth(points)).unwrap_or_else(|| not_grown(points, &whole))
}

/// A log that ends on a level far above all that it held before, too shortly to judge: no one may
/// call that stable.
fn at_the_very_end(points: Points<'_>) -> Option<Judgement> {
    let n = points.values.len();
    let begin = *points.hours.get(n.checked_sub(MIN_SAMPLES)?)?;
    let mut late = Window::examine(points.from(begin))?;
    let end = median(&points.values[n - END_SAMPLES..]);
    late.levels.1 = end;
    let gate = late.new_territory(points.before(begin));
    if gate.passed != Passed::Yes || late.slope <= 0.0 || points.before(begin).values.len() < MIN_SAMPLES {
        return None;
    }
    let trend = Trend {
        slope: late.slope,
        ci95: late.ci95,
        hours: late.hours,
        levels: (end - late.slope * (late.hours.1 - late.hours.0), end),
        began_within: true,
    };
    let reasons = vec![
        gate.text,
        format!(
            "That is the last {} of the log: too short to tell a leak from load or one step; what follows decides",
            units::duration(late.hours.1 - late.hours.0)
        ),
    ];
    Some(Judgement::guilty(Verdict::SuspectedLeak, 0.4, reasons, trend))
}

/// The series less its daily load, for logs that hold at least two days but too few for daily bins,
/// where load hides a leak. Only where it stands higher than a day before at nearly all times: of
/// a hundred series of pure load, of any amplitude and start, none does.
fn without_daily_load(points: Points<'_>) -> Option<(Vec<f64>, Gate)> {
    if !(2.0 * DAY..2.0 * SLIDING_FROM_HOURS).contains(&points.span()) {
        return None;
    }
    let gains = gains(points.hours, points.values, DAY);
    if gains.len() < MIN_SAMPLES || quantile(&gains, 0.10) <= 0.0 {
        return None;
    }
    let gain = median(&gains);
    let text = format!(
        "At nine of ten times of the day it stands higher than a day before, by {} in the middle; the daily load was taken \
         out before the trend was measured",
        units::bytes(gain)
    );
    let steady = without_season(points.hours, points.values, DAY, gain / DAY);
    Some((steady, Gate { kind: GateKind::HigherEachDay, passed: Passed::Yes, text }))
}

fn too_little(samples: usize, span: f64, interval_hours: Option<f64>) -> Judgement {
    let interval = interval_hours.unwrap_or(5.0 / 60.0);
    let needed = interval * MIN_SAMPLES as f64;
    let mut reasons = vec![format!(
        "The log holds {samples} samples over {}; at least {MIN_SAMPLES} are needed to tell growth from chance",
        units::duration(span)
    )];
    reasons.push(format!(
        "At one sample every {} that takes {}; a day or more, better a week, tells a leak from a working day's load",
        units::duration(interval),
        units::duration(needed)
    ));
    Judgement::innocent(Verdict::InsufficientData, 1.0, reasons)
}

/// A leak, or what looks like one; `None` when a gate is failed. `tail` is where the stretch began in
/// which it was found, when that was not the whole log.
fn grown(points: Points<'_>, found: Window, tail: Option<f64>) -> Option<Judgement> {
    if found.passed() == Passed::No {
        return None;
    }
    // The rate is measured from where growth began, and there the gates must be passed as well.
    let search = tail.map_or(points, |begin| points.from(begin - (found.hours.1 - found.hours.0)));
    let began = onset(search).filter(|at| points.from(*at).values.len() >= MIN_SAMPLES / 2);
    let measured = began.and_then(|at| Window::examine(points.from(at)));
    let mut window: Window = match measured {
        Some(mut measured) => {
            // What is said of the stretch before stays true.
            let keep = |gate: &&Gate| matches!(gate.kind, GateKind::NewTerritory | GateKind::HigherEachDay);
            measured.gates.extend(found.gates.iter().filter(keep).cloned());
            measured
        }
        None => found,
    };
    if window.passed() == Passed::No {
        return None;
    }
    window.gates.push(long_enough(points, &window));
    let doubts = window.gates.iter().filter(|g| g.passed == Passed::Doubtful).count();
    let verdict = if doubts == 0 { Verdict::Leak } else { Verdict::SuspectedLeak };
    let said = |passed| window.gates.iter().filter(move |g| g.passed == passed).map(|g| g.text.clone());
    let reasons = said(Passed::Doubtful).chain(said(Passed::Yes)).collect();
    // Growth can begin between two samples.
    let begin = began.filter(|at| (points.hours[0]..window.hours.1).contains(at)).unwrap_or(window.hours.0);
    let trend = Trend {
        slope: window.slope,
        ci95: window.ci95,
        hours: (begin, window.hours.1),
        levels: (window.levels.0 - window.slope * (window.hours.0 - begin), window.levels.1),
        began_within: began.is_some() || tail.is_some(),
    };
    let confidence = leak_confidence(&window, doubts);
    Some(Judgement::guilty(verdict, confidence, reasons, trend))
}

/// Growth that was seen for less than a day may be nothing but the morning of a working one.
fn long_enough(points: Points<'_>, window: &Window) -> Gate {
    let seen = points.from(window.hours.0).covered();
    let early = points.before(window.hours.0);
    let moved = quantile(early.values, 0.99) - quantile(early.values, 0.01);
    let unheard_of = if early.covered() >= ONE_DAY_HOURS {
        window.growth() >= DWARFS_A_DAY * moved
    } else {
        window.growth() >= STEEP * window.levels.0.max(0.0) && window.growth() >= DWARFS * moved
    };
    let steep = window.straight >= STRAIGHT && unheard_of;
    let long = seen >= ONE_DAY_HOURS;
    let passed = if long || steep { Passed::Yes } else { Passed::Doubtful };
    let seen = units::duration(seen);
    let text = match (passed, long) {
        (Passed::Yes, true) => format!("It was seen to grow for {seen}, nights included"),
        (Passed::Yes, false) => format!(
            "It was seen to grow for {seen} only, but in a straight line by {}, {} of where it began{}",
            units::bytes(window.growth()),
            units::percent(window.growth() / window.levels.0.max(1.0)),
            if early.values.len() < END_SAMPLES {
                String::new()
            } else {
                format!("; before it moved by {}", units::bytes(moved))
            }
        ),
        _ => format!("It was seen to grow for {seen} only: the load of a working day can look the same until evening"),
    };
    Gate { kind: GateKind::LongEnough, passed, text }
}

/// From 0.7 for a leak that just passes up to 0.99 for one far beyond every gate. Each doubt takes
/// a fifth. The order is meant, the figures are not yet calibrated against outcomes.
fn leak_confidence(window: &Window, doubts: usize) -> f64 {
    let strength = (window.z / 10.0).clamp(0.0, 1.0);
    let clarity = window.growth() / (window.growth() + 6.0 * window.noise.max(1.0));
    let straight = window.straight.clamp(0.0, 1.0);
    let late = window.gates.iter().any(|g| g.kind == GateKind::NewTerritory);
    let sure = 0.70 + 0.09 * strength + 0.11 * clarity + 0.09 * straight - if late { 0.05 } else { 0.0 };
    (sure * 0.8_f64.powi(i32::try_from(doubts).unwrap_or(9))).clamp(0.05, 0.99)
}

/// No leak: says which kind of innocence it is.
fn not_grown(points: Points<'_>, whole: &Window) -> Judgement {
    let n = points.values.len();
    let level = median(points.values);
    let (low, high) = (quantile(points.values, 0.02), quantile(points.values, 0.98));
    let moves = high - low > MOVES * level.abs();
    let span = points.span();
    let end = median(&points.values[n - END_SAMPLES.min(n)..]);
    let given_back = if high > low { (high - end) / (high - low) } else { 1.0 };
    let failed = |kind| whole.gates.iter().find(|g| g.kind == kind && g.passed == Passed::No);
    // A log that holds no night says little of load; four days say nearly all.
    let mut confidence = 0.6 + 0.35 * (points.covered() / 96.0).min(1.0);
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
            units::bytes(low),
            units::bytes(high),
            units::percent((high - low) / level.abs().max(1.0))
        )),
        Verdict::Load if given_back < STILL_UP => {
            confidence = confidence.min(0.5);
            reasons.insert(0, format!(
                "It goes up and down as load does, but the log ends while it is up, at {}: whether it comes down again \
                 the next hours will show",
                units::bytes(end)
            ));
        }
        Verdict::Load => reasons.push(format!(
            "It moves between {} and {} (2nd to 98th percentile), and at the end it has given back {} of that",
            units::bytes(low),
            units::bytes(high),
            units::percent(given_back.clamp(0.0, 1.0))
        )),
        _ => reasons.push(format!(
            "It moves between {} and {} (2nd to 98th percentile)",
            units::bytes(low),
            units::bytes(high)
        )),
    }
    reasons.extend(failed(GateKind::Trend).map(|g| g.text.clone()));
    reasons.push(format!(
        "A leak that was there all the time would stand out from {} on; a longer log shows slower ones",
        units::rate((3.0 * whole.noise).max(0.02 * level.abs()) / span)
    ));
    let overall = Some((whole.slope, whole.ci95));
    let open_end = shape == Verdict::Load && given_back < STILL_UP;
    Judgement { overall, open_end, ..Judgement::innocent(shape, confidence, reasons) }
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
            units::bytes(step.before),
            units::bytes(step.after)
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
            units::bytes(bent.value)
        );
        return (Verdict::WarmUp, text);
    }
    (Verdict::Load, "It rises and falls without a lasting rise of its low-water mark".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: f64 = 1024.0 * 1024.0;

    /// Noise that is the same in every run.
    fn noise(seed: &mut u64) -> f64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) as f64 / f64::from(1_u32 << 30) - 1.0
    }

    fn verdict(hours: f64, step_minutes: f64, value: impl Fn(f64, f64) -> f64) -> Judgement {
        let n = (hours * 60.0 / step_minutes) as usize;
        let times: Vec<f64> = (0..=n).map(|i| i as f64 * step_minutes / 60.0).collect();
        let mut seed = 11;
        let values: Vec<f64> = times.iter().map(|t| value(*t, noise(&mut seed)) * MB).collect();
        judge(Points { hours: &times, values: &values }, Some(step_minutes / 60.0))
    }

    fn day(t: f64) -> f64 {
        let x = (t % 24.0 - 13.0) / 6.0;
        (1.0 - x * x).max(0.0)
    }

    #[test]
    fn leaks() {
        let ramp = verdict(72.0, 5.0, |t, e| 200.0 + 2.0 * t + e);
        assert_eq!(ramp.verdict, Verdict::Leak, "{:?}", ramp.reasons);
        let trend = ramp.trend.unwrap();
        assert!((trend.slope / MB - 2.0).abs() < 0.05 && !trend.began_within, "{trend:?}");
        assert!(trend.ci95.0 <= 2.0 * MB && trend.ci95.1 >= 2.0 * MB, "{trend:?}");

        let season = verdict(30.0 * 24.0, 5.0, |t, e| 200.0 + t / 12.0 + 60.0 * day(t) + 3.0 * e);
        assert_eq!(season.verdict, Verdict::Leak, "slow, under daily load: {:?}", season.reasons);
        let stairs = verdict(20.0 * 24.0, 5.0, |t, e| 200.0 + 4.0 * (t / 24.0).floor() + e);
        assert_eq!(stairs.verdict, Verdict::Leak, "nightly staircase: {:?}", stairs.reasons);
        let late = verdict(72.0, 5.0, |t, e| 200.0 + 8.0 * (t - 30.0).max(0.0) + e);
        assert_eq!(late.verdict, Verdict::Leak);
        let trend = late.trend.unwrap();
        assert!(trend.began_within && (trend.hours.0 - 30.0).abs() < 1.0, "{trend:?}");
        assert!((trend.slope / MB - 8.0).abs() < 0.2, "{trend:?}");
        let under_load = verdict(84.0, 5.0, |t, e| 200.0 + t * 20.0 / 24.0 + 70.0 * day(t) + 2.0 * e);
        assert_eq!(under_load.verdict, Verdict::Leak, "three days under daily load: {:?}", under_load.reasons);
        assert!((under_load.trend.unwrap().slope / MB * 24.0 - 20.0).abs() < 2.0);
        let fast = verdict(24.0, 1.0, |t, e| 200.0 + 96.0 * (t - 22.0).max(0.0) + e);
        assert_eq!(fast.verdict, Verdict::Leak, "the last two hours of a day: {:?}", fast.reasons);
        let short = verdict(0.5, 0.25, |t, e| 100.0 + 400.0 * t + e);
        assert_eq!(short.verdict, Verdict::Leak, "half an hour: {:?}", short.reasons);
    }

    #[test]
    fn not_leaks() {
        for (what, expected, judged) in [
            ("quiet", Verdict::Stable, verdict(72.0, 5.0, |_, e| 200.0 + e)),
            ("daily load", Verdict::Load, verdict(96.0, 5.0, |t, e| 200.0 + 80.0 * day(t) + e)),
            (
                "weekdays",
                Verdict::Load,
                verdict(10.0 * 24.0, 5.0, |t, e| {
                    200.0 + if (t / 24.0) as u32 % 7 < 5 { 80.0 * day(t) } else { 0.0 } + e
                }),
            ),
            (
                "up and down",
                Verdict::Load,
                verdict(30.0, 5.0, |t, e| 200.0 + 90.0 * (1.0 - (t - 15.0).abs() / 15.0) + e),
            ),
            ("warm-up", Verdict::WarmUp, verdict(72.0, 5.0, |t, e| 300.0 - 100.0 * (-t / 6.0).exp() + e)),
            ("early warm-up", Verdict::WarmUp, verdict(72.0, 5.0, |t, e| 200.0 + 30.0 * t.min(4.0) + e)),
            ("one step", Verdict::Step, verdict(72.0, 5.0, |t, e| if t < 40.0 { 200.0 } else { 280.0 } + e)),
            ("late step", Verdict::Step, verdict(72.0, 5.0, |t, e| if t < 60.0 { 200.0 } else { 280.0 } + e)),
            ("shrinking", Verdict::Load, verdict(72.0, 5.0, |t, e| 400.0 - 2.0 * t + e)),
            ("constant", Verdict::Stable, verdict(72.0, 5.0, |_, _| 200.0)),
            ("dead", Verdict::Stable, verdict(72.0, 5.0, |_, _| 0.0)),
            ("ten samples", Verdict::InsufficientData, verdict(0.8, 5.0, |t, _| 200.0 + t)),
        ] {
            assert_eq!(judged.verdict, expected, "{what}: {:?}", judged.reasons);
            assert!(judged.trend.is_none() && !judged.reasons.is_empty(), "{what}");
        }
    }

    #[test]
    fn a_leak_that_is_reset() {
        for period in [29.0, 40.0, 70.0] {
            let teeth = verdict(120.0, 5.0, |t, e| 200.0 + 2.0 * (t % period) + e);
            assert_eq!(teeth.verdict, Verdict::SuspectedLeak, "every {period} hours: {:?}", teeth.reasons);
            assert!((teeth.trend.unwrap().slope / MB - 2.0).abs() < 0.2);
        }
        let nightly = verdict(120.0, 5.0, |t, e| 200.0 + 4.0 * (t % 24.0) + e);
        assert_eq!(nightly.verdict, Verdict::Load, "the rhythm of the day: {:?}", nightly.reasons);
    }

    #[test]
    fn a_gap_hides_no_leak() {
        let hours: Vec<f64> =
            (0..18).map(|i| f64::from(i) / 3.0).chain((0..13).map(|i| 32.0 + f64::from(i) / 3.0)).collect();
        let values: Vec<f64> = hours.iter().map(|h| (127.0 + 2.0 * h) * MB).collect();
        let judged = judge(Points { hours: &hours, values: &values }, Some(1.0 / 3.0));
        assert_eq!(judged.verdict, Verdict::SuspectedLeak, "ten hours were seen: {:?}", judged.reasons);
        assert!((judged.trend.unwrap().slope / MB - 2.0).abs() < 0.1);
    }

    #[test]
    fn a_morning_is_no_more_than_suspected() {
        let morning = verdict(6.0, 1.0, |t, e| 200.0 + 8.0 * t + e);
        assert_eq!(morning.verdict, Verdict::SuspectedLeak);
        assert!(morning.reasons[0].contains("working day"), "{:?}", morning.reasons);
    }

    proptest::proptest! {
        #[test]
        fn any_series_is_judged(values in proptest::collection::vec(-1e12_f64..1e15, 0..120), step in 0.001_f64..24.0) {
            let hours: Vec<f64> = (0..values.len()).map(|i| i as f64 * step).collect();
            let judged = judge(Points { hours: &hours, values: &values }, None);
            proptest::prop_assert!((0.0..=1.0).contains(&judged.confidence));
            if let Some(trend) = judged.trend {
                proptest::prop_assert!(trend.slope.is_finite() && trend.levels.1.is_finite());
            }
        }
    }
}
