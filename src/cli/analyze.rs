//! `perfverdict analyze`

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};

use super::args::AnalyzeArgs;
use super::{EXIT_LEAK, EXIT_OK, note, put, refuse_input_as_output, warning};
use crate::base::{Pool, Ram, RamSource, units};
use crate::case::Options;
use crate::forecast::{MeasuredBy, MeasuredLimit};
use crate::inputs::expand;
use crate::log::TimeRange;
use crate::model::{Report, Time, Verdict};
use crate::pipeline::{Extras, analyze_with};
use crate::report::{to_html, to_json, to_text};

pub fn run(args: &AnalyzeArgs) -> anyhow::Result<u8> {
    check_outputs(args)?;
    let report = analyze_with(&args.inputs, &extras(args), &options(args), TimeRange { from: args.from, to: args.to });
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
    write(args, &report)?;
    let leaks = report.machines.iter().flat_map(|m| &m.findings).any(|f| f.verdict == Verdict::Leak);
    Ok(if args.exit_code && leaks { EXIT_LEAK } else { EXIT_OK })
}

/// Refuses outputs that would replace an input, or each other.
fn check_outputs(args: &AnalyzeArgs) -> anyhow::Result<()> {
    let mut inputs = args.inputs.clone();
    // Also the files in folders and of patterns, except an earlier report among them.
    // Standard input can be read once only.
    let files: Vec<PathBuf> = args.inputs.iter().filter(|path| path.as_os_str() != "-").cloned().collect();
    let found = expand(&files, &mut Vec::new()).into_iter().map(|input| input.path);
    inputs.extend(found.filter(|path| !path.extension().is_some_and(|e| e == "html" || e == "json")));
    for output in [&args.output, &args.json].into_iter().flatten() {
        refuse_input_as_output(&inputs, output)?;
    }
    if args.output.is_some() && args.output == args.json {
        return Err(anyhow!("the report and the JSON cannot have the same output"));
    }
    Ok(())
}

fn extras(args: &AnalyzeArgs) -> Extras {
    Extras { drivers: args.drivers.clone(), pooltags: args.pooltag.clone() }
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

/// What could not be read, and what is odd.
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

/// Writes the summary and the files.
fn write(args: &AnalyzeArgs, report: &Report) -> anyhow::Result<()> {
    let to_stdout = |path: Option<&Path>| path == Some(Path::new("-"));
    let stdout_taken = to_stdout(args.json.as_deref()) || to_stdout(args.output.as_deref());
    let summary = to_text(report);
    // The summary goes to standard output, unless the caller wants the report or the JSON there.
    if stdout_taken {
        anstream::stderr().write_all(summary.as_bytes())?;
    } else {
        anstream::stdout().write_all(summary.as_bytes())?;
    }
    if let Some(path) = &args.json {
        put(path, &to_json(report).context("cannot write the verdict as JSON")?)?;
    }
    if let Some(path) = &args.output {
        put(path, to_html(report)?.as_bytes())?;
        if !to_stdout(Some(path)) {
            note(&format!("Report: {}", path.display()));
        }
    } else if args.json.is_none() && report.machines.iter().any(|m| !m.findings.is_empty()) {
        note("For a report with charts, evidence and all next steps, add -o report.html");
    }
    Ok(())
}

/// The time that the logs cover; `None` if there is no counter log.
fn covered(report: &Report) -> Option<String> {
    let logs = || report.inputs.iter().filter(|input| input.format.is_log() && input.samples > 0);
    let first = logs().filter_map(|input| input.first_sample).min()?;
    let last = logs().filter_map(|input| input.last_sample).max()?;
    let shown = |time: Time| units::full_moment(time.local());
    Some(format!("{} to {}", shown(first), shown(last)))
}

fn nothing_readable(report: &Report) -> anyhow::Error {
    match &report.problems[..] {
        [only] => anyhow!("{only}"),
        several => anyhow!("cannot read any of the inputs:\n  {}", several.join("\n  ")),
    }
}
