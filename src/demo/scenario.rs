//! The scenarios of the demo logs.

use std::io::{self, Cursor};

use super::machine::{Process, SimulatedMachine, working_day};
use super::record::{Counters, Recorder};
use super::windows::PERF_FREQUENCY;
use crate::base::time::{FileTime, TICKS_PER_SECOND, ZonedTime};
use crate::base::units::{KB, MB};
use crate::log::blg::writer::WriterOptions;
use crate::log::zone::{Rule, Zone};

/// A machine, what happens on it, and its log.
pub struct Scenario {
    /// File name of the log, without a folder.
    pub file_name: &'static str,
    /// One sentence on what the log shows.
    pub story: &'static str,
    machine: &'static str,
    os_version: (u8, u8, u32),
    ram: f64,
    /// First sample in local time of Berlin: year, month, day, hour.
    start: (i32, u32, u32, u32),
    hours_since_boot: f64,
    samples: u32,
    minutes: u32,
    counters: Counters,
    circular_bytes: Option<f64>,
    seed: u64,
    setup: fn(&mut SimulatedMachine, FileTime),
    /// Changes the machine until this many hours after the first sample, in a step of this many hours.
    step: fn(&mut SimulatedMachine, f64, f64),
}

/// The four demo logs.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        file_name: "nonpaged-leak.blg",
        story: "a driver leaks nonpaged pool on a server with 1 GB of RAM, since 02:10",
        machine: "APPSRV01",
        os_version: (6, 1, 7601),
        ram: 1024.0 * MB,
        start: (2026, 3, 2, 20),
        hours_since_boot: 31.0,
        samples: 77,
        minutes: 20,
        counters: Counters::WholeObjects,
        circular_bytes: None,
        seed: 20_260_302,
        setup: |machine, boot| machine.processes.push(Process::new("appsvc", 1384, boot, (610.0, 24.0, 96.0))),
        step: |machine, at, hours| {
            let leaking = (at - (6.0 + 10.0 / 60.0)).clamp(0.0, hours);
            let noise = 1.0 + 0.04 * machine.random.normal();
            machine.driver_nonpaged += 25.5 * MB * leaking * noise;
            machine.driver_allocs += 25.5 * MB / 1024.0 * leaking * noise;
        },
    },
    Scenario {
        file_name: "process-leak.blg",
        story: "one of three w3wp processes leaks handles; its instance number changes twice",
        machine: "WEB02",
        os_version: (10, 0, 14393),
        ram: 8192.0 * MB,
        start: (2026, 2, 10, 8),
        hours_since_boot: 52.0,
        samples: 120,
        minutes: 20,
        counters: Counters::WholeObjects,
        circular_bytes: Some(704.0 * KB),
        seed: 20_260_210,
        setup: |machine, boot| {
            machine.driver_nonpaged = 118.0 * MB;
            machine.driver_paged = 240.0 * MB;
            for (pid, handles) in [(2912, 940.0), (3380, 1010.0), (4712, 980.0)] {
                machine.processes.push(Process::new("w3wp", pid, boot, (handles, 31.0, 210.0)));
            }
            machine.processes.push(Process::new("MsMpEng", 1980, boot, (720.0, 28.0, 150.0)));
        },
        step: |machine, at, hours| {
            if at >= 25.0 {
                machine.processes.retain(|p| p.pid != 2912);
            }
            if at >= 32.0 && machine.process(6020).is_none() {
                let now = FileTime(machine.boot.0 + ((52.0 + at) * 3600.0 * TICKS_PER_SECOND as f64) as i64);
                machine.processes.insert(7, Process::new("w3wp", 6020, now, (890.0, 27.0, 190.0)));
            }
            let noise = 1.0 + 0.1 * machine.random.normal();
            if let Some(leaker) = machine.process(4712) {
                leaker.leak_handles(22_000.0 * hours * noise);
            }
        },
    },
    Scenario {
        file_name: "load.blg",
        story: "a file server whose pools rise with its users every day and fall every night",
        machine: "FILES01",
        os_version: (10, 0, 17763),
        ram: 4096.0 * MB,
        start: (2026, 1, 19, 0),
        hours_since_boot: 190.0,
        samples: 153,
        minutes: 30,
        counters: Counters::ByName,
        circular_bytes: None,
        seed: 20_260_119,
        setup: |machine, boot| {
            machine.driver_nonpaged = 96.0 * MB;
            machine.processes.push(Process::new("dfsrs", 2440, boot, (1600.0, 40.0, 180.0)));
        },
        step: |machine, at, _| {
            let users = working_day(at % 24.0) * (1.0 + 0.08 * machine.random.normal());
            machine.driver_nonpaged = 96.0 * MB + 85.0 * MB * users;
            machine.driver_paged = 110.0 * MB + 140.0 * MB * users;
            if let Some(server) = machine.process(2440) {
                server.load(1600.0 + 5200.0 * users, (180.0 + 160.0 * users) * MB);
            }
        },
    },
    Scenario {
        file_name: "quiet.blg",
        story: "an idle server, in a circular log that has wrapped",
        machine: "DC01",
        os_version: (10, 0, 20348),
        ram: 4096.0 * MB,
        start: (2026, 1, 10, 12),
        hours_since_boot: 410.0,
        samples: 200,
        minutes: 30,
        counters: Counters::ByName,
        circular_bytes: Some(448.0 * KB),
        seed: 20_260_110,
        setup: |machine, boot| {
            machine.driver_nonpaged = 82.0 * MB;
            machine.processes.push(Process::new("dns", 2210, boot, (5400.0, 18.0, 120.0)));
        },
        step: |machine, at, _| {
            // A backup runs for an hour every day.
            let backup = at % 24.0 >= 13.0 && at % 24.0 < 14.0;
            machine.processes.retain(|p| p.pid != 7004);
            if backup {
                let boot = machine.boot;
                machine.processes.push(Process::new("wbengine", 7004, boot, (300.0, 12.0, 40.0)));
            }
        },
    },
];

