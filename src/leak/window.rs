//! One stretch of a series, examined for growth: the trend and the gates that growth must pass to
//! be called a leak.

use crate::trend::{
    Mark, best_step, broken_line, deviation, hamed_rao_factor, line_sse, low_water, mann_kendall, median, quantile,
    sen, sliding_low_water,
};
use crate::verdict::units;

/// Times in hours from the first sample, ascending, and bytes.
#[derive(Clone, Copy, Debug)]
pub struct Points<'a> {
    /// Hours.
    pub hours: &'a [f64],
    /// Bytes.
    pub values: &'a [f64],
}

impl Points<'_> {
    /// Those from an hour on.
    #[must_use]
    pub fn from(self, hour: f64) -> Self {
        let start = self.hours.partition_point(|h| *h < hour);
        Self { hours: &self.hours[start..], values: &self.values[start..] }
    }

    /// Those before an hour.
    #[must_use]
    pub fn before(self, hour: f64) -> Self {
        let end = self.hours.partition_point(|h| *h < hour);
        Self { hours: &self.hours[..end], values: &self.values[..end] }
    }

    /// Hours that samples cover: a gap counts as three intervals, for nobody knows what went on in it.
    /// Logs of different intervals may be joined, so the longer intervals are the measure.
    pub fn covered(self) -> f64 {
        let steps: Vec<f64> = self.hours.windows(2).map(|w| w[1] - w[0]).collect();
        let most = 3.0 * quantile(&steps, 0.9);
        steps.iter().map(|step| step.min(most)).sum()
    }

    /// From the first to the last, hours.
    pub fn span(self) -> f64 {
        self.hours.last().zip(self.hours.first()).map_or(0.0, |(last, first)| last - first)
    }
}

/// Fewer samples say nothing: Mann-Kendall on the marks of 24 samples reaches [`SIGNIFICANT`] only
/// where nearly every mark is above the one before.
pub const MIN_SAMPLES: usize = 24;

/// Standard score of Mann-Kendall, corrected for autocorrelation, from which growth is no chance:
/// one in 2,000 trendless series gets there. At 1.96 every twentieth healthy pool would alarm.
const SIGNIFICANT: f64 = 3.3;
/// From here on growth is suspected: one in 100.
pub const SUSPICIOUS: f64 = 2.33;
/// Growth must stand out of the noise of the marks so many times: what is below that is not seen
/// in a chart either.
const GROWTH_OVER_NOISE: f64 = 3.0;
/// Growth below this share of the level is of no consequence within the log's span; a longer log
/// will show it if it goes on.
const GROWTH_THAT_MATTERS: f64 = 0.02;
/// A second half that rises slower than this share of the first half has levelled off. An
/// exponential warm-up whose time constant is a third of the log comes to 0.22.
const LEVELLED_OFF: f64 = 0.20;
/// Below this share it slows down: an exponential with a time constant of half the log is at 0.37.
/// Leaks that slow with a falling load look the same, hence only suspected.
const SLOWING_DOWN: f64 = 0.45;
/// Behind a step the level changes by less than this share of it; more is a leak that began with a
/// step.
const FLAT_AFTER_STEP: f64 = 0.3;
/// One step explains the marks when it leaves less than this share of the squares that the better
/// of a straight and a bent line leaves. A staircase of three steps or more is past it.
const STEP_SSE: f64 = 0.8;
/// A leak never comes down: one that has lost this share of its rise by the end is load.
const FELL_BACK: f64 = 0.25;
/// Bins of a log shorter than a week. Enough for Mann-Kendall, few enough that each holds several
/// samples.
const BINS: usize = 48;
/// Hours.
pub const DAY: f64 = 24.0;
/// From two weeks on a bin is a day, so that what every day brings and takes away leaves no trace.
/// Fewer days are too few marks: seven that all rise reach a score of 3.0.
const DAILY_FROM_HOURS: f64 = 14.0 * DAY;
/// From a week to two, the day slides on by a quarter at a time; the correction for autocorrelation
/// takes care of the overlap.
pub const SLIDING_FROM_HOURS: f64 = 7.0 * DAY;
/// Two years of days; Sen's slope takes the square of the number of marks.
const MOST_MARKS: usize = 720;

/// Whether a gate was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// Yes.
    Yes,
    /// Not clearly.
    Doubtful,
    /// No.
    No,
}

