//! Leak or load: the judgement of one series.
//!
//! Low-water marks are tested for a trend (Mann-Kendall with the correction of Hamed and Rao),
//! measured by Sen's slope, and must pass named gates of shape. What the whole log does not show
//! its end may: a leak that began late is looked for in ever shorter tails.

use crate::attribute::timing::Trigger;
use crate::base::units;
use crate::detect::gates::{Gate, GateKind, Passed};
use crate::detect::load::{Explained, Load, explain};
use crate::detect::load_gates::{MOSTLY_LOAD, load_is_up, load_taken_out, measured, not_load};
use crate::detect::no_growth::{not_grown, too_little, unless_too_short};
use crate::detect::segment::{DAY, END_SAMPLES, MIN_SAMPLES, Points, SLIDING_FROM_HOURS, Window, onset};
use crate::detect::shape::slows_down;
use crate::model::{Collect, Verdict};
use crate::stats::{gains, median, quantile, without_season};

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
/// … for ten minutes at least, which no start of a program takes …
const FEWEST_HOURS: f64 = 1.0 / 6.0;
/// … in so straight a line: load bends and flickers. The rising half of a parabola comes to 0.93, mornings of
/// load to 0.98; a ramp that adds half of what it began from stays above 0.99 with noise of 1 %.
const STRAIGHT: f64 = 0.99;

/// Growth that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Bytes an hour.
    pub slope: f64,
    /// Its 95 % confidence interval.
    pub ci95: (f64, f64),
    /// Bytes an hour in the second half: of growth that accelerates it tells the date better.
    pub late: f64,
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
    /// When the series fell back at once to rise anew, hours; the trend is that of the last whole rise.
    pub resets: Vec<f64>,
    /// The gates of the stretch that was judged.
    pub gates: Vec<Gate>,
    /// What would change the verdict.
    pub would_change: Vec<String>,
    /// What to collect, where the data do not suffice.
    pub collect: Option<Collect>,
    /// Whether growth ended before the log did.
    pub stopped: bool,
    /// Whether it has come down over the log.
    pub falls: bool,
    /// What load explains.
    pub explained: Option<Explained>,
    /// The process that the growth comes with.
    pub trigger: Option<Trigger>,
    /// Name of the process that is restarted again and again, and the id that runs now.
    pub successor: Option<(String, Option<u32>)>,
}

/// What a judgement needs beside the series.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// Distance of samples, for advice on how long to collect, hours.
    pub interval: Option<f64>,
    /// Loads of the same log.
    pub loads: &'a [Load],
    /// When programs began that still ran at the end, hours.
    pub starts: &'a [f64],
}

impl Judgement {
    /// A judgement without growth.
    pub fn innocent(verdict: Verdict, confidence: f64, reasons: Vec<String>) -> Self {
        Self {
            verdict,
            confidence,
            reasons,
            trend: None,
            overall: None,
            open_end: false,
            resets: Vec::new(),
            gates: Vec::new(),
            would_change: Vec::new(),
            collect: None,
            stopped: false,
            falls: false,
            explained: None,
            trigger: None,
            successor: None,
        }
    }

    /// A judgement of growth.
    pub fn guilty(verdict: Verdict, confidence: f64, reasons: Vec<String>, trend: Trend) -> Self {
        let overall = Some((trend.slope, trend.ci95));
        Self { trend: Some(trend), overall, ..Self::innocent(verdict, confidence, reasons) }
    }
}

/// Judges a series.
pub fn judge(points: Points<'_>, context: Context<'_>) -> Judgement {
    let n = points.values.len();
    if n < MIN_SAMPLES || points.span() <= 0.0 {
        return too_little(points, context.interval);
    }
    let (low, high) = (quantile(points.values, 0.0), quantile(points.values, 1.0));
    if low >= high && high == 0.0 {
        let reasons = vec!["It reads 0 throughout: the counter is dead, or the log was made without it".to_owned()];
        return Judgement::innocent(Verdict::InsufficientData, 1.0, reasons);
    }
    if low >= high {
        let reasons = vec![format!("It stands at {} throughout", points.unit.amount(high))];
        let overall = Some((0.0, (0.0, 0.0)));
        let stable = Judgement { overall, ..Judgement::innocent(Verdict::Stable, 0.95, reasons) };
        return unless_too_short(points, stable);
    }
    let Some(whole) = Window::examine(points) else { return too_little(points, context.interval) };
    let explained = explain(points, context.loads);
    let mut suspected = None;
    // Where load explains most of the movement, the rate is measured far better without it.
    let looks = match &explained {
        // A profile of the day explains it worse than the load itself does.
        Some(e) if e.share >= MOSTLY_LOAD => &[Look::WithoutLoad, Look::AsItIs][..],
        _ => &[Look::AsItIs, Look::WithoutDailyLoad, Look::WithoutLoad],
    };
    for look in looks {
        let found = look.at(points, &whole, context, explained.as_ref());
        match found {
            Some(leak) if leak.verdict == Verdict::Leak => return Judgement { explained, ..leak },
            other => suspected = suspected.or(other),
        }
    }
    let mut judgement = suspected
        .or_else(|| at_the_very_end(points, explained.as_ref()))
        .unwrap_or_else(|| unless_too_short(points, not_grown(points, &whole, explained.as_ref())));
    judgement.explained = explained;
    judgement
}

