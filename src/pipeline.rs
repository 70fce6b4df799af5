//! The whole road: files in, a report out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::FixedOffset;

use crate::base::time::Timestamp;
use crate::checks::{self, MeasuredLimit, Options, Release};
use crate::evidence::collection::{Collection, EvidenceKind, ReadSummary};
use crate::evidence::{MachineEvidence, MachineFacts};
use crate::explain;
use crate::inputs::{self, FormatKind};
use crate::log::{Contents, Format, Log, LogError, LogErrorKind, ZonedTime};
use crate::machine::{Machine, MachineBuilder, Pool, Ram, TimeRange, UNNAMED, standard_counters};
use crate::model::{Input, InputFormat, MachineReport, Report, SCHEMA, Time, Tool};

/// Names of files that are no logs which are shown; the rest are counted.
const OTHERS_SHOWN: usize = 5;

/// Evidence that is not among the inputs.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    /// Folders of driver files, to be scanned for tags.
    pub drivers: Vec<PathBuf>,
    /// Lists of pool tags.
    pub pooltags: Vec<PathBuf>,
}

/// Reads all inputs and judges the machines found in them. A folder stands for the files in it.
///
/// What cannot be read is named in [`Report::problems`]; callers decide what it means that nothing
/// could be.
#[must_use]
pub fn analyze(paths: &[PathBuf], options: &Options, window: TimeRange) -> Report {
    analyze_with(paths, &Extras::default(), options, window)
}

