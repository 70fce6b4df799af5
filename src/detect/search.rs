//! The search for growth in the whole series and in shorter and shorter ends of it, as recorded and without load.

use crate::detect::assessment::{Assessment, Context};
use crate::detect::gate::{GateKind, GateResult, Measured, Passed};
use crate::detect::gates::{
    Examined, MOSTLY_LOAD, load_is_up, load_removed, new_territory, not_load, rises_as_recorded,
};
use crate::detect::growing::{Candidate, growing};
use crate::detect::load::Explained;
use crate::detect::marks::DAILY_FROM_HOURS;
use crate::detect::points::{DAY, MIN_SAMPLES, Points};
use crate::model::Verdict;
use crate::stats::{gains, median, quantile, without_season};

/// Ends of the log to search for late growth, as shares of its length …
const TAILS: [f64; 4] = [0.5, 0.33, 0.17, 0.085];
/// … and in hours: however long the log is, the problem may be in its last hours.
const TAIL_HOURS: [f64; 6] = [72.0, 24.0, 8.0, 4.0, 2.0, 1.0];

/// Ways to examine a series, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    AsRecorded,
    WithoutDailyLoad,
    WithoutLoad,
}

/// Growth that is a leak, suspected or certain. `whole` is the whole series, examined.
#[must_use]
pub fn search(
    points: Points<'_>,
    whole: &Examined,
    context: Context<'_>,
    explained: Option<&Explained>,
) -> Option<Assessment> {
    // If load explains most of the movement, the rate is far more precise without it.
    let looks = match explained {
        // A daily profile explains less than the load itself.
        Some(e) if e.by.share >= MOSTLY_LOAD => &[Look::WithoutLoad, Look::AsRecorded][..],
        _ => &[Look::AsRecorded, Look::WithoutDailyLoad, Look::WithoutLoad],
    };
    first_leak(looks.iter().map(|look| look.at(points, whole, context, explained)))
}

/// The first certain leak, else the first suspected one. Stops at a certain leak.
fn first_leak(found: impl Iterator<Item = Option<Assessment>>) -> Option<Assessment> {
    let mut suspected = None;
    for found in found.flatten() {
        if found.verdict == Verdict::Leak {
            return Some(found);
        }
        suspected = suspected.or(Some(found));
    }
    suspected
}

impl Look {
    fn at(
        self,
        points: Points<'_>,
        whole: &Examined,
        context: Context<'_>,
        explained: Option<&Explained>,
    ) -> Option<Assessment> {
        match self {
            Self::AsRecorded => in_whole_and_ends(points, whole.clone(), context, explained, &[]),
            Self::WithoutDailyLoad => {
                // A daily profile would turn a step into a slope.
                if whole.gates.iter().any(|g| g.kind == GateKind::NotOneStep && g.passed != Passed::Yes) {
                    return None;
                }
                let (steady, gate) = without_daily_load(points)?;
                let steady = Points { values: &steady, ..points };
                let examined = Examined::of(steady)?.with([gate]);
                let by_load = explained.and_then(|e| not_load(&examined.stats, e));
                let candidate = Candidate { points: steady, tail: None, explained: None, starts: context.starts };
                growing(candidate, examined.with(by_load))
            }
            Self::WithoutLoad => {
                let explained = explained?;
                let rest = explained.rest();
                let examined = Examined::of(rest)?;
                let removed = [load_removed(explained), rises_as_recorded(&examined.stats, &whole.stats)];
                in_whole_and_ends(rest, examined, context, None, &removed)
            }
        }
    }
}

/// Searches the whole series, and shorter and shorter ends of it, for growth. `removed` are the checks about what was
/// removed from the series.
fn in_whole_and_ends(
    points: Points<'_>,
    whole: Examined,
    context: Context<'_>,
    explained: Option<&Explained>,
    removed: &[GateResult],
) -> Option<Assessment> {
    let saturates = whole.stats.saturates.is_some();
    let candidate = Candidate { points, tail: None, explained, starts: context.starts };
    let grown_in = |candidate: Candidate<'_>, examined: Examined| {
        let by_load = explained.and_then(|e| not_load(&examined.stats, e));
        growing(candidate, examined.with(by_load).with(removed.iter().cloned()))
    };
    let of_whole = std::iter::once_with(|| grown_in(candidate, whole));
    // The end of a cache's curve is nearly straight.
    let ends = if saturates { Vec::new() } else { tails(points) };
    let of_ends = ends.into_iter().map(|begin| {
        let (late, early) = (points.from(begin), points.before(begin));
        let examined = Examined::of(late)?;
        let end = points.hours[points.hours.len() - 1];
        let above = new_territory(examined.stats.levels.1, early);
        let examined = examined.with([above]).with(load_is_up(begin, end, context.loads));
        grown_in(Candidate { tail: Some(begin), ..candidate }, examined)
    });
    // A shorter end may be clearer than a doubtful longer one.
    first_leak(of_whole.chain(of_ends))
}

/// Starts of the ends to search, longest first, hours.
fn tails(points: Points<'_>) -> Vec<f64> {
    let Some(end) = points.hours.last() else { return Vec::new() };
    let span = points.span();
    let mut tails: Vec<f64> = TAILS.iter().map(|share| share * span).collect();
    tails.extend(TAIL_HOURS.iter().filter(|hours| **hours < TAILS[0] * span));
    tails.sort_by(|a, b| b.total_cmp(a));
    let enough = |part: Points<'_>| part.values.len() >= MIN_SAMPLES;
    let begins = tails.into_iter().map(|tail| end - tail);
    begins.filter(|begin| enough(points.from(*begin)) && enough(points.before(*begin))).collect()
}

/// All but this share of a series must be higher than a day before, …
const EXCEPT: f64 = 0.10;
/// … over at least this many days.
const FEWEST_DAYS: f64 = 2.0;

/// The series without its daily load, for logs of at least two days but too short for daily bins, where load hides a
/// leak. Only if it is higher than a day before at nearly all times: of a hundred series of pure load, of any amplitude
/// and start, none is.
fn without_daily_load(points: Points<'_>) -> Option<(Vec<f64>, GateResult)> {
    if !(FEWEST_DAYS * DAY..DAILY_FROM_HOURS).contains(&points.span()) {
        return None;
    }
    let gains = gains(points.hours, points.values, DAY);
    if gains.len() < MIN_SAMPLES || quantile(&gains, EXCEPT) <= 0.0 {
        return None;
    }
    let gain = median(&gains);
    let steady = without_season(points.hours, points.values, DAY, gain / DAY);
    Some((steady, GateResult::new(GateKind::HigherEachDay, Passed::Yes, Measured::HigherEachDay { gain })))
}
