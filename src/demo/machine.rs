//! A simulated Windows machine, with processes, pools and memory that change as on a real one.

use super::random::Random;
use crate::base::time::FileTime;
use crate::base::units::MB;

const PAGE: f64 = 4096.0;

/// A process and what it uses.
#[derive(Clone, Debug)]
pub struct Process {
    /// Base name, as the `Process` object shows it.
    pub name: &'static str,
    /// Process id.
    pub pid: u32,
    /// When it started, UTC.
    pub started: FileTime,
    /// Number of open handles.
    pub handles: f64,
    /// Number of threads.
    pub threads: f64,
    /// Private bytes.
    pub private: f64,
    /// Paged pool charged to it, bytes.
    pub paged: f64,
    /// Nonpaged pool charged to it, bytes.
    pub nonpaged: f64,
    /// Used processor time, units of 100 ns.
    pub cpu: f64,
    /// Number of page faults so far.
    pub faults: f64,
    /// Bytes read and written so far.
    pub io: f64,
    /// Usual handles and private bytes, around which it varies.
    home: (f64, f64),
}

impl Process {
    /// A process at its usual size: handles, threads and private megabytes.
    pub fn new(name: &'static str, pid: u32, started: FileTime, size: (f64, f64, f64)) -> Self {
        let (handles, threads, private) = size;
        let mut process = Self {
            name,
            pid,
            started,
            handles,
            threads,
            private: private * MB,
            paged: 0.0,
            nonpaged: 0.0,
            cpu: 0.0,
            faults: private * 300.0,
            io: private * MB,
            home: (handles, private * MB),
        };
        process.charge();
        process
    }

    /// Pool charged for its handles, threads and address space.
    fn charge(&mut self) {
        self.nonpaged = 4096.0 + 96.0 * self.handles + 640.0 * self.threads;
        self.paged = 40_960.0 + 150.0 * self.handles + self.private / 600.0;
    }

    /// Opens handles that are never closed.
    pub fn leak_handles(&mut self, count: f64) {
        self.home.0 += count;
        self.handles += count;
    }

    /// Sets the usual handles and private bytes, which load changes.
    pub fn load(&mut self, handles: f64, private: f64) {
        self.home = (handles, private);
    }

    fn step(&mut self, hours: f64, random: &mut Random) {
        let (handles, private) = self.home;
        self.handles = (self.handles + 0.5 * (handles - self.handles) + 0.01 * handles * random.normal()).max(8.0);
        self.private = (self.private + 0.5 * (private - self.private) + 0.008 * private * random.normal()).max(MB);
        self.cpu += hours * 3600e7 * 0.004 * random.uniform();
        self.faults += hours * 4000.0 * random.uniform();
        self.io += hours * 2.0 * MB * random.uniform();
        self.charge();
    }
}

/// The machine.
pub struct SimulatedMachine {
    /// Computer name.
    pub name: &'static str,
    /// Physical memory, bytes.
    pub ram: f64,
    /// Page file, bytes.
    pub page_file: f64,
    /// When it booted, UTC.
    pub boot: FileTime,
    /// The processes, in the order in which Perflib lists them.
    pub processes: Vec<Process>,
    /// Nonpaged pool of drivers, not charged to any process, bytes.
    pub driver_nonpaged: f64,
    /// Paged pool of drivers, not charged to any process, bytes.
    pub driver_paged: f64,
    /// Number of allocations in `driver_nonpaged`.
    pub driver_allocs: f64,
    /// File cache, bytes.
    pub cache: f64,
    /// Modified page list, bytes.
    pub modified: f64,
    /// Source of noise.
    pub random: Random,
    jitter: (f64, f64),
}

