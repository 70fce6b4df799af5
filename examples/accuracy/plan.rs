//! What is simulated: the kinds of machines and of trouble, drawn at random within each family.

use super::random::Random;

pub const NONPAGED: usize = 0;
pub const PAGED: usize = 1;

/// How load runs through the week.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rhythm {
    /// Rises in the morning and falls in the evening of working days.
    Office,
    /// As the office, on all days.
    Daily,
    /// Day and night in a smooth wave.
    Wave,
    /// Two shifts with a break between.
    Shifts,
    /// A job at night.
    Nightly,
    /// Arrivals at random that die away.
    Bursts,
    /// Wanders about.
    Aimless,
}

pub const RHYTHMS: &[Rhythm] =
    &[Rhythm::Office, Rhythm::Daily, Rhythm::Wave, Rhythm::Nightly, Rhythm::Bursts, Rhythm::Aimless];

#[derive(Clone, Debug)]
pub struct Load {
    pub rhythm: Rhythm,
    /// What full load adds to each pool, as a share of its base.
    pub adds: [f64; 2],
    /// Time constant with which the pools follow, hours.
    pub lag: f64,
    /// The pools follow the load to this power.
    pub bend: f64,
    /// How much more load there is at the end than at the begin, as a share.
    pub grows: f64,
    /// How days differ, as a share.
    pub varies: f64,
}

/// Movements of a pool that are no leak; sizes are shares of the base, times shares of the log.
#[derive(Clone, Copy, Debug)]
pub enum Movement {
    WarmUp {
        size: f64,
        tau: f64,
    },
    /// A cache that fills ever more slowly: the logarithm of time.
    LogCache {
        size: f64,
        tau: f64,
    },
    /// A cache that fills evenly and is full then.
    Cache {
        size: f64,
        full_at: f64,
    },
    Step {
        size: f64,
        at: f64,
    },
    Hill {
        size: f64,
        at: f64,
        width: f64,
    },
    Shrink {
        size: f64,
    },
    /// Red noise: an Ornstein-Uhlenbeck process.
    Wander {
        size: f64,
        tau_hours: f64,
    },
    Spikes {
        size: f64,
        per_day: f64,
    },
    /// A cache that fills and is emptied again and again.
    Refills {
        size: f64,
        hours: f64,
    },
}

/// How a leak runs; times are shares of the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Course {
    Ramp,
    From(f64),
    Accelerating,
    /// Every day at about this hour.
    Stairs(f64),
    /// As much as there is to do.
    WithLoad,
    /// While the process of the trigger runs, which it does from and to these.
    WhileRuns(f64, f64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Holder {
    Driver,
    Process,
    /// So many of one name, alike.
    Namesakes(usize),
    /// A process that is ended and started anew so often.
    Recycled(usize),
}

#[derive(Clone, Copy, Debug)]
pub struct Leak {
    pub pool: usize,
    /// What it adds over the log, as a share of the base.
    pub size: f64,
    pub course: Course,
    pub holder: Holder,
}

/// Something of a process alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ProcessLeak {
    PrivateBytes,
    Handles,
    Threads,
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub hours: f64,
    /// Seconds.
    pub interval: f64,
    /// Hour of the week at the begin; 0 is Monday's midnight.
    pub begin: f64,
    pub ram: f64,
    pub base: [f64; 2],
    /// White noise, as a share of the base.
    pub noise: f64,
    pub load: Option<Load>,
    /// Whether the log holds the counters of the load.
    pub load_logged: bool,
    pub movements: [Vec<Movement>; 2],
    pub leaks: Vec<Leak>,
    pub process_leak: Option<ProcessLeak>,
    pub processes: usize,
    /// Processes that come and go, a day.
    pub churn: f64,
    /// Whether a process starts with each step upwards.
    pub steps_start_processes: bool,
    /// Restarts of the machine.
    pub boots: Vec<f64>,
    pub gaps: Vec<(f64, f64)>,
    /// Share of samples that are missing, and of cells that are blank.
    pub missing: f64,
    pub blank: f64,
    /// The load is up at the end: to suspect a leak is no mistake.
    pub open_end: bool,
    /// `Pool * Allocs` and the like are dead, and one pool reads nonsense now and then.
    pub dead: bool,
    pub csv: bool,
    pub seed: u64,
}

const MB: f64 = 1024.0 * 1024.0;
const GB: f64 = 1024.0 * MB;

