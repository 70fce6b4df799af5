//! The gates that growth must pass to be called a leak: each asks one thing and answers with a figure.

use crate::base::units;
use crate::detect::segment::{DAY, Points, SLIDING_FROM_HOURS, Window, filled};
use crate::detect::shape::{daily, few_steps, rhythm, slows_down};
pub use crate::model::Passed;
use crate::model::{self, Unit};
use crate::stats::{
    Mark, best_step, broken_line, deviation, line_sse, median, quantile, seasonal_kendall, sen, stepped_line,
    wander_test,
};

/// Standard score of Mann-Kendall, corrected for autocorrelation, from which growth is no chance:
/// one in 2,000 trendless series gets there. At 1.96 every twentieth healthy pool would alarm.
pub const SIGNIFICANT: f64 = 3.3;
/// From here on growth is suspected: one in 100.
pub const SUSPICIOUS: f64 = 2.33;
/// Standard score of the rise against a series that wanders without aim, from which it is no wandering; a
/// normal score of 3 is one in 700. The accuracy table says what it costs among rises that wander.
const BEYOND_WANDERING: f64 = 3.0;
/// What whole days say must not be contradicted by their hours.
const AT_LEAST: f64 = 1.64;
/// From here on it may be more: one in 40.
const NEARLY_WANDERING: f64 = 2.0;
/// Seasonal Kendall compares days with days, and fewer than five cannot reach [`RISES_BY_HOUR`].
const DAYS_TO_COMPARE: f64 = 5.0;
/// Days, or stretches of days, that are compared: the work takes their square.
const MOST_PERIODS: f64 = 60.0;
/// One-sided score of 5 %: a second opinion, not the proof.
const RISES_BY_HOUR: f64 = 1.64;
/// Two steps are looked at when they leave less than this share of the squares that a straight line leaves:
/// searched over all places they take some 40 % off noise.
const STEPS_SSE: f64 = 0.45;
/// Less growth than this share between the steps, and they are all there is; a staircase of six equal stairs
/// keeps 0.6.
const ALL_STEPS: f64 = 0.35;
/// Up to this share it is in doubt.
const MOSTLY_STEPS: f64 = 0.5;
/// A rise that is so many times its noise has none worth a figure.
const MANY_TIMES: f64 = 1000.0;
/// Bytes that no pool and no process is judged for: sixteen pages.
const FEWEST_BYTES: f64 = 65_536.0;
/// Growth must stand out of the noise of the marks so many times: what is below that is not seen
/// in a chart either.
const GROWTH_OVER_NOISE: f64 = 3.0;
/// Growth below this share of the level is of no consequence within the log's span; a longer log
/// will show it if it goes on.
pub const GROWTH_THAT_MATTERS: f64 = 0.02;
/// Up to this share a few services that were started come to the same.
const MORE_THAN_SERVICES: f64 = 0.035;
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

/// What a gate asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateKind {
    /// Is the growth more than chance?
    Trend,
    /// Is it more than the noise?
    Noise,
    /// Is it more than a wandering series comes to?
    NotWandering,
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
    /// Does it rise from day to day at the same hours?
    RisesByHour,
    /// Is it more than the load in the same log explains?
    NotLoad,
    /// Is the load no higher than before?
    LoadIsUp,
    /// Does what was measured rise, before anything was taken out?
    Measured,
}

impl Gate {
    /// As reports show it.
    pub fn said(&self) -> model::Gate {
        model::Gate { asks: self.kind.name(), passed: self.passed, text: self.text.clone() }
    }
}

