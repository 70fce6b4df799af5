//! A machine of a plan lives its life, sample by sample.

use super::plan::{Course, Holder, Leak, Load, Movement, Plan, ProcessLeak, Rhythm};
use super::random::Random;

const MB: f64 = 1024.0 * 1024.0;

/// One process in one sample.
#[derive(Clone, Debug)]
pub struct Running {
    pub name: &'static str,
    pub pid: u32,
    /// Hours from the begin of the log.
    pub started: f64,
    pub pools: [f64; 2],
    pub private: f64,
    pub handles: f64,
    pub threads: f64,
    pub working_set: f64,
}

/// Everything in one sample.
pub struct Sample {
    /// Hours from the begin of the log.
    pub at: f64,
    /// Hours since the machine booted.
    pub up: f64,
    pub pools: [f64; 2],
    pub available: f64,
    pub committed: f64,
    pub commit_limit: f64,
    pub sessions: f64,
    pub connections: f64,
    /// A second.
    pub network: f64,
    pub disk: f64,
    /// Percent.
    pub busy: f64,
    pub processes: Vec<Running>,
}

/// What is true of a pool.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    pub leaks: bool,
    /// Bytes an hour while it leaks, the holders' together; of steady leaks alone.
    pub rate: Option<f64>,
    /// Whether drivers and processes hold a good part.
    pub kernel: bool,
    pub user: bool,
    /// Name, and the id where it is one process at the end of the log.
    pub culprit: Option<(&'static str, Option<u32>)>,
    pub trigger: Option<&'static str>,
}

pub struct Life {
    pub samples: Vec<Sample>,
    pub truth: [Truth; 2],
    /// Name and id of the process that leaks by itself.
    pub process: Option<(&'static str, u32)>,
}

const NAMES: &[&str] = &[
    "svchost",
    "svchost",
    "svchost",
    "lsass",
    "services",
    "spoolsv",
    "sqlservr",
    "MsMpEng",
    "dns",
    "explorer",
    "java",
    "svchost",
    "inetinfo",
    "store",
    "WmiPrvSE",
    "svchost",
    "taskhostw",
    "conhost",
];
const GUESTS: &[&str] = &["cmd", "conhost", "backup", "powershell", "svchost"];

struct Process {
    now: Running,
    home: (f64, f64, f64),
    follows_load: f64,
    swing: f64,
    /// Bytes of the leak in each pool that are charged to it.
    leaked: [f64; 2],
    leaked_private: f64,
    leaked_handles: f64,
    leaked_threads: f64,
    ends: f64,
}

impl Process {
    fn new(name: &'static str, pid: u32, started: f64, r: &mut Random) -> Self {
        let home = (r.log_between(60.0, 3000.0), r.log_between(3.0, 60.0), r.log_between(2.0, 600.0) * MB);
        let now = Running {
            name,
            pid,
            started,
            pools: [0.0; 2],
            private: home.2,
            handles: home.0,
            threads: home.1,
            working_set: home.2,
        };
        let follows_load = if r.chance(0.3) { r.between(0.05, 0.6) } else { 0.0 };
        Self {
            now,
            home,
            follows_load,
            swing: r.log_between(0.002, 0.02),
            leaked: [0.0; 2],
            leaked_private: 0.0,
            leaked_handles: 0.0,
            leaked_threads: 0.0,
            ends: f64::INFINITY,
        }
    }