impl Plan {
    /// A healthy machine of any size, logged for a time between these lengths.
    fn healthy(family: &'static str, hours: (f64, f64), seed: u64) -> (Self, Random) {
        let mut random = Random::new(
            seed ^ family.bytes().fold(7_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte))),
        );
        let r = &mut random;
        let hours = r.log_between(hours.0, hours.1);
        // From 40 to some 9,000 samples, at intervals that people choose.
        let suits = |seconds: &f64| (40.0..9000.0).contains(&(hours * 3600.0 / seconds));
        let intervals: Vec<f64> = [15.0, 30.0, 60.0, 120.0, 300.0, 600.0].into_iter().filter(suits).collect();
        let interval = if hours > 24.0 && r.chance(0.6) { 300.0 } else { r.of(&intervals) };
        let ram = r.of(&[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0]) * GB;
        let nonpaged = r.log_between(60.0 * MB, 90.0 * MB + 0.03 * ram);
        let paged = nonpaged * r.between(1.2, 3.5);
        let plan = Self {
            hours,
            interval,
            begin: r.between(0.0, 168.0),
            ram,
            base: [nonpaged, paged],
            noise: r.log_between(0.0003, 0.006),
            load: None,
            load_logged: r.chance(0.6),
            movements: [Vec::new(), Vec::new()],
            leaks: Vec::new(),
            process_leak: None,
            processes: 4 + r.below(12),
            churn: if r.chance(0.5) { 0.0 } else { r.between(0.5, 12.0) },
            steps_start_processes: false,
            boots: Vec::new(),
            gaps: Vec::new(),
            missing: 0.0,
            blank: 0.0,
            open_end: false,
            dead: false,
            csv: r.chance(0.5),
            seed,
        };
        let mut plan = plan;
        // No real pool stands still.
        if r.chance(0.7) {
            for pool in 0..2 {
                let size = r.log_between(0.0005, 0.008);
                plan.movements[pool].push(Movement::Wander { size, tau_hours: r.log_between(0.2, 24.0) });
            }
        }
        (plan, random)
    }

    fn both(&mut self, movement: Movement) {
        self.movements.iter_mut().for_each(|list| list.push(movement));
    }

    fn leak(mut self, r: &mut Random, size: (f64, f64), course: Course, holder: Holder) -> Self {
        let pool = if r.chance(0.65) { NONPAGED } else { PAGED };
        self.leaks.push(Leak { pool, size: r.log_between(size.0, size.1), course, holder });
        self
    }
}

