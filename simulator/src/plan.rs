//! What is simulated: the kinds of machines and of trouble, drawn at random within each family.

use crate::random::Random;
use perfverdict::base::units::{GB, MB};

/// Index of the nonpaged pool.
pub const NONPAGED: usize = 0;
/// Index of the paged pool.
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
    /// A slow random walk about a mean.
    Aimless,
}

/// Rhythms that most families draw from.
pub const RHYTHMS: &[Rhythm] =
    &[Rhythm::Office, Rhythm::Daily, Rhythm::Wave, Rhythm::Nightly, Rhythm::Bursts, Rhythm::Aimless];

/// Load of a machine, and how its pools follow.
#[derive(Clone, Debug)]
pub struct Load {
    /// How it runs through the week.
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

/// Movements of a pool that are not a leak; sizes are shares of the base, times shares of the log.
#[allow(missing_docs, reason = "`size` and the times are as said above")]
#[derive(Clone, Copy, Debug)]
pub enum Movement {
    /// Fills ever more slowly, as an exponential.
    WarmUp { size: f64, tau: f64 },
    /// A cache that fills ever more slowly: the logarithm of time.
    LogCache { size: f64, tau: f64 },
    /// A cache that fills evenly and is full then.
    Cache { size: f64, full_at: f64 },
    /// Rises or falls at once.
    Step { size: f64, at: f64 },
    /// Rises and comes down.
    Hill { size: f64, at: f64, width: f64 },
    /// Falls evenly.
    Shrink { size: f64 },
    /// Red noise: an Ornstein-Uhlenbeck process.
    Wander { size: f64, tau_hours: f64 },
    /// Short peaks.
    Spikes { size: f64, per_day: f64 },
    /// A cache that fills and is emptied again and again.
    Refills { size: f64, hours: f64 },
    /// Fills with the load, ever more slowly: the files that a server has opened. `tau_hours` at full load.
    Files { size: f64, tau_hours: f64 },
    /// Grows with the load of a day, and is released at this hour of the night.
    Nightly { size: f64, hour: f64 },
    /// Rises at once and falls back at once.
    Pulse { size: f64, at: f64, width: f64 },
}

/// How a leak runs; times are shares of the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Course {
    /// Evenly.
    Ramp,
    /// Evenly, from this time on.
    From(f64),
    /// Ever faster.
    Accelerating,
    /// Every day at about this hour.
    Stairs(f64),
    /// In proportion to the load.
    WithLoad,
    /// While a certain process runs: from and to these times.
    WhileRuns(f64, f64),
}

/// What a leak is charged to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Holder {
    /// No process.
    Driver,
    /// One process.
    Process,
    /// So many processes of one name, alike.
    Namesakes(usize),
    /// A process that ends and is started again so often.
    Recycled(usize),
}

/// A leak.
#[derive(Clone, Copy, Debug)]
pub struct Leak {
    /// [`NONPAGED`] or [`PAGED`].
    pub pool: usize,
    /// What it adds over the log, as a share of the base.
    pub size: f64,
    /// How it runs.
    pub course: Course,
    /// What it is charged to.
    pub holder: Holder,
}

/// What leaks in a process, apart from the pools.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ProcessLeak {
    /// Private bytes.
    PrivateBytes,
    /// Handles.
    Handles,
    /// Threads.
    Threads,
}

/// All that is drawn of a machine and its log.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How long the log lasts.
    pub hours: f64,
    /// Seconds between samples.
    pub interval: f64,
    /// Hour of the week at the begin; 0 is Monday's midnight.
    pub begin: f64,
    /// Bytes.
    pub ram: f64,
    /// Bytes of the pools at rest.
    pub base: [f64; 2],
    /// White noise, as a share of the base.
    pub noise: f64,
    /// Load, where there is any.
    pub load: Option<Load>,
    /// Whether the log holds the counters of the load.
    pub load_logged: bool,
    /// What else moves each pool.
    pub movements: [Vec<Movement>; 2],
    /// Leaks of the pools.
    pub leaks: Vec<Leak>,
    /// A leak of a process by itself.
    pub process_leak: Option<ProcessLeak>,
    /// Processes that run all the time.
    pub processes: usize,
    /// Processes that come and go, a day.
    pub churn: f64,
    /// Whether a process starts with each step upwards.
    pub steps_start_processes: bool,
    /// Restarts of the machine, as shares of the log.
    pub boots: Vec<f64>,
    /// Stretches without samples, as shares of the log.
    pub gaps: Vec<(f64, f64)>,
    /// Share of samples that are missing.
    pub missing: f64,
    /// Share of cells that are blank.
    pub blank: f64,
    /// Share of samples in which the memory counters read 0.
    pub zeros: f64,
    /// Samples in which the memory counters read this many times their value: share of the log, factor.
    pub bad_samples: Vec<(f64, f64)>,
    /// From this share of the log on, the machine has half as much RAM again.
    pub hot_add: Option<f64>,
    /// From this share of the log on, only every n-th sample is logged.
    pub thinned: Option<(f64, usize)>,
    /// Pool that is charged to each process that comes and goes, as a share of the base.
    pub guests_hold: f64,
    /// The load is up at the end: to suspect a leak is no mistake.
    pub open_end: bool,
    /// `Pool * Allocs` and the like read nonsense.
    pub dead: bool,
    /// Whether the log is a PDH-CSV rather than a .blg.
    pub csv: bool,
    /// What all is drawn with.
    pub seed: u64,
}

impl Plan {
    /// A healthy machine of any size, logged for a time between these lengths.
    pub(crate) fn healthy(family: &'static str, hours: (f64, f64), seed: u64) -> (Self, Random) {
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
        let mut plan = Self {
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
            zeros: 0.0,
            bad_samples: Vec::new(),
            hot_add: None,
            thinned: None,
            guests_hold: 0.0,
            open_end: false,
            dead: false,
            csv: r.chance(0.5),
            seed,
        };
        // No real pool stands still.
        if r.chance(0.7) {
            for pool in 0..2 {
                let size = r.log_between(0.0005, 0.008);
                plan.movements[pool].push(Movement::Wander { size, tau_hours: r.log_between(0.2, 24.0) });
            }
        }
        (plan, random)
    }

    pub(crate) fn both(&mut self, movement: Movement) {
        self.movements.iter_mut().for_each(|list| list.push(movement));
    }

    pub(crate) fn leak(mut self, r: &mut Random, size: (f64, f64), course: Course, holder: Holder) -> Self {
        let pool = if r.chance(0.65) { NONPAGED } else { PAGED };
        self.leaks.push(Leak { pool, size: r.log_between(size.0, size.1), course, holder });
        self
    }
}