    fn live(&mut self, load: f64, r: &mut Random) {
        let (handles, threads, private) = self.home;
        let busy = 1.0 + self.follows_load * load;
        let own = |old: f64, home: f64, r: &mut Random, swing: f64| {
            old + 0.3 * (home * busy - old) + swing * home * r.normal()
        };
        let (h, t, p) = (
            self.now.handles - self.leaked_handles,
            self.now.threads - self.leaked_threads,
            self.now.private - self.leaked_private,
        );
        let (h, t) = (own(h, handles, r, self.swing), own(t, threads, r, self.swing));
        self.now.handles = h.max(10.0) + self.leaked_handles;
        self.now.threads = t.max(1.0) + self.leaked_threads;
        self.now.private = own(p, private, r, self.swing).max(0.2 * MB) + self.leaked_private;
        self.now.working_set = 0.7 * self.now.private * (1.0 + 0.05 * r.normal()).max(0.1) + MB;
        self.now.pools = [
            3000.0 + 90.0 * h.max(10.0) + 500.0 * self.now.threads + self.leaked[0],
            30_000.0 + 140.0 * h.max(10.0) + self.now.private / 700.0 + self.leaked[1],
        ];
    }
}

/// Lets the machine of a plan live.
#[allow(clippy::too_many_lines, reason = "one life, told in order")]
pub fn live(plan: &Plan) -> Life {
    let mut random = Random::new(plan.seed.wrapping_mul(0x9E37_79B9).wrapping_add(99));
    let r = &mut random;
    let activity = activity(plan, r);
    let mut movements: [Vec<Moving>; 2] =
        [0, 1].map(|pool| plan.movements[pool].iter().map(|m| Moving::new(*m)).collect());
    let mut processes = vec![Process::new("System", 4, -90.0, r)];
    processes[0].follows_load = 0.0;
    let mut next_pid = 300 + 4 * r.below(60) as u32;
    let mut pid = |r: &mut Random| {
        next_pid += 4 * (1 + r.below(90) as u32);
        next_pid
    };
    for number in 1..plan.processes {
        let (id, started) = (pid(r), -r.between(1.0, 90.0));
        processes.push(Process::new(NAMES[number % NAMES.len()], id, started, r));
    }
    let step = plan.interval / 3600.0;
    let count = (plan.hours / step) as usize + 1;
    let mut truth = [Truth::default(), Truth::default()];
    let mut runs = Vec::new();
    for leak in &plan.leaks {
        runs.push(Run::new(leak, plan, &mut processes, &mut pid, &mut truth[leak.pool], r));
    }
    let process = plan.process_leak.map(|_| {
        let mut leaker = Process::new("appsvc", pid(r), -r.between(1.0, 50.0), r);
        leaker.follows_load = 0.0;
        let found = (leaker.now.name, leaker.now.pid);
        let at = r.below(processes.len() - 1) + 1;
        processes.insert(at, leaker);
        found
    });
    let boots: Vec<f64> = plan.boots.iter().map(|share| share * plan.hours).collect();
    let mut booted = -r.between(20.0, 900.0);
    if plan.movements[0].iter().any(|m| matches!(m, Movement::WarmUp { .. })) {
        booted = -0.1;
    }
    let mut driver = [0.0; 2];
    let mut lagged = activity.first().copied().unwrap_or(0.0);
    let (lag, bend, adds) = plan.load.as_ref().map_or((0.0, 1.0, [0.0; 2]), |l| (l.lag, l.bend, l.adds));
    let mut samples = Vec::with_capacity(count);
    for (number, load) in activity.iter().copied().enumerate() {
        let at = number as f64 * step;
        let share = at / plan.hours;
        lagged += (load - lagged) * if lag > 0.0 { 1.0 - (-step / lag).exp() } else { 1.0 };
        let previous = at - step;
        for boot in &boots {
            if (previous..at).contains(boot) {
                booted = *boot;
                driver = [0.0; 2];
                for process in &mut processes {
                    process.leaked = [0.0; 2];
                    process.now.started = boot + 0.01;
                    if process.now.pid != 4 {
                        process.now.pid = pid(r);
                    }
                }
            }
        }
        for run in &mut runs {
            run.step(at, step, plan, load, &mut processes, &mut driver, &mut pid, &mut truth, r);
        }
        if let Some((kind, (_, id))) = plan.process_leak.zip(process)
            && let Some(leaker) = processes.iter_mut().find(|p| p.now.pid == id)
        {
            let grown = share * (1.0 + 0.02 * r.normal()).max(0.0);
            let part = step / plan.hours;
            match kind {
                ProcessLeak::PrivateBytes => leaker.leaked_private += (1.5 * leaker.home.2).max(20.0 * MB) * part,
                ProcessLeak::Handles => leaker.leaked_handles += (3.0 * leaker.home.0).max(400.0) * part,
                ProcessLeak::Threads => leaker.leaked_threads = ((2.0 * leaker.home.1).max(30.0) * grown).floor(),
            }
        }
        if plan.steps_start_processes {
            for movement in &plan.movements[0] {
                if let Movement::Step { size, at: when } = movement
                    && *size > 0.0
                    && share >= *when
                    && share - step / plan.hours < *when
                {
                    let name = r.of(&["svcA", "svcB", "svcC", "svcD", "svcE", "svcF"]);
                    processes.push(Process::new(name, pid(r), at - 0.3 * step, r));
                }
            }
        }
        // Guests come and go.
        if r.chance(plan.churn * step / 24.0) {
            let mut guest = Process::new(r.of(GUESTS), pid(r), at - 0.3 * step * r.uniform(), r);
            guest.ends = at + r.log_between(0.1, 12.0);
            let place = 1 + r.below(processes.len());
            processes.insert(place, guest);
        }
        processes.retain(|p| p.ends > at);
        processes.iter_mut().for_each(|p| p.live(load, r));
        let in_gap = plan.gaps.iter().any(|(from, to)| (*from..*to).contains(&share));
        let mut pools = [0.0; 2];
        for pool in 0..2 {
            let base = plan.base[pool];
            let moved: f64 = movements[pool].iter_mut().map(|m| m.step(at, step, plan.hours, r)).sum();
            let follows = adds[pool] * lagged.max(0.0).powf(bend);
            let charged: f64 = processes.iter().map(|p| p.now.pools[pool]).sum();
            let own = base * (1.0 + follows + moved + plan.noise * r.normal()) + driver[pool];
            pools[pool] = own.max(0.1 * base) + charged;
        }
        if in_gap || r.chance(plan.missing) {
            continue;
        }
        let private: f64 = processes.iter().map(|p| p.now.private).sum();
        let commit_limit = plan.ram * 1.25;
        let used = 0.9 * processes.iter().map(|p| p.now.working_set).sum::<f64>() + pools[0] + 0.8 * pools[1];
        samples.push(Sample {
            at,
            up: at - booted,
            pools,
            available: (0.85 * plan.ram - used).max(20.0 * MB),
            committed: (private + pools[0] + pools[1] + 60.0 * MB).min(commit_limit),
            commit_limit,
            sessions: (180.0 * load + 2.0 + 1.5 * r.normal()).max(0.0).round(),
            connections: (650.0 * load + 40.0 + 8.0 * r.normal()).max(0.0).round(),
            network: 2e6 * (0.02 + load) * (0.4 * r.normal()).exp(),
            disk: 5e6 * (0.1 + load) * (0.7 * r.normal()).exp(),
            busy: (3.0 + 45.0 * load + 4.0 * r.normal()).clamp(0.0, 100.0),
            processes: processes.iter().map(|p| p.now.clone()).collect(),
        });
    }
    Life { samples, truth, process }
}

/// How busy the machine is at each sample, 0 to about 1.
fn activity(plan: &Plan, r: &mut Random) -> Vec<f64> {
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

/// A movement under way.
struct Moving {
    kind: Movement,
    state: f64,
}

impl Moving {
    fn new(kind: Movement) -> Self {
        Self { kind, state: f64::NAN }
    }

    /// Its part of the base at a time.
    fn step(&mut self, at: f64, step: f64, hours: f64, r: &mut Random) -> f64 {
        let share = at / hours;
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
        }
    }
}

/// A leak under way.
struct Run {
    leak: Leak,
    /// Bytes an hour where it is even, all holders' together.
    rate: f64,
    holders: Vec<u32>,
    ended: usize,
}

impl Run {
    fn new(
        leak: &Leak,
        plan: &Plan,
        processes: &mut Vec<Process>,
        pid: &mut impl FnMut(&mut Random) -> u32,
        truth: &mut Truth,
        r: &mut Random,
    ) -> Self {
        let bytes = leak.size * plan.base[leak.pool];
        let steady = match leak.course {
            Course::Ramp => Some(bytes / plan.hours),
            Course::From(share) => Some(bytes / (plan.hours * (1.0 - share))),
            Course::Stairs(_) => Some(bytes / (plan.hours / 24.0) / 24.0),
            Course::Accelerating | Course::WithLoad | Course::WhileRuns(..) => None,
        };
        truth.leaks = true;
        truth.rate = match (steady, truth.rate) {
            (Some(rate), other) => Some(rate + other.unwrap_or(0.0)),
            (None, _) => None,
        };
        let mut holders = Vec::new();
        let (name, number) = match leak.holder {
            Holder::Driver => ("", 0),
            Holder::Process | Holder::Recycled(_) => (r.of(&["appsvc", "svchost", "w3wp"]), 1),
            Holder::Namesakes(number) => ("w3wp", number),
        };
        for _ in 0..number {
            let id = pid(r);
            let place = 1 + r.below(processes.len());
            let mut holder = Process::new(name, id, -r.between(0.5, 60.0), r);
            holder.follows_load *= 0.3;
            processes.insert(place, holder);
            holders.push(id);
        }
        if number == 0 {
            truth.kernel = true;
        } else {
            truth.user = true;
            truth.culprit = Some((name, (number == 1 && plan.boots.is_empty()).then(|| holders[0])));
        }
        if let Course::WhileRuns(from, to) = leak.course {
            truth.trigger = Some("scanner");
            let mut scanner = Process::new("scanner", pid(r), from * plan.hours, r);
            scanner.ends = to * plan.hours;
            scanner.follows_load = 0.0;
            holders.push(scanner.now.pid);
            scanner.now.started = from * plan.hours;
            // It waits outside of the list until it starts.
            processes.push(scanner);
        }
        Self { leak: *leak, rate: bytes / plan.hours, holders, ended: 0 }
    }

