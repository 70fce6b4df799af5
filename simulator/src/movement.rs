//! Movements of a pool that are not a leak.

use crate::leak::Step;
use crate::plan::{Movement, Plan};
use crate::random::Random;

/// A movement under way.
pub struct RunningMovement {
    kind: Movement,
    state: f64,
}

impl RunningMovement {
    pub fn new(kind: Movement) -> Self {
        Self { kind, state: f64::NAN }
    }

    /// Its part of the base at a time.
    pub fn step(&mut self, plan: &Plan, now: Step, r: &mut Random) -> f64 {
        let Step { at, hours: step, share, load } = now;
        match self.kind {
            Movement::WarmUp { size, tau } => size * (1.0 - (-share / tau).exp()),
            Movement::LogCache { size, tau } => size * (1.0 + share / tau).ln() / (1.0 + 1.0 / tau).ln(),
            Movement::Cache { size, full_at } => size * (share / full_at).min(1.0),
            Movement::Step { size, at } => {
                if share >= at {
                    size
                } else {
                    0.0
                }
            }
            Movement::Hill { size, at, width } => size * (-((share - at) / width).powi(2)).exp(),
            Movement::Shrink { size } => size * (1.0 - share),
            Movement::Wander { size, tau_hours } => {
                let kept = (-step / tau_hours).exp();
                self.state = if self.state.is_nan() {
                    size * r.normal()
                } else {
                    kept * self.state + (1.0 - kept * kept).sqrt() * size * r.normal()
                };
                self.state
            }
            Movement::Spikes { size, per_day } => {
                self.state = if r.chance(per_day * step / 24.0) {
                    size * r.between(0.3, 1.0)
                } else {
                    self.state.max(0.0) * (-step / 0.15).exp()
                };
                self.state
            }
            Movement::Refills { size, hours } => {
                if self.state.is_nan() {
                    self.state = r.uniform();
                }
                self.state += step / hours * r.between(0.7, 1.3);
                if self.state > 1.0 {
                    self.state = 0.0;
                }
                size * self.state
            }
            Movement::Files { size, tau_hours } => {
                let full = self.state.max(0.0);
                self.state = full + (1.0 - full) * (1.0 - (-load.max(0.0) * step / tau_hours).exp());
                size * self.state
            }
            Movement::Nightly { size, hour } => {
                let since = (plan.begin + at - hour).rem_euclid(24.0);
                self.state = if since < step { 0.0 } else { self.state.max(0.0) + load.max(0.0) * step / 8.0 };
                size * self.state
            }
            Movement::Pulse { size, at, width } => {
                if (at..at + width).contains(&share) {
                    size
                } else {
                    0.0
                }
            }
        }
    }
}