/// What a gate asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateKind {
    /// Is the growth more than chance?
    Trend,
    /// Is it more than the noise?
    Noise,
    /// Is it enough to matter?
    Size,
    /// Has it stayed up?
    StayedUp,
    /// Is it still going on?
    GoesOn,
    /// Is it more than one step?
    NotOneStep,
    /// Is it above what it was a day before, at nearly all times of the day?
    HigherEachDay,
    /// Is it above all that was before? (for the end of a log)
    NewTerritory,
    /// Is the log long enough to exclude one day's load?
    LongEnough,
}

/// A gate and its figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// Which.
    pub kind: GateKind,
    /// Whether it was passed.
    pub passed: Passed,
    /// The evidence in words.
    pub text: String,
}

/// What examining a stretch gave.
#[derive(Clone, Debug)]
pub struct Window {
    /// Low-water marks.
    pub marks: Vec<Mark>,
    /// Standard score of the trend.
    pub z: f64,
    /// Bytes an hour.
    pub slope: f64,
    /// Its 95 % confidence interval.
    pub ci95: (f64, f64),
    /// Fitted level at the stretch's begin and end.
    pub levels: (f64, f64),
    /// Begin and end, hours.
    pub hours: (f64, f64),
    /// Deviation of the marks from the fitted line.
    pub noise: f64,
    /// Share of the marks' variance that a straight line explains.
    pub straight: f64,
    /// All gates.
    pub gates: Vec<Gate>,
}

/// Low-water marks of a stretch.
pub fn marks(points: Points<'_>) -> Vec<Mark> {
    let (hours, values) = (points.hours, points.values);
    match points.span() {
        span if span >= DAILY_FROM_HOURS => low_water(hours, values, ((span / DAY).round() as usize).min(MOST_MARKS)),
        span if span >= SLIDING_FROM_HOURS => sliding_low_water(hours, values, DAY, DAY / 4.0),
        _ => {
            let bins = BINS.min(values.len() / 2).max(2);
            let marks = low_water(hours, values, bins);
            // Where a gap has emptied most bins, samples are counted instead of hours.
            if 2 * marks.len() >= bins { marks } else { by_count(points, bins) }
        }
    }
}

/// Low-water marks of bins that hold the same number of samples.
fn by_count(points: Points<'_>, bins: usize) -> Vec<Mark> {
    let size = (points.values.len() / bins.max(1)).max(1);
    points.hours.chunks(size).zip(points.values.chunks(size)).flat_map(|(t, v)| low_water(t, v, 1)).collect()
}

/// A rise before the bend of less than this share of the rise behind it is flat.
const FLAT_BEFORE: f64 = 0.15;
/// A bend is one when the broken line leaves less than this share of the squares of a straight one;
/// its two more parameters alone take a tenth off noise.
const BENT_SSE: f64 = 0.7;

/// Where growth began, when it did so within the stretch: the bend of a broken line whose first
/// part is flat and that fits clearly better than a straight one.
pub fn onset(points: Points<'_>) -> Option<f64> {
    let fine = if points.span() >= SLIDING_FROM_HOURS {
        marks(points)
    } else {
        // Marks four times as fine as those of the trend place the bend more exactly.
        low_water(points.hours, points.values, (BINS * 4).min(points.values.len()))
    };
    let (times, values): (Vec<f64>, Vec<f64>) = fine.iter().map(|m| (m.time, m.value)).unzip();
    let bent = broken_line(&times, &values)?;
    let flat_before = bent.after > 0.0 && bent.before.abs() < FLAT_BEFORE * bent.after;
    if !flat_before || bent.sse >= BENT_SSE * line_sse(&times, &values) {
        return None;
    }
    // The bend was searched at marks only; where the risen part meets the level before it is finer.
    let split = fine.partition_point(|m| m.time < bent.at);
    let level = median(&values[..split.max(1)]);
    let met = sen(&times[split..], &values[split..]).map(|line| (level - line.intercept) / line.slope);
    let reach = 4.0 * points.span() / fine.len().max(1) as f64;
    Some(met.filter(|at| (at - bent.at).abs() <= reach).unwrap_or(bent.at))
}

