//! Simulates the machine of a plan, sample by sample.

use crate::activity::activity;
use crate::leak::{RunningLeak, Step};
use crate::movement::RunningMovement;
use crate::plan::{Movement, Plan, ProcessLeak};
use crate::process::{Process, ProcessSample, Processes};
use crate::random::Random;
use crate::truth::Truth;
use perfverdict::base::units::MB;

/// Everything in one sample.
#[derive(Clone)]
pub struct Sample {
    /// Hours from the begin of the log.
    pub at: f64,
    /// Hours since the machine booted.
    pub up: f64,
    /// Bytes of nonpaged and paged pool.
    pub pools: [f64; 2],
    /// Available bytes.
    pub available: f64,
    /// Committed bytes.
    pub committed: f64,
    /// Bytes.
    pub commit_limit: f64,
    /// Server sessions.
    pub sessions: f64,
    /// TCP connections.
    pub connections: f64,
    /// Bytes a second.
    pub network: f64,
    /// Bytes a second.
    pub disk: f64,
    /// Processor time, percent.
    pub busy: f64,
    /// All processes.
    pub processes: Vec<ProcessSample>,
}

/// A simulated machine: its samples, and the truth.
pub struct Simulation {
    /// What the log holds.
    pub samples: Vec<Sample>,
    /// What is true of the nonpaged and the paged pool.
    pub truth: [Truth; 2],
    /// Name and id of the process that leaks by itself.
    pub process: Option<(&'static str, u32)>,
}

impl Simulation {
    /// Simulates the machine of a plan.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let mut random = Random::new(plan.seed.wrapping_mul(0x9E37_79B9).wrapping_add(99));
        let r = &mut random;
        let activity = activity(plan, r);
        let mut machine = Machine::new(plan, &activity, r);
        let samples = activity.iter().enumerate().filter_map(|(number, load)| machine.step(number, *load, r)).collect();
        Self { samples, truth: machine.truth, process: machine.leaker }
    }
}

/// The machine at one moment.
struct Machine<'p> {
    plan: &'p Plan,
    processes: Processes,
    leaks: Vec<RunningLeak>,
    movements: [Vec<RunningMovement>; 2],
    leaker: Option<(&'static str, u32)>,
    truth: [Truth; 2],
    /// Bytes that drivers leaked.
    driver: [f64; 2],
    booted: f64,
    /// The load as the pools follow it.
    lagged: f64,
}

impl<'p> Machine<'p> {
    fn new(plan: &'p Plan, activity: &[f64], r: &mut Random) -> Self {
        let mut processes = Processes::new(plan.processes, r);
        let mut truth = [Truth::default(), Truth::default()];
        let leaks = plan
            .leaks
            .iter()
            .map(|leak| RunningLeak::new(leak, plan, &mut processes, &mut truth[leak.pool], r))
            .collect();
        let leaker = plan.process_leak.map(|_| add_leaker(&mut processes, r));
        let mut booted = -r.between(20.0, 900.0);
        if plan.movements[0].iter().any(|m| matches!(m, Movement::WarmUp { .. })) {
            booted = -0.1;
        }
        Self {
            plan,
            processes,
            leaks,
            movements: [0, 1].map(|pool| plan.movements[pool].iter().map(|m| RunningMovement::new(*m)).collect()),
            leaker,
            truth,
            driver: [0.0; 2],
            booted,
            lagged: activity.first().copied().unwrap_or(0.0),
        }
    }

    /// One step further: a sample, where one is logged.
    fn step(&mut self, number: usize, load: f64, r: &mut Random) -> Option<Sample> {
        let hours = self.plan.interval / 3600.0;
        let at = number as f64 * hours;
        let step = Step { at, hours, share: at / self.plan.hours, load };
        let lag = self.plan.load.as_ref().map_or(0.0, |load| load.lag);
        self.lagged += (load - self.lagged) * if lag > 0.0 { 1.0 - (-hours / lag).exp() } else { 1.0 };
        self.restart(step, r);
        for leak in &mut self.leaks {
            leak.step(self.plan, step, &mut self.processes, &mut self.driver, &mut self.truth, r);
        }
        self.leak_of_process(step, r);
        self.start_services(step, r);
        if r.chance(self.plan.churn * hours / 24.0) {
            let holds = self.plan.base.map(|base| base * self.plan.guests_hold);
            self.processes.add_guest(at, hours, holds, r);
        }
        self.processes.step(at, load, r);
        let pools = [0, 1].map(|pool| self.pool(pool, step, r));
        let in_gap = self.plan.gaps.iter().any(|(from, to)| (*from..*to).contains(&step.share));
        let thinned = self.plan.thinned.is_some_and(|(from, each)| step.share >= from && !number.is_multiple_of(each));
        if in_gap || thinned || r.chance(self.plan.missing) { None } else { Some(self.sample(step, pools, r)) }
    }

