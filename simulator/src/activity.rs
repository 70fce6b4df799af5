//! How busy a machine is, hour by hour.

use crate::plan::{Load, Plan, Rhythm};
use crate::random::Random;

/// How busy the machine is at each sample, 0 to about 1.
pub fn activity(plan: &Plan, r: &mut Random) -> Vec<f64> {
    let step = plan.interval / 3600.0;
    let count = (plan.hours / step) as usize + 1;
    let Some(Load { rhythm, grows, varies, .. }) = plan.load.clone() else { return vec![0.0; count] };
    let days: Vec<f64> = (0..plan.hours as usize / 24 + 3).map(|_| (1.0 + varies * r.normal()).max(0.1)).collect();
    let (opens, closes) = (r.between(6.0, 9.0), r.between(16.0, 21.0));
    let (mut burst, mut aim) = (0.0_f64, 0.5_f64);
    let mut flicker = 0.0;
    let kept = (-step / 0.5).exp();
    (0..count)
        .map(|number| {
            let week_hour = (plan.begin + number as f64 * step) % 168.0;
            let hour = week_hour % 24.0;
            let day = days[((plan.begin % 24.0 + number as f64 * step) / 24.0) as usize];
            let within = |from: f64, to: f64| {
                let x = (hour - from) / (to - from);
                if (0.0..1.0).contains(&x) { (std::f64::consts::PI * x).sin().powf(0.6) } else { 0.0 }
            };
            let level = match rhythm {
                Rhythm::Office if week_hour >= 120.0 => 0.05,
                Rhythm::Office | Rhythm::Daily => day * within(opens, closes),
                Rhythm::Wave => day * (0.5 - 0.5 * (std::f64::consts::TAU * (hour - 3.0) / 24.0).cos()),
                Rhythm::Shifts => day * (within(5.5, 13.0) + 0.7 * within(13.5, 22.0)),
                Rhythm::Nightly => day * within(1.0, 4.5),
                Rhythm::Bursts => {
                    burst *= (-step / 1.5).exp();
                    if r.chance((step / 6.0).min(0.5)) {
                        burst += r.between(0.2, 0.8);
                    }
                    burst
                }
                Rhythm::Aimless => {
                    aim += (0.4 - aim) * (1.0 - (-step / 5.0).exp()) + 0.2 * (step / 5.0).sqrt().min(1.0) * r.normal();
                    aim.max(0.0)
                }
            };
            flicker = kept * flicker + (1.0 - kept * kept).sqrt() * r.normal();
            let growth = 1.0 + grows * (number as f64 / count as f64 - 0.5);
            (level * growth * (1.0 + 0.06 * flicker)).max(0.0)
        })
        .collect()
}