impl Window {
    /// Examines a stretch. `None` when it is too short for any statistics.
    pub fn examine(points: Points<'_>) -> Option<Self> {
        let marks = marks(points);
        let (times, values): (Vec<f64>, Vec<f64>) = marks.iter().map(|m| (m.time, m.value)).unzip();
        let line = sen(&times, &values)?;
        let factor = hamed_rao_factor(&values).max(1.0);
        let test = mann_kendall(&values).with_variance_factor(factor);
        let residuals: Vec<f64> = marks.iter().map(|m| m.value - line.at(m.time)).collect();
        let hours = (*points.hours.first()?, *points.hours.last()?);
        let centre = values.iter().sum::<f64>() / values.len() as f64;
        let squares: f64 = values.iter().map(|v| (v - centre) * (v - centre)).sum();
        let mut window = Self {
            z: test.z,
            slope: line.slope,
            ci95: line.interval95(test.variance),
            levels: (line.at(hours.0), line.at(hours.1)),
            hours,
            noise: deviation(&residuals),
            straight: if squares > 0.0 { 1.0 - line_sse(&times, &values) / squares } else { 0.0 },
            gates: Vec::new(),
            marks,
        };
        window.gates = vec![window.trend(factor), window.over_noise(), window.matters(points)];
        window.gates.extend([window.stayed_up(), window.goes_on(), window.not_one_step()]);
        Some(window)
    }

    /// Growth over the stretch, bytes.
    pub fn growth(&self) -> f64 {
        self.levels.1 - self.levels.0
    }

    /// Whether all gates were passed, or none clearly failed.
    pub fn passed(&self) -> Passed {
        let any = |p| self.gates.iter().any(|g| g.passed == p);
        match () {
            () if any(Passed::No) => Passed::No,
            () if any(Passed::Doubtful) => Passed::Doubtful,
            () => Passed::Yes,
        }
    }

    fn trend(&self, factor: f64) -> Gate {
        let passed = match self.z {
            z if z > SIGNIFICANT => Passed::Yes,
            z if z > SUSPICIOUS => Passed::Doubtful,
            _ => Passed::No,
        };
        let corrected = if factor > 1.05 {
            format!(", corrected for values that follow one another (variance times {factor:.1})")
        } else {
            String::new()
        };
        let text = match passed {
            Passed::Yes => format!(
                "The low-water mark rises steadily: Mann-Kendall z = {:.1} over {} marks{corrected}; chance gives \
                 more than {SIGNIFICANT} once in 2,000 logs",
                self.z,
                self.marks.len()
            ),
            _ => format!(
                "The low-water mark shows no certain rise: Mann-Kendall z = {:.1} over {} marks{corrected}; {SIGNIFICANT} \
                 is needed",
                self.z,
                self.marks.len()
            ),
        };
        Gate { kind: GateKind::Trend, passed, text }
    }

    fn over_noise(&self) -> Gate {
        let growth = self.growth();
        let passed = if growth >= GROWTH_OVER_NOISE * self.noise { Passed::Yes } else { Passed::No };
        let text = match (passed, self.noise > 0.0) {
            (Passed::Yes, true) => format!(
                "The rise of {} is {:.0} times what the marks scatter ({})",
                units::bytes(growth),
                growth / self.noise,
                units::bytes(self.noise)
            ),
            (Passed::Yes, false) => format!("The rise of {} is free of noise", units::bytes(growth)),
            _ => format!(
                "The change of {} is within what the marks scatter anyway ({})",
                units::bytes(growth),
                units::bytes(self.noise)
            ),
        };
        Gate { kind: GateKind::Noise, passed, text }
    }

    fn matters(&self, points: Points<'_>) -> Gate {
        let level = median(points.values);
        let share = if level > 0.0 { self.growth() / level } else { 0.0 };
        let passed = if share >= GROWTH_THAT_MATTERS { Passed::Yes } else { Passed::No };
        let text = match passed {
            Passed::Yes => format!("It adds {} to a usual level of {}", units::percent(share), units::bytes(level)),
            _ => format!(
                "It changes the usual level of {} by {}; less than {} is of no consequence in a log of this length",
                units::bytes(level),
                units::percent(share),
                units::percent(GROWTH_THAT_MATTERS)
            ),
        };
        Gate { kind: GateKind::Size, passed, text }
    }

