//! A large log for benchmarks: PerfLog-Long on a server with 230 processes.

use std::path::{Path, PathBuf};

use super::machine::{Process, SimulatedMachine};
use super::record::{Counters, Recorder};
use super::scenario::berlin;
use super::windows::PERF_FREQUENCY;
use crate::base::time::{FileTime, TICKS_PER_SECOND};
use crate::base::units::MB;
use crate::convert::{ConvertError, Dialect, write_text};
use crate::log::blg::writer::WriterOptions;
use crate::log::{Log, Selection};

/// Processes of the machine, without `Idle` and `_Total`.
const PROCESSES: u32 = 230;
const MINUTES: i64 = 5;
/// Their base names; on a server many processes share few names.
const NAMES: &[&str] = &[
    "svchost",
    "w3wp",
    "conhost",
    "RuntimeBroker",
    "sqlservr",
    "dllhost",
    "wsmprovhost",
    "taskhostw",
    "java",
    "backup",
];

/// The files that [`write_big`] writes.
pub const BIG_FILES: [&str; 2] = ["perflog-long.blg", "perflog-long.csv"];

/// Writes `perflog-long.blg` of about this many bytes, and the CSV into which Windows would convert it, to a folder,
/// which is created if necessary. Returns their paths. A driver leaks nonpaged pool all the time.
///
/// # Errors
/// If the folder or a file cannot be written.
pub fn write_big(folder: &Path, bytes: u64) -> Result<[PathBuf; 2], ConvertError> {
    std::fs::create_dir_all(folder)?;
    let [blg, csv] = BIG_FILES.map(|name| folder.join(name));
    crate::output::write_streamed(&blg, |out| write_blg(out, bytes))?;
    let log = Log::open(&blg)?;
    crate::output::write_streamed(&csv, |out| {
        write_text(std::slice::from_ref(&log), &Selection::All.into(), Dialect::default(), out).map(drop)
    })?;
    Ok([blg, csv])
}

fn write_blg(out: impl std::io::Write + std::io::Seek, bytes: u64) -> std::io::Result<()> {
    let zone = berlin();
    let start = zone.zoned_from_utc(FileTime(134_116_956_000_000_000)); // 2026-01-01 00:00 local time
    let boot = FileTime(start.utc.0 - 3600 * TICKS_PER_SECOND);
    let mut machine = SimulatedMachine::new("BIGSRV01", boot, 65_536.0 * MB, 230);
    let mut number = 0_u32;
    while machine.processes.len() < PROCESSES as usize {
        let size =
            (150.0 + f64::from(number * 37 % 900), 6.0 + f64::from(number % 40), 8.0 + f64::from(number * 53 % 400));
        let name = NAMES[number as usize * 7 % NAMES.len()];
        machine.processes.push(Process::new(name, 1000 + 4 * number, boot, size));
        number += 1;
    }
    let options = WriterOptions {
        os_version: (10, 0, 20348),
        zone: zone.clone(),
        boot,
        perf_frequency: PERF_FREQUENCY,
        log_guid: [0x42; 16],
        file_name: r"c:\perflogs\BIGSRV01_PerfLog-Long.blg".to_owned(),
        circular_bytes: None,
    };
    let mut recorder = Recorder::new(out, &machine, Counters::WholeProcesses, options, start)?;
    for sample in 0.. {
        let time = zone.zoned_from_utc(FileTime(start.utc.0 + sample * MINUTES * 60 * TICKS_PER_SECOND));
        if sample > 0 {
            let hours = MINUTES as f64 / 60.0;
            machine.step(hours);
            machine.driver_nonpaged += 3.0 * MB * hours;
            if sample % 40 == 0 {
                // One process ends and another starts.
                machine.processes.remove(PROCESSES as usize - 20);
                let started = FileTime(time.utc.0 - 60 * TICKS_PER_SECOND);
                machine.processes.push(Process::new("backup", 1000 + 4 * number, started, (240.0, 9.0, 60.0)));
                number += 1;
            }
        }
        recorder.sample(&machine, time)?;
        if recorder.bytes() >= bytes {
            break;
        }
    }
    recorder.finish()?;
    Ok(())
}