fn load(r: &mut Random, rhythms: &[Rhythm], adds: (f64, f64)) -> Load {
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

/// A family: its name, whether anything was chosen with a look at it, and how a machine of it is drawn.
pub struct Family {
    pub name: &'static str,
    pub group: Group,
    pub draw: fn(&'static str, u64) -> Plan,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Calm,
    /// Adds half the base or more.
    Large,
    /// Adds 5 to 30 % of the base.
    Small,
    /// Of processes, apart from the pools.
    Processes,
    HeldOut,
}

const BIG: (f64, f64) = (0.5, 3.0);
const SMALL: (f64, f64) = (0.05, 0.3);
/// From a quarter of a day to a month.
const DAYS: (f64, f64) = (30.0, 720.0);

macro_rules! family {
    ($group:ident, $name:literal, $hours:expr, |$plan:ident, $r:ident| $body:expr) => {
        Family {
            name: $name,
            group: Group::$group,
            draw: |name, seed| {
                #[allow(unused_mut, reason = "some families change nothing")]
                let (mut $plan, mut random) = Plan::healthy(name, $hours, seed);
                let $r = &mut random;
                $body
            },
        }
    };
}

/// All families.
pub const FAMILIES: &[Family] = &[
    family!(Calm, "quiet", (0.5, 720.0), |plan, _r| plan),
    family!(Calm, "daily load", (48.0, 720.0), |plan, r| {
        plan.load = Some(load(r, &[Rhythm::Daily, Rhythm::Wave, Rhythm::Nightly], (0.05, 0.8)));
        plan
    }),
    family!(Calm, "weekly load", (48.0, 720.0), |plan, r| {
        plan.load = Some(load(r, &[Rhythm::Office], (0.05, 0.8)));
        plan
    }),
    family!(Calm, "bursts", DAYS, |plan, r| {
        plan.load = Some(load(r, &[Rhythm::Bursts, Rhythm::Aimless], (0.05, 0.6)));
        plan.both(Movement::Spikes { size: r.between(0.05, 0.6), per_day: r.between(0.5, 10.0) });
        plan
    }),
    family!(Calm, "growing load", (72.0, 720.0), |plan, r| {
        plan.load = Some(Load { grows: r.between(0.3, 1.5), ..load(r, RHYTHMS, (0.1, 0.8)) });
        plan.load_logged = true;
        plan
    }),
    family!(Calm, "up and down", DAYS, |plan, r| {
        plan.both(Movement::Hill { size: r.between(0.1, 1.0), at: r.between(0.25, 0.7), width: r.between(0.08, 0.3) });
        plan
    }),
    family!(Calm, "warm-up", (12.0, 240.0), |plan, r| {
        plan.both(Movement::WarmUp { size: r.between(0.2, 1.0), tau: r.between(0.02, 0.2) });
        plan
    }),
    family!(Calm, "cache fills", DAYS, |plan, r| {
        plan.both(Movement::Cache { size: r.between(0.1, 1.0), full_at: r.between(0.15, 0.6) });
        plan
    }),
    family!(Calm, "one step", DAYS, |plan, r| {
        plan.both(Movement::Step { size: r.between(0.08, 0.8), at: r.between(0.1, 0.9) });
        plan
    }),
    family!(Calm, "services started and stopped", DAYS, |plan, r| {
        for _ in 0..2 {
            let size = r.log_between(0.02, 0.5) * if r.chance(0.8) { 1.0 } else { -1.0 };
            plan.both(Movement::Step { size, at: r.between(0.05, 0.95) });
        }
        if r.chance(0.4) {
            plan.load = Some(load(r, RHYTHMS, (0.02, 0.3)));
        }
        plan
    }),
    family!(Calm, "a service after another", DAYS, |plan, r| {
        plan.steps_start_processes = true;
        let count = 3 + r.below(2);
        for number in 0..count {
            let at = (number as f64 + r.between(0.4, 0.9)) / (count as f64 + 0.3);
            plan.both(Movement::Step { size: r.between(0.06, 0.25), at });
        }
        plan
    }),
    family!(Calm, "users grow unseen", (144.0, 720.0), |plan, r| {
        plan.load = Some(Load { grows: r.between(0.3, 1.2), ..load(r, &[Rhythm::Office, Rhythm::Daily], (0.2, 0.8)) });
        plan.load_logged = false;
        plan
    }),
    family!(Calm, "cache fills ever more slowly", (12.0, 720.0), |plan, r| {
        plan.both(Movement::LogCache { size: r.between(0.1, 0.8), tau: r.log_between(1e-4, 3e-3) });
        plan
    }),
    family!(Calm, "part of a day", (3.0, 24.0), |plan, r| {
        plan.load = Some(load(r, &[Rhythm::Daily, Rhythm::Wave], (0.1, 0.9)));
        plan.open_end = true;
        plan
    }),
    family!(Calm, "wandering", DAYS, |plan, r| {
        for pool in 0..2 {
            let tau_hours = plan.hours * r.log_between(0.01, 0.3);
            plan.movements[pool].push(Movement::Wander { size: r.between(0.01, 0.15), tau_hours });
        }
        plan
    }),
    family!(Calm, "shrinking", DAYS, |plan, r| {
        plan.both(Movement::Shrink { size: r.between(0.1, 0.6) });
        plan
    }),
    family!(Calm, "ends under load", (30.0, 336.0), |plan, r| {
        // From midday to midday.
        plan.hours = (plan.hours / 24.0).round() * 24.0;
        plan.begin = r.of(&[0.0, 24.0, 48.0, 72.0]) + r.between(11.0, 14.0);
        plan.load = Some(load(r, &[Rhythm::Daily], (0.2, 0.9)));
        plan.open_end = true;
        plan
    }),
    family!(Calm, "churn", DAYS, |plan, r| {
        plan.churn = r.between(20.0, 60.0);
        plan.processes = 6;
        plan
    }),
    family!(Calm, "dead counters", DAYS, |plan, r| {
        plan.dead = true;
        plan.load = Some(load(r, RHYTHMS, (0.05, 0.4)));
        plan
    }),
    family!(Large, "ramp", (2.0, 720.0), |plan, r| plan.leak(r, BIG, Course::Ramp, Holder::Driver)),
    family!(Large, "ramp under load", (72.0, 720.0), |plan, r| {
        plan.load = Some(load(r, RHYTHMS, (0.1, 0.6)));
        plan.leak(r, BIG, Course::Ramp, Holder::Driver)
    }),
    family!(Large, "stairs", (192.0, 720.0), |plan, r| {
        let hour = r.between(0.0, 24.0);
        plan.leak(r, BIG, Course::Stairs(hour), Holder::Driver)
    }),
    family!(Large, "late start", (48.0, 720.0), |plan, r| {
        let from = r.between(0.2, 0.75);
        if r.chance(0.5) {
            plan.load = Some(load(r, RHYTHMS, (0.03, 0.2)));
        }
        plan.leak(r, BIG, Course::From(from), Holder::Driver)
    }),
    family!(Large, "accelerating", (48.0, 720.0), |plan, r| plan.leak(r, BIG, Course::Accelerating, Holder::Driver)),
    family!(Large, "with load", (96.0, 720.0), |plan, r| {
        plan.load = Some(load(r, &[Rhythm::Daily, Rhythm::Wave, Rhythm::Office], (0.02, 0.2)));
        plan.leak(r, BIG, Course::WithLoad, Holder::Driver)
    }),
    family!(Large, "after a restart", (72.0, 720.0), |plan, r| {
        plan.boots = vec![r.between(0.3, 0.65)];
        let size = if r.chance(0.5) { BIG } else { (1.0, 3.0) };
        plan.leak(r, size, Course::Ramp, Holder::Driver)
    }),
    family!(Large, "short and fast", (0.4, 8.0), |plan, r| {
        plan.noise = r.log_between(0.0003, 0.003);
        plan.leak(r, (0.8, 4.0), Course::Ramp, Holder::Driver)
    }),
    family!(Large, "gaps and blanks", (48.0, 720.0), |plan, r| {
        let at = r.between(0.1, 0.7);
        plan.gaps = vec![(at, at + r.between(0.02, 0.2))];
        plan.missing = r.between(0.0, 0.1);
        plan.blank = 0.05;
        plan.leak(r, BIG, Course::Ramp, Holder::Driver)
    }),
    family!(Large, "both pools", (48.0, 720.0), |plan, r| {
        for pool in 0..2 {
            let holder = if pool == NONPAGED { Holder::Driver } else { Holder::Process };
            plan.leaks.push(Leak { pool, size: r.log_between(0.5, 2.0), course: Course::Ramp, holder });
        }
        plan
    }),
    family!(Large, "one process", (24.0, 720.0), |plan, r| {
        let course = if r.chance(0.6) { Course::Ramp } else { Course::From(r.between(0.2, 0.6)) };
        plan.leak(r, BIG, course, Holder::Process)
    }),
    family!(Large, "process under load", (72.0, 720.0), |plan, r| {
        plan.load = Some(load(r, RHYTHMS, (0.05, 0.4)));
        plan.leak(r, BIG, Course::Ramp, Holder::Process)
    }),
    family!(Large, "eight of one name", (48.0, 720.0), |plan, r| plan.leak(r, BIG, Course::Ramp, Holder::Namesakes(8))),
    family!(Large, "recycled process", (96.0, 720.0), |plan, r| {
        let teeth = 3 + r.below(3);
        plan.leak(r, (1.0, 3.0), Course::Ramp, Holder::Recycled(teeth))
    }),
    family!(Large, "kernel and process", (48.0, 720.0), |plan, r| {
        let pool = r.below(2);
        let size = r.between(0.4, 1.5);
        for holder in [Holder::Driver, Holder::Process] {
            plan.leaks.push(Leak { pool, size: size * r.between(0.8, 1.25), course: Course::Ramp, holder });
        }
        plan
    }),
    family!(Large, "triggered by a process", (48.0, 480.0), |plan, r| {
        let from = r.between(0.15, 0.4);
        let course = Course::WhileRuns(from, from + r.between(0.25, 0.5));
        plan.leak(r, (0.5, 2.0), course, Holder::Driver)
    }),
    family!(Small, "small ramp", (48.0, 720.0), |plan, r| plan.leak(r, SMALL, Course::Ramp, Holder::Driver)),
    family!(Small, "small, bent load logged", (96.0, 720.0), |plan, r| {
        plan.load = Some(load(r, RHYTHMS, (0.1, 0.5)));
        plan.load_logged = true;
        rough(&mut plan, r);
        plan.leak(r, SMALL, Course::Ramp, Holder::Driver)
    }),
    family!(Small, "small, bent load not logged", (168.0, 720.0), |plan, r| {
        plan.load = Some(load(r, &[Rhythm::Office, Rhythm::Daily, Rhythm::Wave], (0.1, 0.5)));
        plan.load_logged = false;
        rough(&mut plan, r);
        plan.leak(r, SMALL, Course::Ramp, Holder::Driver)
    }),
    family!(Small, "small late start", (96.0, 720.0), |plan, r| {
        plan.load = Some(load(r, RHYTHMS, (0.02, 0.15)));
        let from = r.between(0.15, 0.6);
        plan.leak(r, (0.1, 0.3), Course::From(from), Holder::Driver)
    }),
    family!(Small, "small of a process", (96.0, 720.0), |plan, r| {
        plan.load = Some(load(r, RHYTHMS, (0.02, 0.3)));
        rough(&mut plan, r);
        plan.leak(r, SMALL, Course::Ramp, Holder::Process)
    }),
    family!(Calm, "rough, bent load logged", (96.0, 720.0), |plan, r| {
        plan.load = Some(load(r, RHYTHMS, (0.1, 0.5)));
        plan.load_logged = true;
        rough(&mut plan, r);
        plan
    }),
    family!(Calm, "rough, bent load not logged", (96.0, 720.0), |plan, r| {
        plan.load = Some(load(r, &[Rhythm::Office, Rhythm::Daily, Rhythm::Wave], (0.1, 0.5)));
        plan.load_logged = false;
        rough(&mut plan, r);
        plan
    }),
    family!(Processes, "private bytes", (48.0, 720.0), |plan, r| {
        plan.load = Some(load(r, RHYTHMS, (0.02, 0.3)));
        plan.process_leak = Some(ProcessLeak::PrivateBytes);
        plan
    }),
    family!(Processes, "handles", (48.0, 720.0), |plan, r| {
        plan.load = Some(load(r, RHYTHMS, (0.02, 0.3)));
        plan.process_leak = Some(ProcessLeak::Handles);
        plan
    }),
    family!(Processes, "threads", (48.0, 720.0), |plan, r| {
        let _ = r;
        plan.process_leak = Some(ProcessLeak::Threads);
        plan
    }),
    family!(HeldOut, "shifts", (72.0, 720.0), |plan, r| {
        plan.load = Some(load(r, &[Rhythm::Shifts], (0.1, 0.8)));
        plan
    }),
    family!(HeldOut, "refilled cache", DAYS, |plan, r| {
        plan.both(Movement::Refills { size: r.between(0.1, 0.5), hours: r.log_between(3.0, 60.0) });
        plan
    }),
    family!(HeldOut, "two steps", DAYS, |plan, r| {
        plan.both(Movement::Step { size: r.between(0.03, 0.3), at: r.between(0.1, 0.45) });
        plan.both(Movement::Step { size: r.between(0.03, 0.3), at: r.between(0.55, 0.9) });
        plan
    }),
    family!(HeldOut, "step and wandering", DAYS, |plan, r| {
        plan.both(Movement::Step { size: r.between(0.05, 0.3), at: r.between(0.1, 0.9) });
        let tau_hours = plan.hours * r.log_between(0.01, 0.15);
        plan.both(Movement::Wander { size: r.between(0.01, 0.08), tau_hours });
        plan
    }),
    family!(HeldOut, "stairs under shifts", (240.0, 720.0), |plan, r| {
        plan.load = Some(load(r, &[Rhythm::Shifts], (0.05, 0.5)));
        let hour = r.between(0.0, 24.0);
        plan.leak(r, BIG, Course::Stairs(hour), Holder::Driver)
    }),
    family!(HeldOut, "late and recycled", (192.0, 720.0), |plan, r| {
        plan.load = Some(load(r, &[Rhythm::Shifts], (0.02, 0.15)));
        plan.leak(r, (1.0, 3.0), Course::Ramp, Holder::Recycled(3))
    }),
    family!(HeldOut, "ramp and wandering", (96.0, 720.0), |plan, r| {
        let tau_hours = plan.hours * r.log_between(0.01, 0.1);
        plan.both(Movement::Wander { size: r.between(0.01, 0.05), tau_hours });
        plan.leak(r, BIG, Course::Ramp, Holder::Process)
    }),
    family!(HeldOut, "small under shifts", (168.0, 720.0), |plan, r| {
        plan.load = Some(load(r, &[Rhythm::Shifts], (0.1, 0.5)));
        plan.load_logged = true;
        rough(&mut plan, r);
        plan.leak(r, SMALL, Course::Ramp, Holder::Driver)
    }),
    family!(HeldOut, "small, shifts, late", (240.0, 720.0), |plan, r| {
        plan.load = Some(load(r, &[Rhythm::Shifts], (0.05, 0.2)));
        plan.load_logged = true;
        let from = r.between(0.15, 0.5);
        plan.leak(r, (0.1, 0.3), Course::From(from), Holder::Process)
    }),
];

/// Spikes, small steps up and down, a little red noise.
fn rough(plan: &mut Plan, r: &mut Random) {
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