    fn stayed_up(&self) -> Gate {
        let values: Vec<f64> = self.marks.iter().map(|m| m.value).collect();
        let top = values.iter().copied().fold(f64::MIN, f64::max);
        let bottom = values.iter().copied().fold(f64::MAX, f64::min);
        // Two marks, so that one late dip does not acquit a leak.
        let end = values[values.len().saturating_sub(2)..].iter().copied().fold(f64::MIN, f64::max);
        let lost = if top > bottom { (top - end) / (top - bottom) } else { 0.0 };
        let passed = if lost <= FELL_BACK { Passed::Yes } else { Passed::No };
        let text = match passed {
            Passed::Yes => {
                format!("It has not come down again: {} of the rise is still held", units::percent(1.0 - lost))
            }
            _ => format!(
                "It came down again: from {} it fell back by {} of its rise, as load does and a leak does not",
                units::bytes(top),
                units::percent(lost)
            ),
        };
        Gate { kind: GateKind::StayedUp, passed, text }
    }

    fn goes_on(&self) -> Gate {
        let middle = f64::midpoint(self.hours.0, self.hours.1);
        let half = |keep: &dyn Fn(&&Mark) -> bool| {
            let (t, v): (Vec<f64>, Vec<f64>) = self.marks.iter().filter(keep).map(|m| (m.time, m.value)).unzip();
            sen(&t, &v).map_or(0.0, |s| s.slope)
        };
        let first = half(&|m| m.time < middle);
        let second = half(&|m| m.time >= middle);
        let ratio = if first > 0.0 { second / first } else { 1.0 };
        let passed = match ratio {
            r if r < LEVELLED_OFF => Passed::No,
            r if r < SLOWING_DOWN => Passed::Doubtful,
            _ => Passed::Yes,
        };
        let rates = format!("{} in the first half, {} in the second", units::rate(first), units::rate(second));
        let text = match passed {
            Passed::Yes => format!("It goes on to the end of the log: {rates}"),
            Passed::Doubtful => format!("It is slowing down, as warming-up caches do: {rates}"),
            Passed::No => format!("It has levelled off, as after a start or a filled cache: {rates}"),
        };
        Gate { kind: GateKind::GoesOn, passed, text }
    }

    fn not_one_step(&self) -> Gate {
        let (times, values): (Vec<f64>, Vec<f64>) = self.marks.iter().map(|m| (m.time, m.value)).unzip();
        let line = line_sse(&times, &values);
        let smooth = broken_line(&times, &values).map_or(line, |bent| bent.sse.min(line));
        let step = best_step(&values).filter(|step| {
            // A step of a leak goes on rising behind it.
            let (late_times, late): (Vec<f64>, Vec<f64>) = (times[step.at..].to_vec(), values[step.at..].to_vec());
            let rise = sen(&late_times, &late).map_or(0.0, |s| s.slope) * (self.hours.1 - times[step.at]);
            step.sse < STEP_SSE * smooth && rise.abs() < FLAT_AFTER_STEP * (step.after - step.before).abs()
        });
        match step {
            Some(step) => Gate {
                kind: GateKind::NotOneStep,
                passed: Passed::No,
                text: format!(
                    "One step, {} before the end of the log, explains it better than steady growth: {} before, {} \
                     after, flat on either side",
                    units::duration(self.hours.1 - times[step.at]),
                    units::bytes(step.before),
                    units::bytes(step.after)
                ),
            },
            None => Gate {
                kind: GateKind::NotOneStep,
                passed: Passed::Yes,
                text: "It is no single step: a rising line explains it better than two levels".to_owned(),
            },
        }
    }

    /// Whether the end of this stretch lies above all that was before it, which daily load that is
    /// up at the end of a log does not.
    ///
    /// The margin is half of the range that the earlier part used, or six times its own scatter.
    pub fn new_territory(&self, earlier: Points<'_>) -> Gate {
        let (low, high) = (quantile(earlier.values, 0.01), quantile(earlier.values, 0.99));
        let steps: Vec<f64> = earlier.values.windows(2).map(|w| w[1] - w[0]).collect();
        // The difference of two independent values scatters by the root of 2 more than each.
        let scatter = deviation(&steps) / std::f64::consts::SQRT_2;
        let margin = (0.5 * (high - low)).max(6.0 * scatter);
        let above = self.levels.1 - high;
        let passed = if above > margin { Passed::Yes } else { Passed::No };
        let text = format!(
            "At the end it stands {} {} the highest level of the {} before",
            units::bytes(above.abs()),
            if above >= 0.0 { "above" } else { "below" },
            units::duration(earlier.span())
        );
        Gate { kind: GateKind::NewTerritory, passed, text }
    }
}