/// As [`analyse`], with evidence beside the inputs.
#[must_use]
pub fn analyze_with(paths: &[PathBuf], extras: &Extras, options: &Options, window: TimeRange) -> Report {
    let mut reading = Reading {
        machines: MachineBuilder::new(window, standard_counters()),
        evidence: Collection::default(),
        logs: Vec::new(),
        stamps: Vec::new(),
    };
    let mut report = Report {
        schema: SCHEMA,
        tool: Tool::default(),
        inputs: Vec::new(),
        machines: Vec::new(),
        problems: Vec::new(),
    };
    let mut others = Vec::new();
    for file in inputs::expand(paths, &mut report.problems) {
        match reading.read(&file) {
            Ok(input) => {
                reading.stamps.iter_mut().filter(|s| s.input == usize::MAX).for_each(|s| s.input = report.inputs.len());
                report.inputs.extend(input);
            }
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
    let Reading { machines, mut evidence, logs, stamps } = reading;
    extras.drivers.iter().for_each(|folder| evidence.add_drivers(folder));
    for list in &extras.pooltags {
        report.problems.extend(evidence.add_list(list).err().map(|e| e.to_string()));
    }
    evidence.add_installed_list();
    let mut machines = machines.join();
    if machines.is_empty() && evidence.describes_a_machine() {
        machines.push(evidence.machine_without_log(&evidence.machine_name().unwrap_or_else(|| UNNAMED.to_owned())));
    }
    let own = |path: &Path, machine: &str| belongs(path, machine, &logs);
    let mut gathered: Vec<(Machine, MachineEvidence, MachineFacts)> = machines
        .into_iter()
        .map(|mut machine| {
            let (clues, facts) = evidence.for_machine(&machine, &|path| own(path, &machine.name));
            machine.take_boots(&clues.boots());
            (machine, clues, facts)
        })
        .collect();
    report.problems.extend(evidence.name_owners(&mut gathered, &own).iter().map(ToString::to_string));
    let names: Vec<String> = gathered.iter().map(|(machine, ..)| machine.name.clone()).collect();
    let of_any = |path: &Path| names.iter().any(|name| own(path, name));
    report.problems.extend(evidence.unused(&names, &of_any).iter().map(explain::evidence::unused));
    local_times(&mut report.inputs, stamps, gathered.first().map(|(machine, ..)| machine));
    report.machines =
        gathered.into_iter().map(|(machine, clues, facts)| judge(&machine, clues, &facts, options)).collect();
    // The gravest first; by name among equals, as they come.
    report
        .machines
        .sort_by_key(|m| m.findings.first().map_or((crate::model::Severity::Ok, true), |f| (f.severity, false)));
    report
}

/// Whether evidence that names no machine is of this one: it lies in a folder with its logs alone.
fn belongs(path: &Path, machine: &str, logs: &[(PathBuf, BTreeSet<String>)]) -> bool {
    let all: BTreeSet<&String> = logs.iter().flat_map(|(_, machines)| machines).collect();
    if all.len() < 2 {
        return true;
    }
    // The closest folder above that holds logs at all decides.
    for folder in path.ancestors().skip(1) {
        let within: BTreeSet<&String> =
            logs.iter().filter(|(log, _)| log.starts_with(folder)).flat_map(|(_, machines)| machines).collect();
        if !within.is_empty() {
            return within.len() == 1 && within.iter().any(|name| name.eq_ignore_ascii_case(machine));
        }
    }
    false
}

/// What is gathered while files are read.
struct Reading {
    machines: MachineBuilder,
    evidence: Collection,
    /// Each log, and the machines in it.
    logs: Vec<(PathBuf, BTreeSet<String>)>,
    /// Times that files of evidence name.
    stamps: Vec<Stamped>,
}

/// The times that a file names, on clocks that are known only when all logs are read.
struct Stamped {
    input: usize,
    first: Timestamp,
    last: Timestamp,
}

/// Puts the times of evidence on the machine's clock.
fn local_times(inputs: &mut [Input], stamps: Vec<Stamped>, machine: Option<&Machine>) {
    let offset = machine.and_then(|m| m.times.first()).map_or(0, |t| t.offset_minutes);
    let zone = FixedOffset::east_opt(i32::from(offset) * 60);
    let time = |stamp: Timestamp| zone.map(|zone| Time(stamp.utc(offset).and_utc().with_timezone(&zone)));
    for Stamped { input, first, last } in stamps {
        if let Some(input) = inputs.get_mut(input) {
            (input.first_sample, input.last_sample) = (time(first), time(last));
        }
    }
}

impl Reading {
    /// Reads a file. Driver files are only noted: they are scanned later, and are many.
    fn read(&mut self, file: &inputs::Input) -> Result<Option<Input>, LogError> {
        let bytes = file.bytes().map_err(|e| LogErrorKind::Io(e).at(&file.path))?;
        let format = inputs::Format::of(&bytes, &file.path);
        if let Some((format, FormatKind::Evidence(kind))) = format.map(|format| (format, format.kind())) {
            let size = bytes.len() as u64;
            let account = self.evidence.add(kind, &file.path, bytes, file.modified());
            let account = account.map_err(|e| LogErrorKind::Other(e.kind.to_string()).at(&file.path))?;
            if let (Some(first), Some(last), true) = (account.first, account.last, kind != EvidenceKind::DriverFile) {
                self.stamps.push(Stamped { input: usize::MAX, first, last });
            }
            return Ok(evidence_input(&file.path, format, size, account));
        }
        let log = inputs::open_log(&file.path, bytes)?;
        let mut contents = self.machines.add(&log)?;
        contents.warnings.extend(file.warning());
        let named = contents.machines.iter().map(|name| name.trim_start_matches('\\').to_owned());
        self.logs.push((file.path.clone(), named.collect()));
        Ok(Some(input(&log, contents)))
    }
}

fn evidence_input(path: &Path, format: inputs::Format, bytes: u64, account: ReadSummary) -> Option<Input> {
    Some(Input {
        path: path.display().to_string(),
        format: match format {
            inputs::Format::PoolMonDisplay | inputs::Format::PoolTagTable => InputFormat::PoolMon,
            inputs::Format::DebuggerText => InputFormat::WinDbg,
            inputs::Format::KernelDump => InputFormat::Dump,
            inputs::Format::EventLog | inputs::Format::EventXml | inputs::Format::EventText => InputFormat::Evtx,
            inputs::Format::PoolTagList => InputFormat::PoolTag,
            _ => return None,
        },
        bytes,
        samples: account.items,
        counters: 0,
        first_sample: None,
        last_sample: None,
        interval_seconds: None,
        warnings: account.warnings.iter().map(ToString::to_string).collect(),
    })
}

fn input(log: &Log, contents: Contents) -> Input {
    let time = |moment: Option<ZonedTime>| moment.and_then(ZonedTime::to_date_time).map(Time);
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

fn judge(machine: &Machine, clues: MachineEvidence, facts: &MachineFacts, options: &Options) -> MachineReport {
    let ram = || {
        let (bytes, source) = facts.physical_memory.as_ref()?;
        Some(Ram { bytes: *bytes, basis: explain::evidence::ram_source(source), exact: true })
    };
    let mut options = options.clone();
    options.ram = options.ram.or_else(ram);
    options.release = options.release.or_else(|| release(machine, facts.build));
    for (source, memory) in &clues.memory {
        for pool in Pool::BOTH {
            let given = options.measured_limits.iter().any(|limit| limit.pool == pool);
            if let Some(bytes) = memory.maximum(pool).filter(|_| !given) {
                options.measured_limits.push(MeasuredLimit {
                    pool,
                    bytes,
                    basis: format!("maximum by !vm in {source}"),
                });
            }
        }
    }
    options.clues = Arc::new(clues);
    checks::judge_machine(machine, &options)
}

/// The release by a build number that evidence names, where the log does not say.
fn release(machine: &Machine, build: Option<u32>) -> Option<Release> {
    if machine.info.os_version.is_some() {
        return None;
    }
    let build = build?;
    let (major, minor) = match build {
        2195 => (5, 0),
        2600 => (5, 1),
        3790 => (5, 2),
        6000..=6003 => (6, 0),
        7600..=7601 => (6, 1),
        9200 => (6, 2),
        9600 => (6, 3),
        10_240.. => (10, 0),
        _ => return None,
    };
    Release::from_version(major, minor, build)
}