impl SimulatedMachine {
    /// A machine that has just booted, with the processes that every Windows runs.
    pub fn new(name: &'static str, boot: FileTime, ram: f64, seed: u64) -> Self {
        let at = |seconds: i64| FileTime(boot.0 + seconds * 10_000_000);
        let processes = vec![
            Process::new("System", 4, at(0), (820.0, 112.0, 0.2)),
            Process::new("smss", 268, at(2), (48.0, 2.0, 0.4)),
            Process::new("csrss", 372, at(9), (460.0, 10.0, 2.1)),
            Process::new("services", 512, at(11), (260.0, 8.0, 5.2)),
            Process::new("lsass", 528, at(11), (1150.0, 9.0, 11.0)),
            Process::new("svchost", 664, at(14), (380.0, 11.0, 5.0)),
            Process::new("svchost", 756, at(15), (1420.0, 34.0, 22.0)),
        ];
        Self {
            name,
            ram,
            page_file: ram,
            boot,
            processes,
            driver_nonpaged: 38.0 * MB,
            driver_paged: 96.0 * MB,
            driver_allocs: 61_000.0,
            cache: ram * 0.08,
            modified: ram * 0.01,
            random: Random::new(seed),
            jitter: (0.0, 0.0),
        }
    }

    /// Simulates time without incidents.
    pub fn step(&mut self, hours: f64) {
        for process in &mut self.processes {
            process.step(hours, &mut self.random);
        }
        // Packets and requests in flight use a varying amount of pool.
        let wander = |old: f64, random: &mut Random| 0.7 * old + random.normal();
        self.jitter = (wander(self.jitter.0, &mut self.random), wander(self.jitter.1, &mut self.random));
    }

    /// The process with an id.
    pub fn process(&mut self, pid: u32) -> Option<&mut Process> {
        self.processes.iter_mut().find(|p| p.pid == pid)
    }

    /// `Memory\Pool Nonpaged Bytes`.
    pub fn pool_nonpaged(&self) -> f64 {
        let charged: f64 = self.processes.iter().map(|p| p.nonpaged).sum();
        whole_pages(charged + self.driver_nonpaged + 0.25 * MB * self.jitter.0)
    }

    /// `Memory\Pool Paged Bytes`.
    pub fn pool_paged(&self) -> f64 {
        let charged: f64 = self.processes.iter().map(|p| p.paged).sum();
        whole_pages(charged + self.driver_paged + 0.4 * MB * self.jitter.1)
    }

    /// `Memory\Pool Paged Resident Bytes`.
    pub fn pool_paged_resident(&self) -> f64 {
        whole_pages(self.pool_paged() * 0.9)
    }

    /// Working set of a process.
    pub fn working_set(process: &Process) -> f64 {
        whole_pages(process.private * 0.8 + 3.0 * MB)
    }

    /// `Memory\Available Bytes`: RAM that is not in use. Working sets share a tenth of their pages.
    pub fn available(&self) -> f64 {
        let working_sets: f64 = self.processes.iter().map(Self::working_set).sum();
        let used = 0.9 * working_sets + self.pool_nonpaged() + self.pool_paged_resident() + self.cache + self.modified;
        whole_pages((self.ram - used - DRIVER_CODE).max(8.0 * MB))
    }

    /// `Memory\Committed Bytes`.
    pub fn committed(&self) -> f64 {
        let private: f64 = self.processes.iter().map(|p| p.private).sum();
        whole_pages(private + self.pool_nonpaged() + self.pool_paged() + 48.0 * MB)
    }

    /// `Memory\Commit Limit`.
    pub fn commit_limit(&self) -> f64 {
        whole_pages(self.ram * 0.99 + self.page_file)
    }
}

/// Code and data of drivers and kernel, resident.
pub const DRIVER_CODE: f64 = 24.0 * MB;

fn whole_pages(bytes: f64) -> f64 {
    (bytes / PAGE).floor() * PAGE
}

/// Load over a working day: 0 at night, 1 at 13:00.
pub fn working_day(hour_of_day: f64) -> f64 {
    let x = (hour_of_day - 13.0) / 6.5;
    (1.0 - x * x).max(0.0)
}
