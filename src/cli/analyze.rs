//! `perfverdict analyze`

use std::path::PathBuf;

use anyhow::{Context, anyhow};

use super::args::AnalyzeArgs;
use super::console::{Stream, detail, watched};
use super::outputs::{self, is_stdout};
use super::{EXIT_LEAK, EXIT_OK, beside, note, put, warning};
use crate::base::{Pool, Ram, RamSource, units};
use crate::case::Options;
use crate::forecast::{MeasuredBy, MeasuredLimit};
use crate::log::TimeRange;
use crate::model::{Input, Report, Time, Verdict};
use crate::pipeline::{Extras, analyze_with};
use crate::report::{to_html, to_json, to_text_wrapped};

pub fn run(args: &AnalyzeArgs) -> anyhow::Result<u8> {
    let outputs = Outputs::of(args)?;
    let range = TimeRange { from: args.from, to: args.to };
    let report = watched(|| analyze_with(&args.inputs, &extras(args), &options(args), range));
    report.inputs.iter().for_each(|input| detail(|| read(input)));
    if report.inputs.is_empty() {
        return Err(nothing_readable(&report));
    }
    if report.machines.is_empty() {
        if let Some(covered) = covered(&report) {
            return Err(anyhow!("no samples between --from and --to; the logs cover {covered}"));
        }
        warning("there is no counter log among the inputs; without one a leak cannot be confirmed");
    }
    warn(args, &report);
    write(&outputs, &report)?;
    let leaks = report.machines.iter().flat_map(|m| &m.findings).any(|f| f.verdict == Verdict::Leak);
    Ok(if args.exit_code && leaks { EXIT_LEAK } else { EXIT_OK })
}

/// Where the results are written.
struct Outputs {
    report: Option<PathBuf>,
    json: Option<PathBuf>,
    /// Why no report is written beside the log, which nobody asked for.
    no_report: Option<anyhow::Error>,
}

impl Outputs {
    /// The outputs that were asked for, and a report beside the log where none was.
    fn of(args: &AnalyzeArgs) -> anyhow::Result<Self> {
        // Standard input is no file that could be replaced, and no report can be beside it.
        let is_file = |path: &&PathBuf| path.as_os_str() != "-";
        let inputs: Vec<PathBuf> =
            args.inputs.iter().filter(is_file).chain(&args.drivers).chain(&args.pooltag).cloned().collect();
        let existing = args.overwrite.existing();
        let (report, is_default) = match &args.output {
            Some(output) => (Some(outputs::report_path(output, &inputs)?), false),
            None if args.no_report => (None, false),
            None => (args.inputs.iter().find(is_file).map(|first| beside::report_beside(first)), true),
        };
        outputs::refuse_twice(("the report", report.as_deref()), ("--json", args.json.as_deref()))?;
        if let Some(json) = &args.json {
            outputs::check(json, &inputs, existing)?;
        }
        let mut outputs = Self { report, json: args.json.clone(), no_report: None };
        if let Some(report) = &outputs.report
            && let Err(why) = outputs::check(report, &inputs, existing)
        {
            if !is_default {
                return Err(why);
            }
            outputs.report = None;
            outputs.no_report = Some(why);
        }
        Ok(outputs)
    }

    fn use_stdout(&self) -> bool {
        [&self.report, &self.json].into_iter().flatten().any(|path| is_stdout(path))
    }
}

fn extras(args: &AnalyzeArgs) -> Extras {
    Extras { drivers: args.drivers.clone(), pooltags: args.pooltag.clone(), unpack_limit: args.archives.limit() }
}

fn options(args: &AnalyzeArgs) -> Options {
    let limits = [(Pool::Nonpaged, args.nonpaged_max), (Pool::Paged, args.paged_max)];
    let measured =
        |(pool, bytes): (Pool, Option<u64>)| Some(MeasuredLimit { pool, bytes: bytes?, by: MeasuredBy::User });
    Options {
        ram: args.ram.map(|bytes| Ram { bytes, source: RamSource::User }),
        release: args.windows,
        measured_limits: limits.into_iter().filter_map(measured).collect(),
    }
}

/// Prints problems and warnings.
fn warn(args: &AnalyzeArgs, report: &Report) {
    report.problems.iter().for_each(|problem| warning(problem));
    if args.ram.is_some() && report.machines.len() > 1 {
        warning(&format!(
            "--ram is used for each of the {} machines; analyze their logs one by one if it differs",
            report.machines.len()
        ));
    }
    for input in &report.inputs {
        input.warnings.iter().for_each(|text| warning(&format!("{}: {text}", input.path)));
    }
}

/// Writes the files and then the summary, so that a reader who stops early loses no file.
fn write(outputs: &Outputs, report: &Report) -> anyhow::Result<()> {
    if let Some(path) = &outputs.json {
        put(path, &to_json(report).context("cannot write the verdict as JSON")?)?;
    }
    if let Some(path) = &outputs.report {
        put(path, to_html(report)?.as_bytes())?;
    }
    // The summary goes to standard output, unless the caller wants the report or the JSON there.
    let stream = if outputs.use_stdout() { Stream::Error } else { Stream::Output };
    stream.print(&to_text_wrapped(report, stream.width()))?;
    if let Some(path) = outputs.json.as_ref().filter(|path| !is_stdout(path)) {
        detail(|| format!("Verdict: {}", path.display()));
    }
    if let Some(why) = &outputs.no_report {
        warning(&format!("no report is written: {why:#}. Use -o to write it elsewhere"));
    }
    if let Some(path) = outputs.report.as_ref().filter(|path| !is_stdout(path)) {
        note(&format!("Report: {}", path.display()));
    }
    Ok(())
}

/// What was read of an input.
fn read(input: &Input) -> String {
    let (one, many) = input.format.items();
    let items = units::counted(usize::try_from(input.samples).unwrap_or(usize::MAX), one, many);
    format!("Read {}: {}, {}, {items}", input.path, input.format.name(), units::bytes(input.bytes as f64))
}

/// The time range of the logs; `None` without a counter log.
fn covered(report: &Report) -> Option<String> {
    let logs = || report.inputs.iter().filter(|input| input.format.is_log() && input.samples > 0);
    let first = logs().filter_map(|input| input.first_sample).min()?;
    let last = logs().filter_map(|input| input.last_sample).max()?;
    let shown = |time: Time| units::full_moment(time.local());
    Some(format!("{} to {}{}", shown(first), shown(last), units::zone_note(first.offset())))
}

fn nothing_readable(report: &Report) -> anyhow::Error {
    match &report.problems[..] {
        [only] => anyhow!("{only}"),
        several => anyhow!("cannot read any of the inputs:\n  {}", several.join("\n  ")),
    }
}
