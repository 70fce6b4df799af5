//! Processes: what each uses, sample by sample.

use crate::random::Random;
use perfverdict::base::units::MB;

/// Id of `System`, which it keeps over restarts.
pub const SYSTEM: u32 = 4;

/// One process in one sample.
#[derive(Clone, Debug)]
pub struct ProcessSample {
    /// Base name.
    pub name: &'static str,
    /// Process id.
    pub pid: u32,
    /// Hours from the begin of the log.
    pub started: f64,
    /// Bytes of nonpaged and paged pool that are charged to it.
    pub pools: [f64; 2],
    /// Private bytes.
    pub private: f64,
    /// Open handles.
    pub handles: f64,
    /// Threads.
    pub threads: f64,
    /// Bytes.
    pub working_set: f64,
}

/// What a process uses when nothing happens.
#[derive(Clone, Copy)]
pub struct Home {
    pub handles: f64,
    pub threads: f64,
    pub private: f64,
}

/// What a process has leaked.
#[derive(Clone, Copy, Default)]
pub struct Leaked {
    /// Bytes in each pool that are charged to it.
    pub pools: [f64; 2],
    pub private: f64,
    pub handles: f64,
    pub threads: f64,
}

pub struct Process {
    pub now: ProcessSample,
    pub home: Home,
    pub follows_load: f64,
    swing: f64,
    pub leaked: Leaked,
    pub ends: f64,
}

impl Process {
    pub fn new(name: &'static str, pid: u32, started: f64, r: &mut Random) -> Self {
        let home = Home {
            handles: r.log_between(60.0, 3000.0),
            threads: r.log_between(3.0, 60.0),
            private: r.log_between(2.0, 600.0) * MB,
        };
        let now = ProcessSample {
            name,
            pid,
            started,
            pools: [0.0; 2],
            private: home.private,
            handles: home.handles,
            threads: home.threads,
            working_set: home.private,
        };
        let follows_load = if r.chance(0.3) { r.between(0.05, 0.6) } else { 0.0 };
        let swing = r.log_between(0.002, 0.02);
        Self { now, home, follows_load, swing, leaked: Leaked::default(), ends: f64::INFINITY }
    }

    /// One step further. What it uses returns to its home, apart from what it has leaked.
    pub fn step(&mut self, load: f64, r: &mut Random) {
        let busy = 1.0 + self.follows_load * load;
        let swing = self.swing;
        let mut own = |old: f64, home: f64| old + 0.3 * (home * busy - old) + swing * home * r.normal();
        let handles = own(self.now.handles - self.leaked.handles, self.home.handles).max(10.0);
        let threads = own(self.now.threads - self.leaked.threads, self.home.threads).max(1.0);
        let private = own(self.now.private - self.leaked.private, self.home.private).max(0.2 * MB);
        self.now.handles = handles + self.leaked.handles;
        self.now.threads = threads + self.leaked.threads;
        self.now.private = private + self.leaked.private;
        self.now.working_set = 0.7 * self.now.private * (1.0 + 0.05 * r.normal()).max(0.1) + MB;
        self.now.pools = [
            3000.0 + 90.0 * handles + 500.0 * self.now.threads + self.leaked.pools[0],
            30_000.0 + 140.0 * handles + self.now.private / 700.0 + self.leaked.pools[1],
        ];
    }
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

/// All processes of a machine, in the order in which Windows lists them.
pub struct Processes {
    pub list: Vec<Process>,
    last_pid: u32,
}

impl Processes {
    /// `System`, and so many others.
    pub fn new(count: usize, r: &mut Random) -> Self {
        let mut system = Process::new("System", SYSTEM, -90.0, r);
        system.follows_load = 0.0;
        let last_pid = 300 + 4 * r.below(60) as u32;
        let mut processes = Self { list: vec![system], last_pid };
        for number in 1..count {
            let (pid, started) = (processes.new_pid(r), -r.between(1.0, 90.0));
            processes.list.push(Process::new(NAMES[number % NAMES.len()], pid, started, r));
        }
        processes
    }

    pub fn new_pid(&mut self, r: &mut Random) -> u32 {
        self.last_pid += 4 * (1 + r.below(90) as u32);
        self.last_pid
    }

    pub fn find(&mut self, pid: u32) -> Option<&mut Process> {
        self.list.iter_mut().find(|process| process.now.pid == pid)
    }

    /// After a restart all are new, and nothing is leaked yet.
    pub fn restart(&mut self, boot: f64, r: &mut Random) {
        for place in 0..self.list.len() {
            let keeps_pid = self.list[place].now.pid == SYSTEM;
            self.list[place].leaked.pools = [0.0; 2];
            self.list[place].now.started = boot + 0.01;
            if !keeps_pid {
                self.list[place].now.pid = self.new_pid(r);
            }
        }
    }

    /// A process that comes, and goes after some minutes or hours.
    pub fn add_guest(&mut self, at: f64, step: f64, holds: [f64; 2], r: &mut Random) {
        let name = r.of(GUESTS);
        let pid = self.new_pid(r);
        let started = at - 0.3 * step * r.uniform();
        let mut guest = Process::new(name, pid, started, r);
        guest.ends = at + r.log_between(0.1, 12.0);
        guest.leaked.pools = holds.map(|bytes| bytes * r.between(0.3, 1.0));
        let place = 1 + r.below(self.list.len());
        self.list.insert(place, guest);
    }

    pub fn step(&mut self, at: f64, load: f64, r: &mut Random) {
        self.list.retain(|process| process.ends > at);
        self.list.iter_mut().for_each(|process| process.step(load, r));
    }

    pub fn sum(&self, of: impl Fn(&ProcessSample) -> f64) -> f64 {
        self.list.iter().map(|process| of(&process.now)).sum()
    }
}