/// Ways to look at a series, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    AsItIs,
    WithoutDailyLoad,
    WithoutLoad,
}

impl Look {
    fn at(
        self,
        points: Points<'_>,
        whole: &Window,
        context: Context<'_>,
        explained: Option<&Explained>,
    ) -> Option<Judgement> {
        match self {
            Self::AsItIs => search(points, whole.clone(), context, explained, &[]),
            // A profile of the day would bend a step into a slope.
            Self::WithoutDailyLoad
                if whole.gates.iter().any(|g| g.kind == GateKind::NotOneStep && g.passed != Passed::Yes) =>
            {
                None
            }
            Self::WithoutDailyLoad => {
                let (steady, gate) = without_daily_load(points)?;
                let steady = Points { values: &steady, ..points };
                let mut window = Window::examine(steady)?;
                window.gates.push(gate);
                window.gates.extend(explained.and_then(|e| not_load(&window, e)));
                grown(steady, window, None, None, context.starts)
            }
            Self::WithoutLoad => {
                let explained = explained?;
                let rest = explained.rest();
                let window = Window::examine(rest)?;
                let taken_out = [load_taken_out(explained), measured(&window, whole)];
                search(rest, window, context, None, &taken_out)
            }
        }
    }
}

/// Looks for growth in the whole series and in ever shorter ends of it. `taken_out` is the gate that says what
/// was taken out of the series before.
fn search(
    points: Points<'_>,
    mut whole: Window,
    context: Context<'_>,
    explained: Option<&Explained>,
    taken_out: &[Gate],
) -> Option<Judgement> {
    let n = points.values.len();
    let span = points.span();
    let mut suspected = None;
    let (times, values) = whole.columns();
    let slows = slows_down(&times, &values).is_some();
    whole.gates.extend(explained.and_then(|e| not_load(&whole, e)));
    whole.gates.extend(taken_out.iter().cloned());
    match grown(points, whole, None, explained, context.starts) {
        Some(leak) if leak.verdict == Verdict::Leak => return Some(leak),
        other => suspected = suspected.or(other),
    }
    // The end of a cache's curve is nearly straight.
    if slows {
        return suspected;
    }
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
        window.gates.extend(load_is_up(begin, points.hours[n - 1], context.loads));
        window.gates.extend(explained.and_then(|e| not_load(&window, e)));
        window.gates.extend(taken_out.iter().cloned());
        // A shorter tail may be clearer than a doubtful longer one.
        match grown(points, window, Some(begin), explained, context.starts) {
            Some(leak) if leak.verdict == Verdict::Leak => return Some(leak),
            other => suspected = suspected.or(other),
        }
    }
    suspected
}

/// How often what stands out only in the last samples is a leak: seldom.
const AT_THE_END: f64 = 0.3;

/// A log that ends on a level far above all that it held before, too shortly to judge: no one may
/// call that stable.
fn at_the_very_end(points: Points<'_>, explained: Option<&Explained>) -> Option<Judgement> {
    let n = points.values.len();
    let begin = *points.hours.get(n.checked_sub(MIN_SAMPLES)?)?;
    let mut late = Window::examine(points.from(begin))?;
    let end = median(&points.values[n - END_SAMPLES..]);
    late.levels.1 = end;
    let gate = late.new_territory(points.before(begin));
    if gate.passed != Passed::Yes || late.slope <= 0.0 || points.before(begin).values.len() < MIN_SAMPLES {
        return None;
    }
    if explained.and_then(|e| not_load(&late, e)).is_some_and(|gate| gate.passed != Passed::Yes) {
        return None;
    }
    let trend = Trend {
        slope: late.slope,
        late: late.slope,
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
    Some(Judgement::guilty(Verdict::SuspectedLeak, AT_THE_END, reasons, trend))
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
        points.unit.amount(gain)
    );
    let steady = without_season(points.hours, points.values, DAY, gain / DAY);
    Some((steady, Gate { kind: GateKind::HigherEachDay, passed: Passed::Yes, text }))
}

