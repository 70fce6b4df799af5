//! What load explains: a series as a bent and lagged function of the load counters in the same log.

use crate::base::units;
use crate::counters::LoadCounter;
use crate::detect::gates::SIGNIFICANT;
use crate::detect::segment::{MIN_SAMPLES, Points};
use crate::machine::{Machine, Series};
use crate::model::{self, Unit};
use crate::stats::{Fit, least_squares, mann_kendall, median, quantile};

/// The values of one load counter.
#[derive(Clone, Debug)]
pub struct Load {
    /// English path without machine and instance.
    pub name: String,
    hours: Vec<f64>,
    values: Vec<f64>,
}

/// Bins that series are compared in: an hour of a month's log, six minutes of three days'.
const BINS: usize = 480;
/// Fewer bins say nothing with so many columns.
const FEWEST_BINS: usize = 48;
/// A load must have values in this share of the bins.
const COVERS: f64 = 0.8;
/// Time constants with which a pool may follow its load, hours: at once, to a connection's long time out.
const LAGS: [f64; 8] = [0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0];
/// A load explains something when it takes this share of what is left beside a slow drift. Chance takes
/// a tenth of pure noise with the best of all counters and lags.
const EXPLAINS: f64 = 0.3;
/// A further load must take this share of what the first has left.
const EXPLAINS_FURTHER: f64 = 0.25;
/// Fitted to one half of the log, loads must still explain this share of the other.
const HOLDS: f64 = 0.15;
/// Loads that are joined.
const MOST_LOADS: usize = 3;
/// A counter of things that are (processes, threads, handles), not of work that is done, is load only when it
/// comes down: it must end below this share of its range.
const COMES_DOWN: f64 = 0.5;

/// The load counters that a machine's log holds and that move.
pub fn loads(machine: &Machine, hours: &[f64]) -> Vec<Load> {
    let load = |name: String, series: &Series| {
        let (hours, values): (Vec<f64>, Vec<f64>) = series.iter().map(|(sample, v)| (hours[sample], v)).unzip();
        let moves = quantile(&values, 0.9) > quantile(&values, 0.1);
        moves.then_some(Load { name, hours, values })
    };
    let counted = LoadCounter::ALL.into_iter().filter_map(|counter| {
        let found = load(counter.english(), machine.store.load(counter))?;
        let is_state = matches!(counter, LoadCounter::Processes | LoadCounter::Threads | LoadCounter::FilesOpen);
        (!is_state || found.comes_down()).then_some(found)
    });
    let handles = load(r"Process(_Total)\Handle Count".to_owned(), &machine.process_total.handles);
    counted.chain(handles.filter(Load::comes_down)).collect()
}

impl Load {
    /// Whether it ends above all that it was before `begin`, by half of the range that it used: twice, since one
    /// busy sample is nothing.
    pub fn is_up(&self, begin: f64, end: f64) -> bool {
        let (from, to) = (self.hours.partition_point(|h| *h < begin), self.hours.partition_point(|h| *h <= end));
        let (early, late) = (&self.values[..from], &self.values[from..to]);
        if early.len() < FEWEST_BINS || late.len() < 3 {
            return false;
        }
        let (low, high) = (quantile(early, 0.01), quantile(early, 0.99));
        quantile(&late[late.len() / 2..], 0.5) > high + 0.5 * (high - low)
    }

    /// Whether it has risen steadily since `begin`, by half of the range that it used before.
    pub fn rises(&self, begin: f64, end: f64) -> bool {
        let (from, to) = (self.hours.partition_point(|h| *h < begin), self.hours.partition_point(|h| *h <= end));
        let (early, late) = (&self.values[..from], &self.values[from..to]);
        if early.len() < FEWEST_BINS || late.len() < MIN_SAMPLES {
            return false;
        }
        let means: Vec<f64> = late
            .chunks(late.len().div_ceil(MIN_SAMPLES))
            .map(|part| part.iter().sum::<f64>() / part.len() as f64)
            .collect();
        let third = means.len() / 3;
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
        let risen = mean(&means[means.len() - third..]) - mean(&means[..third]);
        let used = quantile(early, 0.9) - quantile(early, 0.1);
        mann_kendall(&means).z > SIGNIFICANT && risen > 0.5 * used
    }

    fn comes_down(&self) -> bool {
        let n = self.values.len();
        let (low, high) = (quantile(&self.values, 0.05), quantile(&self.values, 0.95));
        let begin = median(&self.values[..n.div_ceil(10)]);
        let end = median(&self.values[n - n.div_ceil(10)..]);
        // What ends as high as it ever was, far above its begin, may be the leak itself.
        end - low <= COMES_DOWN * (high - low) || end <= begin
    }
}

