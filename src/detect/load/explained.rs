//! How load explains a series: as a bent and lagged function of the load counters in the same log.

use super::series::LoadSeries;
use crate::detect::points::Points;
use crate::model::Unit;
use crate::stats::{Fit, least_squares, quantile};

/// Number of bins to compare series in: of a month, each has 1.5 hours; of three days, nine minutes.
const BINS: usize = 480;
/// Minimum number of bins for this number of columns.
const FEWEST_BINS: usize = 48;
/// A load must have values in this share of the bins.
const COVERS: f64 = 0.8;
/// Time constants with which a pool may follow its load, hours: from immediately to a connection's long time-out.
const LAGS: [f64; 8] = [0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0];
/// A lag shorter than this share of a bin equals no lag, …
const SHORTEST_LAG: f64 = 0.5;
/// … and one of at least this share of the log is a drift.
const LONGEST_LAG: f64 = 1.0 / 8.0;
/// A load explains a series if it removes this share of what remains besides a slow drift. By chance, the best of all
/// counters and lags removes a tenth of pure noise.
const EXPLAINS: f64 = 0.3;
/// A further load must remove this share of what the first leaves.
const EXPLAINS_FURTHER: f64 = 0.25;
/// Loads that are fitted to one half of the log must explain this share of the other.
const HOLDS: f64 = 0.15;
/// Maximum number of loads to combine.
const MOST_LOADS: usize = 3;
/// The load level that remains in the series: its low-water mark, the 10th percentile.
const LOW_LOAD: f64 = 0.1;

/// A load and what it explains.
#[derive(Clone, Debug, PartialEq)]
pub struct Explaining {
    /// English counter path without machine and instance.
    pub name: String,
    /// Time constant with which the series follows the load, hours.
    pub lag: f64,
    /// Additional share of the movement, without slow drift, that it explains after the loads before it.
    pub share: f64,
}

/// The loads that explain a series, and how much of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedBy {
    /// Most important first.
    pub loads: Vec<Explaining>,
    /// Share of the movement, without slow drift, that they explain together, 0 to 1.
    pub share: f64,
}

/// A series and the part that load explains.
#[derive(Clone, Debug)]
pub struct Explained {
    /// Centers of the bins, hours.
    pub hours: Vec<f64>,
    /// The series with load removed down to its low-water level.
    pub rest: Vec<f64>,
    /// The part that load adds above that level.
    pub part: Vec<f64>,
    pub by: ExplainedBy,
    pub unit: Unit,
}

impl Explained {
    /// The rest as a series.
    #[must_use]
    pub fn rest(&self) -> Points<'_> {
        Points { hours: &self.hours, values: &self.rest, unit: self.unit }
    }

    /// The part of load as a series.
    #[must_use]
    pub fn part(&self) -> Points<'_> {
        Points { hours: &self.hours, values: &self.part, unit: self.unit }
    }
}

/// Explains a series by the loads of its log; `None` if they explain little or there are too few data.
#[must_use]
pub fn explain(points: Points<'_>, loads: &[LoadSeries]) -> Option<Explained> {
    let aligned = Aligned::of(points, loads)?;
    let drift = drift(&aligned.hours);
    let alone = fit(&drift, &[], &aligned.values).sse;
    let mut chosen = aligned.choose(&drift, alone);
    while !chosen.is_empty() && !holds_for_halves(&aligned.hours, &columns(&chosen), &aligned.values) {
        chosen.pop();
    }
    if chosen.is_empty() {
        return None;
    }
    let columns = columns(&chosen);
    let fitted = fit(&drift, &columns, &aligned.values);
    let mut part = vec![0.0; aligned.values.len()];
    for (column, coefficient) in columns.iter().flatten().zip(&fitted.coefficients[drift.len()..]) {
        part.iter_mut().zip(column).for_each(|(sum, x)| *sum += coefficient * x);
    }
    let low = quantile(&part, LOW_LOAD);
    part.iter_mut().for_each(|v| *v -= low);
    let rest = aligned.values.iter().zip(&part).map(|(v, p)| v - p).collect();
    let share = 1.0 - fitted.sse / alone.max(f64::MIN_POSITIVE);
    let loads = chosen.into_iter().map(|(load, _)| load).collect();
    Some(Explained { hours: aligned.hours, rest, part, by: ExplainedBy { loads, share }, unit: points.unit })
}

/// A load, with the bent and lagged columns to fit it with.
type Chosen = (Explaining, Bends);
/// A load as a straight, an upward-bent and a downward-bent column, each from 0 to 1.
type Bends = [Vec<f64>; 3];

fn columns(chosen: &[Chosen]) -> Vec<Bends> {
    chosen.iter().map(|(_, bends)| bends.clone()).collect()
}

/// A series and the loads that cover it, in the bins in which all of them have values.
struct Aligned<'a> {
    hours: Vec<f64>,
    values: Vec<f64>,
    loads: Vec<(&'a LoadSeries, Vec<f64>)>,
    /// Width of a bin, hours.
    width: f64,
    /// Length of the series, hours.
    span: f64,
}