impl GateKind {
    /// What passing it means, in a few words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trend => "rises more than chance",
            Self::Noise => "stands out of the noise",
            Self::NotWandering => "is no aimless wandering",
            Self::Size => "is enough to matter",
            Self::StayedUp => "has not come down",
            Self::GoesOn => "goes on to the end",
            Self::NotOneStep => "is no step or two",
            Self::HigherEachDay => "is higher each day",
            Self::NewTerritory => "is above all before",
            Self::LongEnough => "was seen long enough",
            Self::RisesByHour => "rises at the same hours of the day",
            Self::NotLoad => "is not explained by load",
            Self::LoadIsUp => "rises while load is as before",
            Self::Measured => "rises before load is taken out",
        }
    }

    /// Share of findings that are right when this gate alone is passed in doubt, against when it is passed; from
    /// the accuracy bench, rounded.
    pub fn in_doubt(self) -> f64 {
        match self {
            Self::RisesByHour | Self::HigherEachDay => 0.85,
            Self::NotWandering | Self::Noise | Self::NewTerritory => 0.80,
            Self::GoesOn | Self::Size | Self::NotLoad | Self::Measured => 0.70,
            Self::LoadIsUp => 0.50,
            Self::LongEnough => 0.60,
            Self::NotOneStep | Self::StayedUp => 0.45,
            Self::Trend => 0.40,
        }
    }

    /// What would make up for failing it, or for passing it in doubt.
    pub fn would_need(self) -> &'static str {
        match self {
            Self::Trend | Self::Noise | Self::NotWandering => {
                "a log twice as long (a leak's rise doubles, while noise and wandering do not)"
            }
            Self::Size => "a longer log, if the rise goes on",
            Self::StayedUp => "a level that no longer comes down",
            Self::GoesOn => {
                "growth that goes on after this log (where it has levelled off it was a cache or a warm-up)"
            }
            Self::NotOneStep => "further steps like these, at the same hour of the day or ever more of them",
            Self::HigherEachDay | Self::RisesByHour => "further days that are each higher at the same hours",
            Self::NewTerritory => "a level that goes on rising above all that was before",
            Self::LongEnough => "a log over a night at least (load comes down by morning, a leak does not)",
            Self::NotLoad | Self::LoadIsUp => "growth that goes on while the load does not rise",
            Self::Measured => "a low-water mark that rises by itself",
        }
    }
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

/// Marks that wandering is looked for in: enough to tell how much each inherits of the one before, and with
/// so many samples each that spikes leave no trace.
const FINE_BINS: usize = 480;
const SAMPLES_A_BIN: usize = 8;
const FEWEST_BINS: usize = 24;

/// A score as it is shown: beyond a hundred the figure says nothing more.
fn score(z: f64) -> String {
    match z {
        z if z > 100.0 => "over 100".to_owned(),
        z if z.abs() < 0.05 => "0.0".to_owned(),
        z => format!("{z:.1}"),
    }
}