/// The best load so far: the squares it leaves, its columns, its name and lag.
type Best = (f64, [Vec<f64>; 3], (String, f64));

/// A load and what it explains.
#[derive(Clone, Debug)]
pub struct Explaining {
    /// English path without machine and instance.
    pub name: String,
    /// Time constant with which the series follows, hours.
    pub lag: f64,
    /// Share of the movement about a slow drift that it explains beside those named before it.
    pub share: f64,
}

/// A series and what load explains of it.
#[derive(Clone, Debug)]
pub struct Explained {
    /// Middles of the bins, hours.
    pub hours: Vec<f64>,
    /// What is left of the series when load is taken out, at the load's low-water level.
    pub rest: Vec<f64>,
    /// What load adds, from that level.
    pub part: Vec<f64>,
    /// Share of the movement about a slow drift that load explains, 0 to 1.
    pub share: f64,
    /// Which loads, the most telling first.
    pub loads: Vec<Explaining>,
    /// What the values count.
    pub unit: Unit,
}

/// Means of the bins of a grid; NaN where there is none.
fn binned(hours: &[f64], values: &[f64], begin: f64, width: f64, count: usize) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); count];
    for (hour, value) in hours.iter().zip(values) {
        let place = (hour - begin) / width;
        if (0.0..count as f64 + 1e-9).contains(&place) {
            let sum = &mut sums[(place as usize).min(count - 1)];
            *sum = (sum.0 + value, sum.1 + 1.0);
        }
    }
    sums.into_iter().map(|(sum, n)| if n > 0.0 { sum / n } else { f64::NAN }).collect()
}

/// The same with a time constant: what follows at once and dies away.
fn lagged(values: &[f64], lag: f64, width: f64) -> Vec<f64> {
    let gain = if lag > 0.0 { 1.0 - (-width / lag).exp() } else { 1.0 };
    let mut state = values.first().copied().unwrap_or(0.0);
    values
        .iter()
        .map(|value| {
            state += gain * (value - state);
            state
        })
        .collect()
}

/// Straight, bent up and bent down, each from 0 to 1.
fn bends(values: &[f64]) -> [Vec<f64>; 3] {
    let low = values.iter().copied().fold(f64::MAX, f64::min);
    let range = values.iter().copied().fold(f64::MIN, f64::max) - low;
    let scaled = |v: &f64| if range > 0.0 { (v - low) / range } else { 0.0 };
    [
        values.iter().map(scaled).collect(),
        values.iter().map(|v| scaled(v) * scaled(v)).collect(),
        values.iter().map(|v| scaled(v).sqrt()).collect(),
    ]
}

/// A slow drift: a straight line with a bend at each quarter. It stands for leak, cache and step while the
/// loads are found by what goes faster.
fn drift(hours: &[f64]) -> Vec<Vec<f64>> {
    let (Some(begin), Some(end)) = (hours.first(), hours.last()) else { return Vec::new() };
    let share = |h: f64| (h - begin) / (end - begin).max(f64::MIN_POSITIVE);
    let hinge = |at: f64| hours.iter().map(|h| (share(*h) - at).max(0.0)).collect();
    vec![vec![1.0; hours.len()], hinge(0.0), hinge(0.25), hinge(0.5), hinge(0.75)]
}

fn fit(drift: &[Vec<f64>], loads: &[[Vec<f64>; 3]], values: &[f64]) -> Fit {
    let columns: Vec<&[f64]> = drift.iter().chain(loads.iter().flatten()).map(Vec::as_slice).collect();
    least_squares(&columns, values)
}

/// Whether loads say of one half of the log what it did, having been fitted to the other: a step that a load
/// happens to share does not come twice. Each half is told the load's part and has a drift of its own.
fn holds_for_halves(hours: &[f64], loads: &[[Vec<f64>; 3]], values: &[f64]) -> bool {
    let middle = values.len() / 2;
    let part = |from: usize, to: usize| {
        let loads: Vec<[Vec<f64>; 3]> =
            loads.iter().map(|bends| std::array::from_fn(|n| bends[n][from..to].to_vec())).collect();
        (drift(&hours[from..to]), loads, &values[from..to])
    };
    let halves = [part(0, middle), part(middle, values.len())];
    [(0, 1), (1, 0)].into_iter().all(|(learn, test)| {
        let (own_drift, own_loads, own) = &halves[learn];
        let coefficients = &fit(own_drift, own_loads, own).coefficients[own_drift.len()..];
        let (drift, loads, values) = &halves[test];
        let mut rest = values.to_vec();
        for (column, coefficient) in loads.iter().flatten().zip(coefficients) {
            rest.iter_mut().zip(column).for_each(|(v, x)| *v -= coefficient * x);
        }
        fit(drift, &[], &rest).sse < (1.0 - HOLDS) * fit(drift, &[], values).sse
    })
}

