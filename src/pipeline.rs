//! From files to a report: reads inputs, groups them by machine, checks and explains.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::base::time::{ClockZone, FileTime, Timestamp, ZonedTime};
use crate::case::{Case, Options};
use crate::checks;
use crate::evidence::collection::{Collection, ReadSummary, is_of};
use crate::evidence::{MachineEvidence, MachineFacts};
use crate::explain;
use crate::inputs::{self, Format, FormatKind, InputError, UnpackLimit};
use crate::log::{Contents, Log, LogErrorKind, TimeRange};
use crate::machine::{MOST_MACHINES, Machine, MachineBuilder, UNNAMED};
use crate::model::{Input, InputFormat, MachineReport, Report, Severity, Time};
use crate::output::is_own;
use crate::progress::{self, Task};

/// What is read besides the inputs, and how far.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    /// Folders of driver files to scan for tags.
    pub drivers: Vec<PathBuf>,
    /// Lists of pool tags.
    pub pooltags: Vec<PathBuf>,
    /// How many bytes each archive among the inputs may unpack to.
    pub unpack_limit: UnpackLimit,
}

/// Reads all inputs and judges the machines found in them. A folder means all files in it.
///
/// [`Report::problems`] lists files that cannot be read; the caller decides what to do if all of them failed.
#[must_use]
pub fn analyze(paths: &[PathBuf], options: &Options, range: TimeRange) -> Report {
    analyze_with(paths, &Extras::default(), options, range)
}

/// Same as [`analyze`], with additional evidence.
#[must_use]
pub fn analyze_with(paths: &[PathBuf], extras: &Extras, options: &Options, range: TimeRange) -> Report {
    let mut report = Report::default();
    let Reading { machines, mut evidence, logs, times } = read(paths, extras.unpack_limit, range, &mut report);
    extras.drivers.iter().for_each(|folder| evidence.add_drivers(folder));
    for list in &extras.pooltags {
        report.problems.extend(evidence.add_list(list).err().map(|e| e.to_string()));
    }
    evidence.add_installed_list();
    report.problems.extend(explain::inputs::machines_left_out(machines.left_out(), MOST_MACHINES));
    let mut machines = machines.join();
    if machines.is_empty() && evidence.describes_a_machine() {
        machines.push(evidence.machine_without_log(&evidence.machine_name().unwrap_or_else(|| UNNAMED.to_owned())));
    }
    let own = |path: &Path, machine: &str| belongs(path, machine, &logs);
    let mut gathered: Vec<(Machine, MachineEvidence, MachineFacts)> = machines
        .into_iter()
        .map(|mut machine| {
            let (found, facts) = evidence.for_machine(&machine, &|path| own(path, &machine.name));
            machine.take_boots(&found.boots());
            (machine, found, facts)
        })
        .collect();
    progress::begin(Task::SearchingDrivers, None);
    report.problems.extend(evidence.name_owners(&mut gathered, &own).iter().map(ToString::to_string));
    let names: Vec<String> = gathered.iter().map(|(machine, ..)| machine.name.clone()).collect();
    let of_any = |path: &Path| names.iter().any(|name| own(path, name));
    report.problems.extend(evidence.unused(&names, &of_any).iter().map(explain::evidence::unused));
    let machine_of = |times: &EvidenceTimes| {
        let is_own =
            |machine: &&Machine| is_of(machine, &times.machines, &times.path, &|path| own(path, &machine.name));
        let mut all = gathered.iter().map(|(machine, ..)| machine);
        // Evidence that belongs to no machine still needs a clock.
        all.clone().find(is_own).or_else(|| all.next())
    };
    local_times(&mut report.inputs, &times, machine_of);
    report.machines = gathered.iter().map(|(machine, found, facts)| judge(machine, found, facts, options)).collect();
    // Most severe first; equal machines stay in order of name.
    report.machines.sort_by_key(|m| m.findings.first().map_or((Severity::Ok, true), |f| (f.severity, false)));
    report
}

/// Judges a machine by its history, without other evidence.
#[must_use]
pub fn judge_machine(machine: &Machine, options: &Options) -> MachineReport {
    judge(machine, &MachineEvidence::default(), &MachineFacts::default(), options)
}

/// Runs the checks on a machine and explains what they find.
fn judge(machine: &Machine, evidence: &MachineEvidence, facts: &MachineFacts, options: &Options) -> MachineReport {
    progress::begin(Task::Judging(machine.name.clone()), None);
    let case = Case::new(machine, evidence, facts, options);
    explain::machine(&case, &checks::run(&case))
}

/// Whether evidence without a machine name belongs to this machine: its folder contains only logs of this machine.
fn belongs(path: &Path, machine: &str, logs: &[(PathBuf, BTreeSet<String>)]) -> bool {
    let all: BTreeSet<&String> = logs.iter().flat_map(|(_, machines)| machines).collect();
    if all.len() < 2 {
        return true;
    }
    // The closest parent folder with any logs decides.
    for folder in path.ancestors().skip(1) {
        let within: BTreeSet<&String> =
            logs.iter().filter(|(log, _)| log.starts_with(folder)).flat_map(|(_, machines)| machines).collect();
        if !within.is_empty() {
            return within.len() == 1 && within.iter().any(|name| name.eq_ignore_ascii_case(machine));
        }
    }
    false
}