/// A leak, or what looks like one; `None` when a gate is failed. `tail` is where the stretch began in
/// which it was found, when that was not the whole log.
fn grown(
    points: Points<'_>,
    found: Window,
    tail: Option<f64>,
    explained: Option<&Explained>,
    starts: &[f64],
) -> Option<Judgement> {
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
            let by_load = explained.and_then(|e| not_load(&measured, e));
            let keep = |gate: &&Gate| match gate.kind {
                GateKind::NewTerritory | GateKind::HigherEachDay | GateKind::Measured | GateKind::LoadIsUp => true,
                GateKind::NotLoad => by_load.is_none(),
                _ => false,
            };
            measured.gates.extend(found.gates.iter().filter(keep).cloned());
            measured.gates.extend(by_load);
            measured
        }
        None => found,
    };
    window.steps_of_programs(starts);
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
        late: window.late,
        ci95: window.ci95,
        hours: (begin, window.hours.1),
        levels: (window.levels.0 - window.slope * (window.hours.0 - begin), window.levels.1),
        began_within: began.is_some() || tail.is_some(),
    };
    let confidence = leak_confidence(&window, tail.is_some());
    let mut would_change = needs(&window.gates, Passed::Doubtful, "A sure leak would take");
    let short = points.from(window.hours.0).covered() < ONE_DAY_HOURS;
    if short && doubts == 0 {
        would_change.push(
            "It would be no leak if it levelled off within the next hours, as a cache does that fills evenly"
                .to_owned(),
        );
    }
    Some(Judgement { gates: window.gates, would_change, ..Judgement::guilty(verdict, confidence, reasons, trend) })
}

/// What would make up for gates that were passed so.
pub fn needs(gates: &[Gate], passed: Passed, what: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for gate in gates.iter().filter(|gate| gate.passed == passed) {
        let need = format!("{what} {}", gate.kind.would_need());
        if !all.contains(&need) {
            all.push(need);
        }
    }
    all
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
    let steep = window.straight >= STRAIGHT && unheard_of && seen >= FEWEST_HOURS;
    let long = seen >= ONE_DAY_HOURS;
    let passed = if long || steep { Passed::Yes } else { Passed::Doubtful };
    let seen = units::duration(seen);
    let text = match (passed, long) {
        (Passed::Yes, true) => format!("It was seen to grow for {seen}, nights included"),
        (Passed::Yes, false) => format!(
            "It was seen to grow for {seen} only, but in a straight line by {}, {} of where it began{}",
            window.unit.amount(window.growth()),
            units::percent(window.growth() / window.levels.0.max(1.0)),
            if early.values.len() < END_SAMPLES {
                String::new()
            } else {
                format!("; before it moved by {}", window.unit.amount(moved))
            }
        ),
        _ => format!("It was seen to grow for {seen} only: the load of a working day can look the same until evening"),
    };
    Gate { kind: GateKind::LongEnough, passed, text }
}

/// How often such a finding is right, as the accuracy bench counts it (`examples/accuracy`, 6,000 machines): from
/// 0.9 for a leak that just passes all gates up to 0.99 for one far beyond them; each doubt takes its part.
/// Real machines hold surprises that no simulation has, so nothing is said with more.
fn leak_confidence(window: &Window, late: bool) -> f64 {
    let strength = (window.z / 10.0).clamp(0.0, 1.0);
    let clarity = window.growth() / (window.growth() + 6.0 * window.noise.max(1.0));
    let straight = window.straight.clamp(0.0, 1.0);
    let sure = 0.88 + 0.03 * strength + 0.05 * clarity + 0.03 * straight - if late { 0.02 } else { 0.0 };
    let doubts = window.gates.iter().filter(|g| g.passed == Passed::Doubtful);
    doubts.fold(sure, |all, gate| all * gate.kind.in_doubt()).clamp(0.05, 0.99)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Unit;

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
        judge(
            Points { hours: &times, values: &values, unit: Unit::Bytes },
            Context { interval: Some(step_minutes / 60.0), ..Context::default() },
        )
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
            ("dead", Verdict::InsufficientData, verdict(72.0, 5.0, |_, _| 0.0)),
            ("ten samples", Verdict::InsufficientData, verdict(0.8, 5.0, |t, _| 200.0 + t)),
        ] {
            assert_eq!(judged.verdict, expected, "{what}: {:?}", judged.reasons);
            assert!(judged.trend.is_none() && !judged.reasons.is_empty(), "{what}");
        }
    }

    #[test]
    fn a_gap_hides_no_leak() {
        let hours: Vec<f64> =
            (0..18).map(|i| f64::from(i) / 3.0).chain((0..13).map(|i| 32.0 + f64::from(i) / 3.0)).collect();
        let values: Vec<f64> = hours.iter().map(|h| (127.0 + 2.0 * h) * MB).collect();
        let judged = judge(Points { hours: &hours, values: &values, unit: Unit::Bytes }, Context::default());
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
            let judged = judge(Points { hours: &hours, values: &values, unit: Unit::Bytes }, Context::default());
            proptest::prop_assert!((0.0..=1.0).contains(&judged.confidence));
            if let Some(trend) = judged.trend {
                proptest::prop_assert!(trend.slope.is_finite() && trend.levels.1.is_finite());
            }
        }
    }
}