/// Explains a series by the loads of its log; `None` where they explain little, or where there is too
/// little to say.
pub fn explain(points: Points<'_>, loads: &[Load]) -> Option<Explained> {
    let begin = *points.hours.first()?;
    let count = BINS.min(points.values.len() / 2);
    if loads.is_empty() || count < FEWEST_BINS {
        return None;
    }
    let width = points.span() / count as f64;
    let own = binned(points.hours, points.values, begin, width, count);
    let candidates: Vec<(&Load, Vec<f64>)> =
        loads.iter().map(|load| (load, binned(&load.hours, &load.values, begin, width, count))).collect();
    let covers = |x: &[f64]| x.iter().zip(&own).filter(|(x, y)| !x.is_nan() && !y.is_nan()).count();
    let present = own.iter().filter(|v| !v.is_nan()).count();
    let candidates: Vec<(&Load, Vec<f64>)> =
        candidates.into_iter().filter(|(_, x)| covers(x) as f64 >= COVERS * present as f64).collect();
    let kept: Vec<usize> =
        (0..count).filter(|at| !own[*at].is_nan() && candidates.iter().all(|(_, x)| !x[*at].is_nan())).collect();
    if kept.len() < FEWEST_BINS || candidates.is_empty() {
        return None;
    }
    let pick = |values: &[f64]| kept.iter().map(|at| values[*at]).collect::<Vec<f64>>();
    let hours: Vec<f64> = kept.iter().map(|at| begin + (*at as f64 + 0.5) * width).collect();
    let values = pick(&own);
    let drift = drift(&hours);
    let alone = fit(&drift, &[], &values).sse;
    let mut left = alone;
    let mut chosen: Vec<[Vec<f64>; 3]> = Vec::new();
    let mut named: Vec<Explaining> = Vec::new();
    while chosen.len() < MOST_LOADS {
        let mut best: Option<Best> = None;
        for (load, x) in candidates.iter().filter(|(load, _)| named.iter().all(|known| known.name != load.name)) {
            let x = pick(x);
            for lag in LAGS.into_iter().filter(|lag| *lag == 0.0 || (*lag >= width / 2.0 && *lag < points.span() / 8.0))
            {
                chosen.push(bends(&lagged(&x, lag, width)));
                let sse = fit(&drift, &chosen, &values).sse;
                let own = chosen.pop()?;
                if best.as_ref().is_none_or(|(least, ..)| sse < *least) {
                    best = Some((sse, own, (load.name.clone(), lag)));
                }
            }
        }
        let needed = if chosen.is_empty() { EXPLAINS } else { EXPLAINS_FURTHER };
        let Some((sse, own, name)) = best.filter(|(sse, ..)| *sse < (1.0 - needed) * left) else { break };
        let share = (left - sse) / alone.max(f64::MIN_POSITIVE);
        named.push(Explaining { name: name.0, lag: name.1, share });
        left = sse;
        chosen.push(own);
    }
    if chosen.is_empty() {
        return None;
    }
    while !holds_for_halves(&hours, &chosen, &values) {
        chosen.pop();
        named.pop();
        if chosen.is_empty() {
            return None;
        }
    }
    let fitted = fit(&drift, &chosen, &values);
    let left = fitted.sse;
    let mut part = vec![0.0; values.len()];
    for (column, coefficient) in chosen.iter().flatten().zip(&fitted.coefficients[drift.len()..]) {
        part.iter_mut().zip(column).for_each(|(sum, x)| *sum += coefficient * x);
    }
    let low = quantile(&part, 0.1);
    part.iter_mut().for_each(|v| *v -= low);
    let rest = values.iter().zip(&part).map(|(v, p)| v - p).collect();
    Some(Explained {
        hours,
        rest,
        part,
        share: 1.0 - left / alone.max(f64::MIN_POSITIVE),
        loads: named,
        unit: points.unit,
    })
}

