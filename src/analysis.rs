//! The whole road: files in, a report out.

use std::path::{Path, PathBuf};

use crate::evidence::memory_exhaustion::{self, MemoryExhaustion};
use crate::leak::{self, Options};
use crate::log::{Contents, Format, Log, LogErrorKind, Moment};
use crate::machine::{Histories, Machine, Ram, Window};
use crate::verdict::{Input, InputFormat, MachineReport, Report, SCHEMA, Time, Tool};

/// Reads all inputs and judges the machines found in them. A folder stands for the files in it.
///
/// What cannot be read is named in [`Report::problems`]; callers decide what it means that nothing
/// could be.
#[must_use]
pub fn analyse(paths: &[PathBuf], options: &Options, window: Window) -> Report {
    let mut histories = Histories::new(window);
    let mut events = Vec::new();
    let mut report = Report {
        schema: SCHEMA,
        tool: Tool::default(),
        inputs: Vec::new(),
        machines: Vec::new(),
        problems: Vec::new(),
    };
    for path in expand(paths, &mut report.problems) {
        match read(&path, &mut histories, &mut events) {
            Ok(input) => report.inputs.push(input),
            Err(problem) => report.problems.push(problem),
        }
    }
    report.machines = histories.join().iter().map(|machine| judge(machine, &events, options)).collect();
    // The gravest first; by name among equals, as they come.
    report
        .machines
        .sort_by_key(|m| m.findings.first().map_or((crate::verdict::Severity::Ok, true), |f| (f.severity, false)));
    report
}

/// Files in place of folders, sorted by name.
fn expand(paths: &[PathBuf], problems: &mut Vec<String>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        match std::fs::read_dir(path) {
            Ok(entries) => {
                let mut found: Vec<PathBuf> =
                    entries.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.is_file()).collect();
                if found.is_empty() {
                    problems.push(format!("{}: the folder holds no files", path.display()));
                }
                found.sort();
                files.extend(found);
            }
            Err(e) => problems.push(format!("{}: the folder cannot be read: {e}", path.display())),
        }
    }
    files
}

fn read(path: &Path, histories: &mut Histories, events: &mut Vec<MemoryExhaustion>) -> Result<Input, String> {
    let log = match Log::open(path) {
        Ok(log) => log,
        Err(e) if matches!(e.kind, LogErrorKind::NotALog { .. }) => {
            return read_events(path, events).unwrap_or_else(|| Err(e.to_string()));
        }
        Err(e) => return Err(e.to_string()),
    };
    let contents = histories.add(&log).map_err(|e| e.to_string())?;
    Ok(input(&log, contents))
}

/// Reads a file as exported events; `None` when it is none.
fn read_events(path: &Path, events: &mut Vec<MemoryExhaustion>) -> Option<Result<Input, String>> {
    let bytes = std::fs::read(path).ok().filter(|bytes| memory_exhaustion::is_event_xml(bytes))?;
    let parsed = memory_exhaustion::parse(&bytes).map_err(|e| format!("{}: {e}", path.display()));
    Some(parsed.map(|found| {
        let warnings = match found.len() {
            0 => vec!["holds no event 2004 of the Resource-Exhaustion-Detector, the only one that is read".to_owned()],
            _ => Vec::new(),
        };
        let times: Vec<Time> = found.iter().filter_map(|e| e.time).map(Time).collect();
        events.extend(found);
        Input {
            path: path.display().to_string(),
            format: InputFormat::Evtx,
            bytes: bytes.len() as u64,
            samples: 0,
            counters: 0,
            first_sample: times.iter().min().copied(),
            last_sample: times.iter().max().copied(),
            interval_seconds: None,
            warnings,
        }
    }))
}

fn input(log: &Log, contents: Contents) -> Input {
    let time = |moment: Option<Moment>| moment.and_then(Moment::to_date_time).map(Time);
    Input {
        path: log.path().display().to_string(),
        format: match log.format() {
            Format::Blg => InputFormat::Blg,
            Format::PdhCsv => InputFormat::PdhCsv,
            Format::PdhTsv => InputFormat::PdhTsv,
        },
        bytes: log.size(),
        samples: contents.samples,
        counters: contents.counters,
        first_sample: time(contents.first),
        last_sample: time(contents.last),
        interval_seconds: contents.interval_seconds.map(|s| (s * 1e3).round() / 1e3),
        warnings: contents.warnings,
    }
}

fn judge(machine: &Machine, events: &[MemoryExhaustion], options: &Options) -> MachineReport {
    let ram = options.ram.clone().or_else(|| event_ram(machine, events));
    leak::judge_machine(machine, &Options { ram, ..options.clone() })
}

/// RAM by the last event 2004 of this machine.
fn event_ram(machine: &Machine, events: &[MemoryExhaustion]) -> Option<Ram> {
    let own = |e: &&MemoryExhaustion| {
        e.computer.split('.').next().is_some_and(|host| host.eq_ignore_ascii_case(&machine.name))
    };
    let event = events.iter().filter(own).max_by_key(|e| e.time)?;
    let time = event.time.map_or_else(String::new, |t| format!(" of {}", t.format("%Y-%m-%d %H:%M UTC")));
    Some(Ram { bytes: event.physical_memory, basis: format!("event 2004{time}"), exact: true })
}