    #[allow(clippy::too_many_arguments, reason = "it acts on all of the machine")]
    fn step(
        &mut self,
        at: f64,
        step: f64,
        plan: &Plan,
        load: f64,
        processes: &mut Vec<Process>,
        driver: &mut [f64; 2],
        pid: &mut impl FnMut(&mut Random) -> u32,
        truth: &mut [Truth; 2],
        r: &mut Random,
    ) {
        let pool = self.leak.pool;
        let share = at / plan.hours;
        let even = self.rate * step * (1.0 + 0.3 * r.normal());
        let grown = match self.leak.course {
            Course::Ramp => even,
            Course::From(from) => {
                if share >= from {
                    even / (1.0 - from)
                } else {
                    0.0
                }
            }
            Course::Accelerating => even * 2.0 * share,
            Course::Stairs(hour) => {
                let now = (plan.begin + at) % 24.0;
                let due = (now - hour).rem_euclid(24.0) < step;
                if due { self.rate * 24.0 * r.between(0.6, 1.4) } else { 0.0 }
            }
            Course::WithLoad => even * load * 2.5,
            Course::WhileRuns(from, to) => {
                if (from..to).contains(&share) {
                    even / (to - from)
                } else {
                    0.0
                }
            }
        };
        if let Holder::Recycled(teeth) = self.leak.holder {
            let tooth = (share * teeth as f64) as usize;
            if tooth > self.ended {
                self.ended = tooth;
                if let Some(place) = processes.iter().position(|p| Some(&p.now.pid) == self.holders.first()) {
                    let name = processes[place].now.name;
                    processes.remove(place);
                    let successor = Process::new(name, pid(r), at - 0.2 * step, r);
                    self.holders = vec![successor.now.pid];
                    truth[pool].culprit = Some((name, Some(successor.now.pid)));
                    processes.push(successor);
                }
            }
        }
        match self.leak.holder {
            Holder::Driver => driver[pool] += grown,
            _ => {
                let each = grown / self.holders.len() as f64;
                // After a restart the ids are new; the place in the list is not.
                for process in processes.iter_mut().filter(|p| self.holders.contains(&p.now.pid)) {
                    process.leaked[pool] += each;
                    process.leaked_handles += if pool == 0 { each / 400.0 } else { 0.0 };
                }
            }
        }
    }
}