impl Explained {
    /// The rest as a series of its own.
    pub fn rest(&self) -> Points<'_> {
        Points { hours: &self.hours, values: &self.rest, unit: self.unit }
    }

    /// What load adds as a series of its own.
    pub fn part(&self) -> Points<'_> {
        Points { hours: &self.hours, values: &self.part, unit: self.unit }
    }

    /// The loads and what they explain together, up to "of": `\System\Processes (62 %) explains 62 %`.
    pub fn explains(&self) -> String {
        let name = |load: &Explaining| {
            let behind = if load.lag > 0.0 { format!(", {} behind", units::duration(load.lag)) } else { String::new() };
            if self.loads.len() > 1 {
                format!(r"\{} ({}{behind})", load.name, units::percent(load.share))
            } else if load.lag > 0.0 {
                format!(r"\{} ({} behind)", load.name, units::duration(load.lag))
            } else {
                format!(r"\{}", load.name)
            }
        };
        let names: Vec<String> = self.loads.iter().map(name).collect();
        let verb = if names.len() > 1 { "explain" } else { "explains" };
        format!("{} {verb} {}", names.join(" and "), units::percent(self.share))
    }

    /// As the verdict has it.
    pub fn said(&self) -> Vec<model::Load> {
        let said = |load: &Explaining| model::Load {
            counter: format!(r"\{}", load.name),
            lag_hours: load.lag,
            share: (load.share * 1000.0).round() / 1000.0,
        };
        self.loads.iter().map(said).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::sen;

    const BEGIN: f64 = 7.0;

    fn hours() -> Vec<f64> {
        (0..2016).map(|i| BEGIN + f64::from(i) / 12.0).collect()
    }

    /// Load that differs from day to day.
    fn users(hour: f64) -> f64 {
        let day = (hour / 24.0).floor();
        let hill = (1.0 - ((hour % 24.0 - 13.0) / 5.0).powi(2)).max(0.0);
        100.0 * hill * (1.0 + 0.3 * (day * 2.3).sin()) + 3.0 * (hour * 5.1).sin() + 5.0
    }

    fn load(name: &str, value: impl Fn(f64) -> f64) -> Load {
        Load { name: name.to_owned(), hours: hours(), values: hours().into_iter().map(value).collect() }
    }

    #[test]
    fn a_bent_and_lagged_load_leaves_the_leak() {
        let hours = hours();
        let mut behind = users(BEGIN);
        let values: Vec<f64> = hours
            .iter()
            .map(|h| {
                behind += (users(*h) - behind) * (1.0 - (-1.0_f64 / 24.0).exp());
                1e8 + 2e5 * behind.max(0.0).powf(0.7) + 5e4 * (h - BEGIN)
            })
            .collect();
        let points = Points { hours: &hours, values: &values, unit: Unit::Bytes };
        let found =
            explain(points, &[load("noise", |h| (h * 3.3).sin()), load("users", users)]).expect("an explanation");
        assert_eq!(found.loads[0].name, "users");
        assert!(found.share > 0.95 && found.loads[0].lag > 0.5 && found.loads[0].lag < 8.0, "{:?}", found.loads);
        let rest = sen(&found.hours, &found.rest).unwrap().slope;
        assert!((rest / 5e4 - 1.0).abs() < 0.1, "{rest}");
        assert!(found.explains().contains("users") && found.said().len() == found.loads.len());
    }

    #[test]
    fn a_step_that_a_counter_happens_to_share_explains_nothing() {
        let hours = hours();
        let step = |h: f64| if h > 80.0 { 1.0 } else { 0.0 };
        let values: Vec<f64> = hours.iter().map(|h| 1e8 + 2e7 * step(*h) + 1e5 * (h * 9.7).sin()).collect();
        let points = Points { hours: &hours, values: &values, unit: Unit::Bytes };
        assert!(explain(points, &[load("processes", |h| 80.0 + 5.0 * step(h))]).is_none());
        assert!(explain(points.before(BEGIN + 3.0), &[load("users", users)]).is_none(), "too little");
        assert!(explain(points, &[]).is_none());
    }

    #[test]
    fn what_never_comes_down_is_no_load() {
        assert!(load("handles", users).comes_down());
        assert!(!load("handles", |h| 1000.0 + 10.0 * h).comes_down());
        assert!(load("users", |h| users(h) + if h > 150.0 { 500.0 } else { 0.0 }).is_up(150.0, 175.0));
        assert!(!load("users", users).is_up(155.0, 175.0));
        assert!(load("users", |h| users(h) + 40.0 * (h - 150.0).max(0.0)).rises(150.0, 175.0));
    }
}