impl<'a> Aligned<'a> {
    /// `None` if there are too few bins or no loads.
    fn of(points: Points<'_>, loads: &'a [LoadSeries]) -> Option<Self> {
        let begin = *points.hours.first()?;
        let count = BINS.min(points.values.len() / 2);
        if loads.is_empty() || count < FEWEST_BINS {
            return None;
        }
        let span = points.span();
        let width = span / count as f64;
        let own = binned(points.hours, points.values, begin, width, count);
        let covers = |x: &[f64]| x.iter().zip(&own).filter(|(x, y)| !x.is_nan() && !y.is_nan()).count();
        let present = own.iter().filter(|v| !v.is_nan()).count();
        let candidates: Vec<(&LoadSeries, Vec<f64>)> = loads
            .iter()
            .map(|load| (load, binned(&load.hours, &load.values, begin, width, count)))
            .filter(|(_, x)| covers(x) as f64 >= COVERS * present as f64)
            .collect();
        let kept: Vec<usize> =
            (0..count).filter(|at| !own[*at].is_nan() && candidates.iter().all(|(_, x)| !x[*at].is_nan())).collect();
        if kept.len() < FEWEST_BINS || candidates.is_empty() {
            return None;
        }
        let pick = |values: &[f64]| kept.iter().map(|at| values[*at]).collect::<Vec<f64>>();
        Some(Self {
            hours: kept.iter().map(|at| begin + (*at as f64 + 0.5) * width).collect(),
            values: pick(&own),
            loads: candidates.into_iter().map(|(load, x)| (load, pick(&x))).collect(),
            width,
            span,
        })
    }

    /// The loads that explain most, one after the other. `alone` is what drift alone leaves.
    fn choose(&self, drift: &[Vec<f64>], alone: f64) -> Vec<Chosen> {
        let mut left = alone;
        let mut chosen: Vec<Chosen> = Vec::new();
        while chosen.len() < MOST_LOADS {
            let needed = if chosen.is_empty() { EXPLAINS } else { EXPLAINS_FURTHER };
            let best = self.best(drift, &chosen).filter(|best| best.sse < (1.0 - needed) * left);
            let Some(Best { sse, name, lag, bends }) = best else { break };
            let share = (left - sse) / alone.max(f64::MIN_POSITIVE);
            chosen.push((Explaining { name: name.to_owned(), lag, share }, bends));
            left = sse;
        }
        chosen
    }

    /// The load and lag that leave the smallest squares, together with the loads chosen before.
    fn best(&self, drift: &[Vec<f64>], chosen: &[Chosen]) -> Option<Best<'a>> {
        let mut all = columns(chosen);
        let mut best: Option<Best<'a>> = None;
        for (load, x) in self.loads.iter().filter(|(load, _)| chosen.iter().all(|(known, _)| known.name != load.name)) {
            for lag in LAGS.into_iter().filter(|lag| self.can_follow(*lag)) {
                all.push(bends(&lagged(x, lag, self.width)));
                let sse = fit(drift, &all, &self.values).sse;
                let bends = all.pop()?;
                if best.as_ref().is_none_or(|best| sse < best.sse) {
                    best = Some(Best { sse, name: &load.name, lag, bends });
                }
            }
        }
        best
    }

    fn can_follow(&self, lag: f64) -> bool {
        lag == 0.0 || (lag >= SHORTEST_LAG * self.width && lag < LONGEST_LAG * self.span)
    }
}

/// The best load so far.
struct Best<'a> {
    /// Sum of squares that it leaves.
    sse: f64,
    name: &'a str,
    lag: f64,
    bends: Bends,
}

/// Means of the bins of a grid; NaN for an empty bin.
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

/// The values filtered with a time constant: an immediate reaction that decays.
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

fn bends(values: &[f64]) -> Bends {
    let low = values.iter().copied().fold(f64::MAX, f64::min);
    let range = values.iter().copied().fold(f64::MIN, f64::max) - low;
    let scaled = |v: &f64| if range > 0.0 { (v - low) / range } else { 0.0 };
    [
        values.iter().map(scaled).collect(),
        values.iter().map(|v| scaled(v) * scaled(v)).collect(),
        values.iter().map(|v| scaled(v).sqrt()).collect(),
    ]
}

/// Positions of a drift's bends, as shares of the segment: a bend at each quarter follows a cache or a step, and is far
/// too slow for the waves of a day.
const BENDS_AT: [f64; 3] = [0.25, 0.5, 0.75];

/// A slow drift: a straight line with a bend at each quarter. It represents leak, cache and step while faster movement
/// identifies the loads.
fn drift(hours: &[f64]) -> Vec<Vec<f64>> {
    let (Some(begin), Some(end)) = (hours.first(), hours.last()) else { return Vec::new() };
    let share = |h: f64| (h - begin) / (end - begin).max(f64::MIN_POSITIVE);
    let hinge = |at: f64| hours.iter().map(|h| (share(*h) - at).max(0.0)).collect();
    [vec![1.0; hours.len()], hinge(0.0)].into_iter().chain(BENDS_AT.map(hinge)).collect()
}

fn fit(drift: &[Vec<f64>], loads: &[Bends], values: &[f64]) -> Fit {
    let columns: Vec<&[f64]> = drift.iter().chain(loads.iter().flatten()).map(Vec::as_slice).collect();
    least_squares(&columns, values)
}

/// Whether loads that are fitted to one half of the log explain the other half: a step that a load shares by chance
/// does not come twice. Each half has its own drift.
fn holds_for_halves(hours: &[f64], loads: &[Bends], values: &[f64]) -> bool {
    let middle = values.len() / 2;
    let part = |from: usize, to: usize| {
        let loads: Vec<Bends> =
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

    fn load(name: &str, value: impl Fn(f64) -> f64) -> LoadSeries {
        LoadSeries { name: name.to_owned(), hours: hours(), values: hours().into_iter().map(value).collect() }
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
        let by = &found.by;
        assert_eq!(by.loads[0].name, "users");
        assert!(by.share > 0.95 && by.loads[0].lag > 0.5 && by.loads[0].lag < 8.0, "{by:?}");
        let rest = sen(&found.hours, &found.rest).unwrap().slope;
        assert!((rest / 5e4 - 1.0).abs() < 0.1, "{rest}");
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
}
