//! Families of machines: what is alike among them, and how one is drawn at random.

mod held_out;
mod leaks;
mod no_leak;

use crate::plan::{Load, Movement, Plan, Rhythm};
use crate::random::Random;

/// Leaks that add so many times the pool's base.
const BIG: (f64, f64) = (0.5, 3.0);
const SMALL: (f64, f64) = (0.05, 0.3);
/// Hours: from a day and a quarter to a month.
const DAYS: (f64, f64) = (30.0, 720.0);

/// Machines that are alike.
pub struct Family {
    /// Its name, which is part of the seed.
    pub name: &'static str,
    draw: fn(&'static str, u64) -> Plan,
}

impl Family {
    /// Draws a machine of this family. The same seed draws the same machine.
    #[must_use]
    pub fn plan(&self, seed: u64) -> Plan {
        (self.draw)(self.name, seed)
    }
}

/// What the families of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Nothing leaks.
    NoLeak,
    /// The leak adds half the base or more.
    Large,
    /// The leak adds 5 to 30 % of the base.
    Small,
    /// A process leaks, apart from the pools.
    Processes,
    /// No threshold was chosen on these.
    HeldOut,
}

impl Group {
    /// All groups.
    pub const ALL: &[Self] = &[Self::NoLeak, Self::Large, Self::Small, Self::Processes, Self::HeldOut];

    /// What it is called in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoLeak => "no leak",
            Self::Large => "large leak",
            Self::Small => "small leak",
            Self::Processes => "process",
            Self::HeldOut => "held out",
        }
    }

    /// Its families.
    #[must_use]
    pub fn families(self) -> &'static [Family] {
        match self {
            Self::NoLeak => no_leak::NO_LEAK,
            Self::Large => leaks::LARGE,
            Self::Small => leaks::SMALL_LEAKS,
            Self::Processes => leaks::PROCESSES,
            Self::HeldOut => held_out::HELD_OUT,
        }
    }
}

/// The families of all groups.
pub fn all() -> impl Iterator<Item = (Group, &'static Family)> {
    Group::ALL.iter().flat_map(|group| group.families().iter().map(|family| (*group, family)))
}

/// A family: its name, the hours that its logs may last, and what makes a healthy machine one of it.
macro_rules! family {
    ($name:literal, $hours:expr, |$plan:ident, $r:ident| $body:expr) => {
        Family {
            name: $name,
            draw: |name, seed| {
                #[allow(unused_mut, reason = "some families change nothing")]
                let (mut $plan, mut random) = crate::plan::Plan::healthy(name, $hours, seed);
                let $r = &mut random;
                $body
            },
        }
    };
}
use family;

fn draw_load(r: &mut Random, rhythms: &[Rhythm], adds: (f64, f64)) -> Load {
    let adds = r.between(adds.0, adds.1);
    Load {
        rhythm: r.of(rhythms),
        adds: [adds, adds * r.between(0.4, 1.4)],
        lag: if r.chance(0.5) { 0.0 } else { r.log_between(0.1, 4.0) },
        bend: if r.chance(0.5) { 1.0 } else { r.log_between(0.5, 2.0) },
        grows: 0.0,
        varies: r.between(0.03, 0.25),
    }
}

/// Spikes, small steps up and down, a little red noise.
fn make_rough(plan: &mut Plan, r: &mut Random) {
    for pool in 0..2 {
        let list = &mut plan.movements[pool];
        list.push(Movement::Spikes { size: r.between(0.05, 0.4), per_day: r.between(0.2, 4.0) });
        for _ in 0..r.below(3) {
            let size = r.between(0.005, 0.02) * if r.chance(0.5) { -1.0 } else { 1.0 };
            list.push(Movement::Step { size, at: r.between(0.05, 0.95) });
        }
        list.push(Movement::Wander { size: r.log_between(0.001, 0.005), tau_hours: r.log_between(0.5, 12.0) });
    }
}

/// One to three samples that read too much or too little, often the last one.
fn add_bad_samples(plan: &mut Plan, r: &mut Random) {
    for _ in 0..=r.below(3) {
        let at = if r.chance(0.4) { 1.0 } else { r.uniform() };
        let factor = if r.chance(0.7) { r.log_between(1.5, 200.0) } else { r.log_between(0.01, 0.7) };
        plan.bad_samples.push((at, factor));
    }
}

/// From ten samples to a hundred.
fn few_samples(plan: &mut Plan, r: &mut Random) {
    let intervals: Vec<f64> = [60.0, 300.0, 600.0, 900.0, 3600.0, 14_400.0].into();
    plan.interval = r.of(&intervals);
    plan.hours = r.log_between(10.0, 100.0).round() * plan.interval / 3600.0;
}