    fn restart(&mut self, step: Step, r: &mut Random) {
        for share in &self.plan.boots {
            let boot = share * self.plan.hours;
            if (step.at - step.hours..step.at).contains(&boot) {
                self.booted = boot;
                self.driver = [0.0; 2];
                self.processes.restart(boot, r);
            }
        }
    }

    /// What leaks in a process by itself.
    fn leak_of_process(&mut self, step: Step, r: &mut Random) {
        if let Some((kind, (_, pid))) = self.plan.process_leak.zip(self.leaker)
            && let Some(leaker) = self.processes.find(pid)
        {
            let grown = step.share * (1.0 + 0.02 * r.normal()).max(0.0);
            let part = step.hours / self.plan.hours;
            let home = leaker.home;
            match kind {
                ProcessLeak::PrivateBytes => leaker.leaked.private += (1.5 * home.private).max(20.0 * MB) * part,
                ProcessLeak::Handles => leaker.leaked.handles += (3.0 * home.handles).max(400.0) * part,
                ProcessLeak::Threads => leaker.leaked.threads = ((2.0 * home.threads).max(30.0) * grown).floor(),
            }
        }
    }

    /// A process starts with each step upwards, where the plan says so.
    fn start_services(&mut self, step: Step, r: &mut Random) {
        if !self.plan.steps_start_processes {
            return;
        }
        for movement in &self.plan.movements[0] {
            if let Movement::Step { size, at: when } = movement
                && *size > 0.0
                && step.share >= *when
                && step.share - step.hours / self.plan.hours < *when
            {
                let name = r.of(&["svcA", "svcB", "svcC", "svcD", "svcE", "svcF"]);
                let pid = self.processes.new_pid(r);
                self.processes.list.push(Process::new(name, pid, step.at - 0.3 * step.hours, r));
            }
        }
    }

    /// Bytes of a pool.
    fn pool(&mut self, pool: usize, step: Step, r: &mut Random) -> f64 {
        let plan = self.plan;
        let base = plan.base[pool];
        let (adds, bend) = plan.load.as_ref().map_or((0.0, 1.0), |load| (load.adds[pool], load.bend));
        let moved: f64 = self.movements[pool].iter_mut().map(|m| m.step(plan, step, r)).sum();
        let follows = adds * self.lagged.max(0.0).powf(bend);
        let own = base * (1.0 + follows + moved + plan.noise * r.normal()) + self.driver[pool];
        own.max(0.1 * base) + self.processes.sum(|process| process.pools[pool])
    }

    fn sample(&self, step: Step, pools: [f64; 2], r: &mut Random) -> Sample {
        let more = if self.plan.hot_add.is_some_and(|from| step.share >= from) { 1.5 } else { 1.0 };
        let (load, ram) = (step.load, more * self.plan.ram);
        let private = self.processes.sum(|process| process.private);
        let commit_limit = ram * 1.25;
        let used = 0.9 * self.processes.sum(|process| process.working_set) + pools[0] + 0.8 * pools[1];
        // A counter that could not be read.
        let part = step.hours / self.plan.hours;
        let bad = self.plan.bad_samples.iter().find(|(share, _)| (step.share - share).abs() <= part / 2.0);
        let zero = self.plan.zeros > 0.0 && r.chance(self.plan.zeros);
        let read = if zero { 0.0 } else { bad.map_or(1.0, |(_, factor)| *factor) };
        Sample {
            at: step.at,
            up: step.at - self.booted,
            pools: pools.map(|bytes| read * bytes),
            available: (0.85 * ram - used).max(20.0 * MB),
            committed: read * (private + pools[0] + pools[1] + 60.0 * MB).min(commit_limit),
            commit_limit: if zero { 0.0 } else { commit_limit },
            sessions: (180.0 * load + 2.0 + 1.5 * r.normal()).max(0.0).round(),
            connections: (650.0 * load + 40.0 + 8.0 * r.normal()).max(0.0).round(),
            network: 2e6 * (0.02 + load) * (0.4 * r.normal()).exp(),
            disk: 5e6 * (0.1 + load) * (0.7 * r.normal()).exp(),
            busy: (3.0 + 45.0 * load + 4.0 * r.normal()).clamp(0.0, 100.0),
            processes: self.processes.list.iter().map(|process| process.now.clone()).collect(),
        }
    }
}

/// Adds the process that leaks by itself.
fn add_leaker(processes: &mut Processes, r: &mut Random) -> (&'static str, u32) {
    let mut leaker = Process::new("appsvc", processes.new_pid(r), -r.between(1.0, 50.0), r);
    leaker.follows_load = 0.0;
    let found = (leaker.now.name, leaker.now.pid);
    let place = r.below(processes.list.len() - 1) + 1;
    processes.list.insert(place, leaker);
    found
}