/// Nonpaged pool of the drivers of [`INCIDENT`] before the leak, MB.
pub(super) const INCIDENT_BASE: f64 = 38.0;
/// Start of the leak, in hours after the first sample: 02:10.
pub(super) const INCIDENT_BEGINS: f64 = 10.0 + 10.0 / 60.0;
/// Their nonpaged pool at exhaustion, bytes: with that of processes, three quarters of RAM.
pub(super) const INCIDENT_FULL: f64 = 1528.0 * MB;

/// The log of an incident that ends with an exhausted pool; its folder contains more evidence.
pub(super) const INCIDENT: Scenario = Scenario {
    file_name: "APPSRV03_PerfLog-Long.blg",
    story: "",
    machine: "APPSRV03",
    os_version: (6, 1, 7601),
    ram: 2048.0 * MB,
    start: (2026, 3, 2, 16),
    hours_since_boot: 31.0,
    samples: 164,
    minutes: 10,
    counters: Counters::ByName,
    circular_bytes: None,
    seed: 20_260_303,
    setup: |machine, boot| machine.processes.push(Process::new("appsvc", 1384, boot, (610.0, 24.0, 96.0))),
    step: |machine, at, hours| {
        let leaking = (at - INCIDENT_BEGINS).clamp(0.0, hours);
        let noise = 1.0 + 0.04 * machine.random.normal();
        machine.driver_nonpaged = (machine.driver_nonpaged + 96.0 * MB * leaking * noise).min(INCIDENT_FULL);
    },
};

impl Scenario {
    /// Simulates the machine and returns its log, the same bytes on every system.
    ///
    /// # Errors
    /// If the log is too small for its catalog; a test checks that [`SCENARIOS`] are not.
    pub fn log(&self) -> io::Result<Vec<u8>> {
        self.live(&mut |_, _| {})
    }

    /// The same, with a call of `look` for every sample.
    pub(super) fn live(&self, look: &mut dyn FnMut(&SimulatedMachine, ZonedTime)) -> io::Result<Vec<u8>> {
        let zone = berlin();
        let (year, month, day, hour) = self.start;
        let local = chrono::NaiveDate::from_ymd_opt(year, month, day)
            .and_then(|d| d.and_hms_milli_opt(hour, 0, 0, 0))
            .and_then(FileTime::from_naive)
            .ok_or_else(|| io::Error::other("the log starts before 1601"))?;
        let start = zone.zoned(local, None);
        let boot = FileTime(start.utc.0 - (self.hours_since_boot * 3600.0) as i64 * TICKS_PER_SECOND);
        let mut machine = SimulatedMachine::new(self.machine, boot, self.ram, self.seed);
        (self.setup)(&mut machine, boot);
        let mut log_guid = [0; 16];
        log_guid[..8].copy_from_slice(&self.seed.to_le_bytes());
        let options = WriterOptions {
            os_version: self.os_version,
            zone: zone.clone(),
            boot,
            perf_frequency: PERF_FREQUENCY,
            log_guid,
            file_name: format!(r"c:\perflogs\{}_PerfLog-Long.blg", self.machine),
            circular_bytes: self.circular_bytes.map(|bytes| bytes as u64),
        };
        let mut recorder = Recorder::new(Cursor::new(Vec::new()), &machine, self.counters, options, start)?;
        let hours = f64::from(self.minutes) / 60.0;
        for number in 0..self.samples {
            let ticks = i64::from(number) * i64::from(self.minutes) * 60 * TICKS_PER_SECOND;
            let time = zone.zoned_from_utc(FileTime(start.utc.0 + ticks));
            if number > 0 {
                machine.step(hours);
            }
            (self.step)(&mut machine, f64::from(number) * hours, if number > 0 { hours } else { 0.0 });
            look(&machine, time);
            recorder.sample(&machine, time)?;
        }
        Ok(recorder.finish()?.into_inner())
    }
}

/// The zone of all simulated machines.
pub(super) fn berlin() -> Zone {
    let last_sunday = |month, hour| Rule { month, weekday: 0, week: 5, hour, minute: 0 };
    Zone {
        standard_bias: -60,
        daylight_bias: -120,
        rules: Some((last_sunday(3, 2), last_sunday(10, 3))),
        name: "W. Europe Standard Time".to_owned(),
        daylight_name: "W. Europe Daylight Time".to_owned(),
    }
}
