//! A second opinion if there are enough days: each hour of the day is compared with the same hour of other days.

use crate::detect::gate::{GateKind, GateResult, Measured, Passed};
use crate::detect::points::{DAY, Points};
use crate::stats::seasonal_kendall;

/// Minimum number of days for seasonal Kendall: fewer cannot reach [`RISES_BY_HOUR`].
const DAYS_TO_COMPARE: f64 = 5.0;
/// Maximum number of days, or periods of days, to compare: the work grows with the square.
const MOST_PERIODS: f64 = 60.0;
/// One-sided score of 5 %: a second opinion, not proof.
pub(crate) const RISES_BY_HOUR: f64 = 1.64;
/// Seasons per day.
const HOURS_A_DAY: usize = 24;

/// Does it rise from day to day at the same hours? `None` with fewer than five days.
pub(super) fn rises_by_hour(points: Points<'_>) -> Option<GateResult> {
    let z = seasonal_kendall(&seasons(points)?).z;
    let passed = if z > RISES_BY_HOUR { Passed::Yes } else { Passed::Doubtful };
    Some(GateResult::new(GateKind::RisesByHour, passed, Measured::ByHour { z }))
}

/// Mean of each hour of the day, by day; NaN without samples.
fn seasons(points: Points<'_>) -> Option<Vec<Vec<f64>>> {
    let begin = *points.hours.first()?;
    // In longer logs, compare periods of several days.
    let period = DAY * (points.span() / (DAY * MOST_PERIODS)).max(1.0).ceil();
    let days = (points.span() / period) as usize;
    if points.span() < DAYS_TO_COMPARE * DAY {
        return None;
    }
    let mut sums = vec![vec![(0.0, 0.0); days]; HOURS_A_DAY];
    for (hour, value) in points.hours.iter().zip(points.values) {
        let since = hour - begin;
        let (day, hour) = ((since / period) as usize, (since % DAY) as usize);
        if let Some(sum) = sums.get_mut(hour).and_then(|hour| hour.get_mut(day)) {
            *sum = (sum.0 + value, sum.1 + 1.0);
        }
    }
    // Skip periods without samples, so that one wrong time stamp does not create thousands of them.
    let seen: Vec<usize> = (0..days).filter(|day| sums.iter().any(|hour| hour[*day].1 > 0.0)).collect();
    if (seen.len() as f64) < DAYS_TO_COMPARE {
        return None;
    }
    let mean = |(sum, n): &(f64, f64)| if *n > 0.0 { sum / n } else { f64::NAN };
    Some(sums.iter().map(|hour| seen.iter().map(|day| mean(&hour[*day])).collect()).collect())
}
