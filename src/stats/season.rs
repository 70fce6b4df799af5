//! Seasons: movements that repeat each period, such as a day.

use super::quantile::{median, quantile};

/// Number of phases in a period's profile: the hours of a day.
const PHASES: usize = 24;

/// The gain of every value in one period: the value one period later, interpolated, minus the value. Pure load results
/// in about 0; a ramp in its rise, whatever the load. Times in a gap of more than 1/24 of the period are skipped.
#[must_use]
pub fn gains(times: &[f64], values: &[f64], period: f64) -> Vec<f64> {
    let widest = period / PHASES as f64;
    let later = |time: f64| {
        let next = times.partition_point(|t| *t < time);
        let (before, after) = (times.get(next.checked_sub(1)?)?, times.get(next)?);
        let step = after - before;
        let (low, high) = (values.get(next - 1)?, values.get(next)?);
        (step > 0.0 && step <= widest).then(|| low + (high - low) * (time - before) / step)
    };
    times.iter().zip(values).filter_map(|(t, v)| Some(later(t + period)? - v)).collect()
}

/// The values without their season: minus the median of their phase over all periods (computed without the rate per
/// hour), plus the low-water level of that profile.
#[must_use]
pub fn without_season(times: &[f64], values: &[f64], period: f64, rate: f64) -> Vec<f64> {
    let Some(start) = times.first() else { return Vec::new() };
    let phase = |time: f64| ((time - start) % period * (PHASES as f64 / period)) as usize % PHASES;
    let mut phases: Vec<Vec<f64>> = vec![Vec::new(); PHASES];
    for (t, v) in times.iter().zip(values) {
        phases[phase(*t)].push(v - rate * (t - start));
    }
    let profile: Vec<f64> = phases.iter().map(|values| median(values)).collect();
    let seen: Vec<f64> = phases.iter().filter(|p| !p.is_empty()).map(|p| median(p)).collect();
    let level = quantile(&seen, 0.1);
    times.iter().zip(values).map(|(t, v)| v - profile[phase(*t)] + level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(rate: f64) -> (Vec<f64>, Vec<f64>) {
        let times: Vec<f64> = (0..288).map(|i| f64::from(i) / 4.0).collect();
        let load = |t: f64| if (8.0..18.0).contains(&(t % 24.0)) { 50.0 } else { 0.0 };
        let values = times.iter().map(|t| 100.0 + load(*t) + rate * t).collect();
        (times, values)
    }

    #[test]
    fn a_ramp_gains_the_same_at_every_hour() {
        let (times, values) = loaded(2.0);
        let gains = gains(&times, &values, 24.0);
        assert!(gains.len() > 180 && gains.iter().all(|g| (g - 48.0).abs() < 1e-9));
        let steady = without_season(&times, &values, 24.0, 2.0);
        assert!(steady.iter().zip(&times).all(|(v, t)| (v - 100.0 - 2.0 * t).abs() < 1e-9), "{steady:?}");
    }

    #[test]
    fn load_gains_nothing() {
        let (times, values) = loaded(0.0);
        assert!(gains(&times, &values, 24.0).iter().all(|g| g.abs() < 1e-9));
    }

    #[test]
    fn odd_input() {
        assert!(gains(&[], &[], 24.0).is_empty() && without_season(&[], &[], 24.0, 1.0).is_empty());
        assert!(gains(&[0.0, 0.0, 30.0], &[1.0, 2.0, 3.0], 24.0).is_empty(), "a gap is no value");
    }
}
