//! Complete assessments of series with a known truth.

use super::*;
use crate::base::units::MB;
use crate::model::{Unit, Verdict};

/// Reproducible noise.
fn noise(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) as f64 / f64::from(1_u32 << 30) - 1.0
}

fn verdict(hours: f64, step_minutes: f64, value: impl Fn(f64, f64) -> f64) -> Assessment {
    let n = (hours * 60.0 / step_minutes) as usize;
    let times: Vec<f64> = (0..=n).map(|i| i as f64 * step_minutes / 60.0).collect();
    let mut seed = 11;
    let values: Vec<f64> = times.iter().map(|t| value(*t, noise(&mut seed)) * MB).collect();
    assess(
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
    assert_eq!(ramp.verdict, Verdict::Leak, "{:?}", ramp.evidence);
    let trend = ramp.trend.unwrap();
    assert!((trend.slope / MB - 2.0).abs() < 0.05 && !trend.began_within, "{trend:?}");
    assert!(trend.ci95.0 <= 2.0 * MB && trend.ci95.1 >= 2.0 * MB, "{trend:?}");

    let season = verdict(30.0 * 24.0, 5.0, |t, e| 200.0 + t / 12.0 + 60.0 * day(t) + 3.0 * e);
    assert_eq!(season.verdict, Verdict::Leak, "slow, under daily load: {:?}", season.evidence);
    let stairs = verdict(20.0 * 24.0, 5.0, |t, e| 200.0 + 4.0 * (t / 24.0).floor() + e);
    assert_eq!(stairs.verdict, Verdict::Leak, "nightly staircase: {:?}", stairs.evidence);
    let late = verdict(72.0, 5.0, |t, e| 200.0 + 8.0 * (t - 30.0).max(0.0) + e);
    assert_eq!(late.verdict, Verdict::Leak);
    let trend = late.trend.unwrap();
    assert!(trend.began_within && (trend.hours.0 - 30.0).abs() < 1.0, "{trend:?}");
    assert!((trend.slope / MB - 8.0).abs() < 0.2, "{trend:?}");
    let under_load = verdict(84.0, 5.0, |t, e| 200.0 + t * 20.0 / 24.0 + 70.0 * day(t) + 2.0 * e);
    assert_eq!(under_load.verdict, Verdict::Leak, "three days under daily load: {:?}", under_load.evidence);
    assert!((under_load.trend.unwrap().slope / MB * 24.0 - 20.0).abs() < 2.0);
    let fast = verdict(24.0, 1.0, |t, e| 200.0 + 96.0 * (t - 22.0).max(0.0) + e);
    assert_eq!(fast.verdict, Verdict::Leak, "the last two hours of a day: {:?}", fast.evidence);
    let short = verdict(0.5, 0.25, |t, e| 100.0 + 400.0 * t + e);
    assert_eq!(short.verdict, Verdict::Leak, "half an hour: {:?}", short.evidence);
}

#[test]
fn not_leaks() {
    for (what, expected, assessed) in [
        ("quiet", Verdict::Stable, verdict(72.0, 5.0, |_, e| 200.0 + e)),
        ("daily load", Verdict::Load, verdict(96.0, 5.0, |t, e| 200.0 + 80.0 * day(t) + e)),
        (
            "weekdays",
            Verdict::Load,
            verdict(10.0 * 24.0, 5.0, |t, e| 200.0 + if (t / 24.0) as u32 % 7 < 5 { 80.0 * day(t) } else { 0.0 } + e),
        ),
        ("up and down", Verdict::Load, verdict(30.0, 5.0, |t, e| 200.0 + 90.0 * (1.0 - (t - 15.0).abs() / 15.0) + e)),
        ("warm-up", Verdict::WarmUp, verdict(72.0, 5.0, |t, e| 300.0 - 100.0 * (-t / 6.0).exp() + e)),
        ("early warm-up", Verdict::WarmUp, verdict(72.0, 5.0, |t, e| 200.0 + 30.0 * t.min(4.0) + e)),
        ("one step", Verdict::Step, verdict(72.0, 5.0, |t, e| if t < 40.0 { 200.0 } else { 280.0 } + e)),
        ("late step", Verdict::Step, verdict(72.0, 5.0, |t, e| if t < 60.0 { 200.0 } else { 280.0 } + e)),
        ("shrinking", Verdict::Load, verdict(72.0, 5.0, |t, e| 400.0 - 2.0 * t + e)),
        ("constant", Verdict::Stable, verdict(72.0, 5.0, |_, _| 200.0)),
        ("dead", Verdict::InsufficientData, verdict(72.0, 5.0, |_, _| 0.0)),
        ("ten samples", Verdict::InsufficientData, verdict(0.8, 5.0, |t, _| 200.0 + t)),
    ] {
        assert_eq!(assessed.verdict, expected, "{what}: {:?}", assessed.evidence);
        assert!(assessed.trend.is_none() && !assessed.evidence.is_empty(), "{what}");
    }
}

#[test]
fn a_gap_hides_no_leak() {
    let hours: Vec<f64> =
        (0..18).map(|i| f64::from(i) / 3.0).chain((0..13).map(|i| 32.0 + f64::from(i) / 3.0)).collect();
    let values: Vec<f64> = hours.iter().map(|h| (127.0 + 2.0 * h) * MB).collect();
    let assessed = assess(Points { hours: &hours, values: &values, unit: Unit::Bytes }, Context::default());
    assert_eq!(assessed.verdict, Verdict::SuspectedLeak, "ten hours were seen: {:?}", assessed.evidence);
    assert!((assessed.trend.unwrap().slope / MB - 2.0).abs() < 0.1);
}

#[test]
fn a_morning_is_no_more_than_suspected() {
    let morning = verdict(6.0, 1.0, |t, e| 200.0 + 8.0 * t + e);
    assert_eq!(morning.verdict, Verdict::SuspectedLeak);
    assert_eq!(morning.evidence[0], Evidence::Gate(GateKind::LongEnough), "{:?}", morning.evidence);
    let gate = morning.gates.iter().find(|g| g.kind == GateKind::LongEnough).expect("the check");
    assert!(
        matches!(gate.measured, Measured::LongEnough { hours, steep: None, .. } if (hours - 6.0).abs() < 0.1),
        "{gate:?}"
    );
    let night = AssessmentChange::GoesOnUntil { hour: 47.0 };
    assert_eq!(morning.would_change, [night]);
}

proptest::proptest! {
    #[test]
    fn any_series_is_assessed(values in proptest::collection::vec(-1e12_f64..1e15, 0..120), step in 0.001_f64..24.0) {
        let hours: Vec<f64> = (0..values.len()).map(|i| i as f64 * step).collect();
        let assessed = assess(Points { hours: &hours, values: &values, unit: Unit::Bytes }, Context::default());
        proptest::prop_assert!((0.0..=1.0).contains(&assessed.confidence));
        if let Some(trend) = assessed.trend {
            proptest::prop_assert!(trend.slope.is_finite() && trend.levels.1.is_finite());
        }
    }
}