/// State while files are read.
struct Reading {
    machines: MachineBuilder,
    evidence: Collection,
    /// Each log, and the machines in it.
    logs: Vec<(PathBuf, BTreeSet<String>)>,
    /// Times that files of evidence name.
    times: Vec<EvidenceTimes>,
}

/// Times in a file whose clocks are known only after all logs are read.
struct EvidenceTimes {
    /// Index of the file among the inputs.
    input: usize,
    path: PathBuf,
    /// Machines that the file names.
    machines: BTreeSet<String>,
    first: Timestamp,
    last: Timestamp,
}

/// A file that was read.
enum Read {
    Log(Input),
    Evidence(Input, ReadSummary),
    /// Not listed among the inputs: driver files, which are many and scanned later, and reports.
    Unlisted,
}

/// Reads all files. A file that cannot be read becomes a problem; other files in folders are only counted.
fn read(paths: &[PathBuf], limit: UnpackLimit, range: TimeRange, report: &mut Report) -> Reading {
    let mut reading = Reading {
        machines: MachineBuilder::new(range, checks::counters()),
        evidence: Collection::default(),
        logs: Vec::new(),
        times: Vec::new(),
    };
    let mut others = Vec::new();
    let mut problems = Vec::new();
    let files = inputs::expand(paths, limit, &mut problems);
    report.problems.extend(problems.iter().map(explain::inputs::problem));
    for file in files {
        match reading.read(&file) {
            Ok(Read::Log(input)) => report.inputs.push(input),
            Ok(Read::Evidence(listed, ReadSummary { first, last, machines, .. })) => {
                let (input, path) = (report.inputs.len(), file.path.clone());
                let times = first.zip(last).map(|(first, last)| EvidenceTimes { input, path, machines, first, last });
                reading.times.extend(times);
                report.inputs.push(listed);
            }
            Ok(Read::Unlisted) => {}
            // A support case contains many other files; nothing claims that they are logs.
            Err(e) if !file.named && e.is_unrelated() => others.push(file.path.display().to_string()),
            Err(e) => report.problems.push(explain::inputs::failure(&e)),
        }
    }
    report.problems.extend(explain::inputs::skipped(&others));
    reading
}

impl Reading {
    fn read(&mut self, file: &inputs::InputFile) -> Result<Read, InputError> {
        // Unpacking, or another program that writes into a pipe, can take its time.
        progress::begin(Task::Reading(file.path.clone()), None);
        let bytes = file.bytes().map_err(|e| LogErrorKind::Io(e).at(&file.path))?;
        progress::begin(Task::Reading(file.path.clone()), Some(bytes.len() as u64));
        // An earlier report is no news.
        if !file.named && is_own(&bytes) {
            return Ok(Read::Unlisted);
        }
        let format = Format::of(&bytes, &file.path);
        if let Some((format, FormatKind::Evidence(kind))) = format.map(|format| (format, format.kind())) {
            let size = bytes.len() as u64;
            let summary = self.evidence.add(kind, &file.path, bytes, file.modified())?;
            return Ok(evidence_input(&file.path, format, size, summary));
        }
        let log = inputs::open_log(&file.path, bytes)?;
        let mut contents = self.machines.add(&log)?;
        contents.warnings.extend(file.warning());
        let named = contents.machines.iter().map(|name| name.trim_start_matches('\\').to_owned());
        self.logs.push((file.path.clone(), named.collect()));
        let format = Format::of_log(log.format()).input_format();
        Ok(format.map_or(Read::Unlisted, |format| Read::Log(log_input(&log, format, &contents))))
    }
}

fn evidence_input(path: &Path, format: Format, bytes: u64, summary: ReadSummary) -> Read {
    let Some(format) = format.input_format() else { return Read::Unlisted };
    let input = Input {
        path: path.display().to_string(),
        format,
        bytes,
        samples: summary.items,
        counters: 0,
        first_sample: None,
        last_sample: None,
        interval_seconds: None,
        warnings: summary.warnings.iter().map(ToString::to_string).collect(),
    };
    Read::Evidence(input, summary)
}

fn log_input(log: &Log, format: InputFormat, contents: &Contents) -> Input {
    let time = |moment: Option<ZonedTime>| moment.and_then(|moment| Time::of(moment, contents.zone));
    Input {
        path: log.path().display().to_string(),
        format,
        bytes: log.size(),
        samples: contents.samples,
        counters: contents.counters,
        first_sample: time(contents.first),
        last_sample: time(contents.last),
        interval_seconds: contents.interval_seconds.map(|s| (s * 1e3).round() / 1e3),
        warnings: contents.warnings.iter().map(explain::inputs::log_warning).collect(),
    }
}

/// Converts times of evidence to the clock of its machine.
fn local_times<'m>(
    inputs: &mut [Input],
    times: &[EvidenceTimes],
    machine_of: impl Fn(&EvidenceTimes) -> Option<&'m Machine>,
) {
    for times in times {
        let machine = machine_of(times);
        let offset = machine.and_then(|m| m.times.first()).map_or(0, |t| t.offset_minutes);
        let zone = machine.map_or(ClockZone::Recorded, |m| m.zone);
        let time = |time: Timestamp| {
            let utc = FileTime::from_naive(time.utc(offset))?;
            Time::of(ZonedTime { utc, offset_minutes: offset }, zone)
        };
        if let Some(input) = inputs.get_mut(times.input) {
            (input.first_sample, input.last_sample) = (time(times.first), time(times.last));
        }
    }
}
