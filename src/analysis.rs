//! The whole road: files in, a report out.

use std::path::PathBuf;

use crate::evidence::memory_exhaustion::{self, MemoryExhaustion};
use crate::inputs;
use crate::leak::{self, Options};
use crate::log::{Contents, Format, Log, LogError, LogErrorKind, Moment};
use crate::machine::{Histories, Machine, Ram, Window};
use crate::verdict::{Input, InputFormat, MachineReport, Report, SCHEMA, Time, Tool};

/// Names of files that are no logs which are shown; the rest are counted.
const OTHERS_SHOWN: usize = 5;

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
    let mut others = Vec::new();
    for file in inputs::expand(paths, &mut report.problems) {
        match read(&file, &mut histories, &mut events) {
            Ok(input) => report.inputs.push(input),
            // A support case holds many a file that is no log, and nobody said that it were one.
            Err(e) if !file.named && matches!(e.kind, LogErrorKind::NotALog { .. } | LogErrorKind::Empty) => {
                others.push(file.path.display().to_string());
            }
            Err(e) => report.problems.push(e.to_string()),
        }
    }
    if !others.is_empty() {
        let more = if others.len() > OTHERS_SHOWN { ", …" } else { "" };
        let shown = others[..others.len().min(OTHERS_SHOWN)].join(", ");
        let are = if others.len() == 1 { "file is no log and was" } else { "files are no logs and were" };
        report.problems.push(format!("{} {are} passed over: {shown}{more}", others.len()));
    }
    report.machines = histories.join().iter().map(|machine| judge(machine, &events, options)).collect();
    // The gravest first; by name among equals, as they come.
    report
        .machines
        .sort_by_key(|m| m.findings.first().map_or((crate::verdict::Severity::Ok, true), |f| (f.severity, false)));
    report
}

fn read(
    file: &inputs::Input,
    histories: &mut Histories,
    events: &mut Vec<MemoryExhaustion>,
) -> Result<Input, LogError> {
    let bytes = file.bytes().map_err(|e| LogErrorKind::Io(e).at(&file.path))?;
    if memory_exhaustion::is_event_xml(&bytes) {
        return read_events(file, &bytes, events);
    }
    let log = Log::from_bytes(&file.path, bytes)?;
    let contents = histories.add(&log)?;
    Ok(input(&log, contents))
}

/// Reads a file of exported events.
fn read_events(file: &inputs::Input, bytes: &[u8], events: &mut Vec<MemoryExhaustion>) -> Result<Input, LogError> {
    let parsed = memory_exhaustion::parse(bytes).map_err(|e| LogErrorKind::Other(e).at(&file.path));
    parsed.map(|found| {
        let warnings = match found.len() {
            0 => vec!["holds no event 2004 of the Resource-Exhaustion-Detector, the only one that is read".to_owned()],
            _ => Vec::new(),
        };
        let times: Vec<Time> = found.iter().filter_map(|e| e.time).map(Time).collect();
        events.extend(found);
        Input {
            path: file.path.display().to_string(),
            format: InputFormat::Evtx,
            bytes: bytes.len() as u64,
            samples: 0,
            counters: 0,
            first_sample: times.iter().min().copied(),
            last_sample: times.iter().max().copied(),
            interval_seconds: None,
            warnings,
        }
    })
}

fn input(log: &Log, contents: Contents) -> Input {
    let time = |moment: Option<Moment>| moment.and_then(Moment::to_date_time).map(Time);
    Input {
        path: log.path().display().to_string(),
        format: match log.format() {
            Format::Blg => InputFormat::Blg,
            Format::PdhCsv | Format::GetCounter => InputFormat::PdhCsv,
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