impl Window {
    /// All gates that need nothing but the stretch itself.
    pub fn pass_gates(&mut self, points: Points<'_>, factor: f64) {
        self.gates = vec![
            self.trend(factor),
            self.over_noise(),
            self.not_wandering(points),
            self.matters(points),
            self.stayed_up(),
            self.goes_on(),
            self.not_one_step(),
        ];
        self.gates.extend(Self::rises_by_hour(points));
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
                "The low-water mark rises steadily: Mann-Kendall z = {:.1} over {} marks{corrected}; chance alone \
                 gives more than {SIGNIFICANT} in one of 2,000 stretches",
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
            (Passed::Yes, true) if growth < MANY_TIMES * self.noise => format!(
                "The rise of {} is {:.0} times what the marks scatter ({})",
                self.unit.amount(growth),
                growth / self.noise,
                self.unit.amount(self.noise)
            ),
            (Passed::Yes, _) => format!("The rise of {} is all but free of noise", self.unit.amount(growth)),
            _ => format!(
                "The change of {} is within what the marks scatter anyway ({})",
                self.unit.amount(growth),
                self.unit.amount(self.noise)
            ),
        };
        Gate { kind: GateKind::Noise, passed, text }
    }

    fn not_wandering(&self, points: Points<'_>) -> Gate {
        let bins = FINE_BINS.min(points.values.len() / SAMPLES_A_BIN).max(FEWEST_BINS);
        let marks = filled(points, bins.min(points.values.len()));
        let (times, values): (Vec<f64>, Vec<f64>) = marks.iter().map(|m| (m.time, m.value)).unzip();
        let rhythm = rhythm(&times, points.span());
        let columns: Vec<&[f64]> = rhythm.iter().map(Vec::as_slice).collect();
        let fine = wander_test(&times, &values, &columns).map_or(0.0, |test| test.z);
        // The load of single days wanders, too; it is not in the marks of whole days.
        let (times, values) = self.columns();
        let coarse = wander_test(&times, &values, &[]).filter(|_| points.span() >= SLIDING_FROM_HOURS);
        let z = coarse.map_or(fine, |coarse| fine.max(coarse.z));
        let passed = match z {
            z if z > BEYOND_WANDERING && fine > AT_LEAST => Passed::Yes,
            z if z > NEARLY_WANDERING => Passed::Doubtful,
            _ => Passed::No,
        };
        let text = match passed {
            Passed::Yes => format!("A series that wanders without aim would not come so far: z = {}", score(z)),
            _ => format!(
                "A series that wanders without aim comes as far now and then: z = {}, {BEYOND_WANDERING} is needed",
                score(z)
            ),
        };
        Gate { kind: GateKind::NotWandering, passed, text }
    }

    fn matters(&self, points: Points<'_>) -> Gate {
        let level = median(points.values);
        let share = if level > 0.0 { self.growth() / level } else { 0.0 };
        let passed = match share {
            _ if self.unit == Unit::Bytes && self.growth() < FEWEST_BYTES => Passed::No,
            s if s >= MORE_THAN_SERVICES => Passed::Yes,
            s if s >= GROWTH_THAT_MATTERS => Passed::Doubtful,
            _ => Passed::No,
        };
        let text = match passed {
            Passed::Doubtful => format!(
                "It adds {} to a usual level of {}, which a few programs that were started may come to",
                units::percent(share),
                self.unit.amount(level)
            ),
            Passed::Yes => format!("It adds {} to a usual level of {}", units::percent(share), self.unit.amount(level)),
            Passed::No if share >= GROWTH_THAT_MATTERS => {
                format!("It changes by {}, which is of no consequence to any machine", self.unit.amount(self.growth()))
            }
            Passed::No => format!(
                "It changes the usual level of {} by {}; less than {} is of no consequence in a log of this length",
                self.unit.amount(level),
                units::percent(share),
                units::percent(GROWTH_THAT_MATTERS)
            ),
        };
        Gate { kind: GateKind::Size, passed, text }
    }

    fn stayed_up(&self) -> Gate {
        let values: Vec<f64> = self.marks.iter().map(|m| m.value).collect();
        // The highest mark may hold a spike, where few samples make a mark.
        let top = quantile(&values, 0.95);
        let bottom = values.iter().copied().fold(f64::MAX, f64::min);
        // Two marks, so that one late dip does not acquit a leak.
        let end = values[values.len().saturating_sub(2)..].iter().copied().fold(f64::MIN, f64::max);
        let lost = if top > bottom { (top - end) / (top - bottom) } else { 0.0 };
        let passed = if lost <= FELL_BACK { Passed::Yes } else { Passed::No };
        let text = match passed {
            Passed::Yes => {
                format!(
                    "It has not come down again: {} of the rise is still held",
                    units::percent((1.0 - lost).min(1.0))
                )
            }
            _ => format!(
                "It came down again: from {} it fell back by {} of its rise, as load does and a leak does not",
                self.unit.amount(top),
                units::percent(lost)
            ),
        };
        Gate { kind: GateKind::StayedUp, passed, text }
    }

    fn goes_on(&mut self) -> Gate {
        let middle = f64::midpoint(self.hours.0, self.hours.1);
        let half = |keep: &dyn Fn(&&Mark) -> bool| {
            let (t, v): (Vec<f64>, Vec<f64>) = self.marks.iter().filter(keep).map(|m| (m.time, m.value)).unzip();
            sen(&t, &v).map_or(0.0, |s| s.slope)
        };
        let first = half(&|m| m.time < middle);
        let second = half(&|m| m.time >= middle);
        self.late = second;
        let ratio = if first > 0.0 { second / first } else { 1.0 };
        let (times, values) = self.columns();
        if let Some(share) = slows_down(&times, &values) {
            let text = format!(
                "It slows down like a cache that fills: if it goes on so, as long a time again adds {} of what this one added",
                units::percent(share)
            );
            return Gate { kind: GateKind::GoesOn, passed: Passed::No, text };
        }
        let passed = match ratio {
            r if r < LEVELLED_OFF => Passed::No,
            r if r < SLOWING_DOWN => Passed::Doubtful,
            _ => Passed::Yes,
        };
        let rates = format!("{} in the first half, {} in the second", self.unit.rate(first), self.unit.rate(second));
        let text = match passed {
            Passed::Yes => format!("It goes on to the end of the log: {rates}"),
            Passed::Doubtful => format!("It is slowing down, as warming-up caches do: {rates}"),
            Passed::No => format!("It has levelled off, as after a start or a filled cache: {rates}"),
        };
        Gate { kind: GateKind::GoesOn, passed, text }
    }

    fn not_one_step(&mut self) -> Gate {
        let (times, values) = self.columns();
        let line = line_sse(&times, &values);
        let smooth = broken_line(&times, &values).map_or(line, |bent| bent.sse.min(line));
        let step = best_step(&values).filter(|step| {
            // A step of a leak goes on rising behind it.
            let rise =
                sen(&times[step.at..], &values[step.at..]).map_or(0.0, |s| s.slope) * (self.hours.1 - times[step.at]);
            step.sse < STEP_SSE * smooth && rise.abs() < FLAT_AFTER_STEP * (step.after - step.before).abs()
        });
        // Two steps leave nothing, or little, for a line to explain.
        let two = stepped_line(&times, &values).and_then(|two| {
            let share = two.slope * (self.hours.1 - self.hours.0) / self.growth();
            (two.sse < STEPS_SSE * line && share < MOSTLY_STEPS).then_some((two, share))
        });
        // More levels than two jumps of a line, where they fit better.
        let by_day = self.hours.1 - self.hours.0 >= SLIDING_FROM_HOURS;
        let when = |at: &[usize]| at.iter().map(|n| times[*n]).collect::<Vec<f64>>();
        // Marks of whole days are a day apart whatever makes them.
        let few = few_steps(&values, smooth).filter(|at| by_day || !daily(&when(at)));
        if let Some(at) = &few {
            self.steps = when(at);
        } else if let Some((two, _)) = &two {
            self.steps = vec![times[two.at.0], times[two.at.1]];
        }
        let (passed, text) = match (step, two) {
            (Some(step), _) => (
                Passed::No,
                format!(
                    "One step, {} before the end of the log, explains it better than steady growth: {} before, {} \
                     after, flat on either side",
                    units::duration(self.hours.1 - times[step.at]),
                    self.unit.amount(step.before),
                    self.unit.amount(step.after)
                ),
            ),
            (None, Some((two, share))) => (
                if share < ALL_STEPS { Passed::No } else { Passed::Doubtful },
                format!(
                    "Two steps, {} and {} before the end of the log, of {} and {}, leave {} of the rise for steady growth",
                    units::duration(self.hours.1 - times[two.at.0]),
                    units::duration(self.hours.1 - times[two.at.1]),
                    self.unit.amount(two.steps.0),
                    self.unit.amount(two.steps.1),
                    units::percent(share.max(0.0))
                ),
            ),
            _ if few.is_some() => (
                Passed::Doubtful,
                format!(
                    "{} steps explain it better than steady growth, flat in between, and they follow no daily rhythm",
                    self.steps.len()
                ),
            ),
            _ => (
                Passed::Yes,
                "It is no step or two: a rising line explains it better than two or three levels".to_owned(),
            ),
        };
        Gate { kind: GateKind::NotOneStep, passed, text }
    }

    /// Steps that come with programs which were started and go on are those programs' own.
    pub fn steps_of_programs(&mut self, starts: &[f64]) {
        // The step lies in one of two bins.
        let width = (self.hours.1 - self.hours.0) / self.marks.len().max(1) as f64;
        let near = (2.0 * width).max(if self.hours.1 - self.hours.0 >= SLIDING_FROM_HOURS { DAY } else { 0.0 });
        let matched =
            self.steps.iter().filter(|step| starts.iter().any(|start| (*start - **step).abs() <= near)).count();
        if self.steps.len() < 2 || matched + 1 < self.steps.len() || matched < 2 {
            return;
        }
        if let Some(gate) =
            self.gates.iter_mut().find(|g| g.kind == GateKind::NotOneStep && g.passed == Passed::Doubtful)
        {
            gate.passed = Passed::No;
            gate.text = format!(
                "{} steps, flat in between, explain it better than steady growth, and with {matched} of them a program began \
                 that still runs",
                self.steps.len()
            );
        }
    }

    /// Times and values of the marks.
    pub fn columns(&self) -> (Vec<f64>, Vec<f64>) {
        self.marks.iter().map(|m| (m.time, m.value)).unzip()
    }

    /// A second opinion where there are enough days: each hour of the day against the same hour of other days.
    fn rises_by_hour(points: Points<'_>) -> Option<Gate> {
        let begin = *points.hours.first()?;
        // Longer logs compare stretches of several days with one another.
        let period = DAY * (points.span() / (DAY * MOST_PERIODS)).max(1.0).ceil();
        let days = (points.span() / period) as usize;
        if points.span() < DAYS_TO_COMPARE * DAY {
            return None;
        }
        let mut sums = vec![vec![(0.0, 0.0); days]; 24];
        for (hour, value) in points.hours.iter().zip(points.values) {
            let since = hour - begin;
            let (day, hour) = ((since / period) as usize, (since % DAY) as usize);
            if let Some(sum) = sums.get_mut(hour).and_then(|hour| hour.get_mut(day)) {
                *sum = (sum.0 + value, sum.1 + 1.0);
            }
        }
        // A stretch without samples says nothing, and one wrong time stamp must not make thousands of them.
        let seen: Vec<usize> = (0..days).filter(|day| sums.iter().any(|hour| hour[*day].1 > 0.0)).collect();
        if (seen.len() as f64) < DAYS_TO_COMPARE {
            return None;
        }
        let mean = |(sum, n): &(f64, f64)| if *n > 0.0 { sum / n } else { f64::NAN };
        let seasons: Vec<Vec<f64>> =
            sums.iter().map(|hour| seen.iter().map(|day| mean(&hour[*day])).collect()).collect();
        let z = seasonal_kendall(&seasons).z;
        let passed = if z > RISES_BY_HOUR { Passed::Yes } else { Passed::Doubtful };
        let text = match passed {
            Passed::Yes => {
                format!("Hour for hour of the day it is higher than on earlier days: seasonal Kendall z = {z:.1}")
            }
            _ => format!(
                "Hour for hour it is not clearly higher than on earlier days: seasonal Kendall z = {z:.1}, {RISES_BY_HOUR} \
                 is needed"
            ),
        };
        Some(Gate { kind: GateKind::RisesByHour, passed, text })
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
            self.unit.amount(above.abs()),
            if above >= 0.0 { "above" } else { "below" },
            units::duration(earlier.span())
        );
        Gate { kind: GateKind::NewTerritory, passed, text }
    }
}
