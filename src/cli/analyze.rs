//! `perfverdict analyze`

use std::io::Write;
use std::path::Path;

use anyhow::{Context, anyhow};

use super::args::AnalyzeArgs;
use super::{EXIT_LEAK, EXIT_OK, note, put, refuse_input_as_output, warning};
use crate::base::units;
use crate::checks::{MeasuredLimit, Options, Pool};
use crate::inputs::expand;
use crate::machine::{Ram, TimeRange};
use crate::model::{InputFormat, Report, Verdict};
use crate::pipeline::{Extras, analyze_with};
use crate::report::{to_html, to_json, to_text};

pub fn run(args: &AnalyzeArgs) -> anyhow::Result<u8> {
    let mut inputs = args.inputs.clone();
    // What a folder or a wildcard holds too, save for an earlier report among it.
    let found = expand(&args.inputs, &mut Vec::new()).into_iter().map(|input| input.path);
    inputs.extend(found.filter(|path| !path.extension().is_some_and(|e| e == "html" || e == "json")));
    for output in [&args.output, &args.json].into_iter().flatten() {
        refuse_input_as_output(&inputs, output)?;
    }
    if args.output.is_some() && args.output == args.json {
        return Err(anyhow!("report and JSON cannot both go to one file, nor both to standard output"));
    }
    let ram = args.ram.map(|bytes| Ram { bytes, basis: "given with --ram".to_owned(), exact: true });
    let options = Options { ram, release: args.windows, measured_limits: measured_limits(args), ..Options::default() };
    let extras = Extras { drivers: args.drivers.clone(), pooltags: args.pooltag.clone() };
    let report = analyze_with(&args.inputs, &extras, &options, TimeRange { from: args.from, to: args.to });
    if report.inputs.is_empty() {
        return Err(nothing_readable(&report));
    }
    if report.machines.is_empty() {
        if let Some(covered) = covered(&report) {
            return Err(anyhow!("no sample lies between --from and --to; the logs cover {covered}"));
        }
        warning("no counter log is among the inputs; without one nobody can tell for sure what grows");
    }
    report.problems.iter().for_each(|problem| warning(problem));
    if args.ram.is_some() && report.machines.len() > 1 {
        warning(&format!(
            "--ram is taken for each of the {} machines; give their logs one by one if it differs",
            report.machines.len()
        ));
    }
    for input in &report.inputs {
        for text in &input.warnings {
            warning(&format!("{}: {text}", input.path));
        }
    }

    let to_stdout = |path: Option<&Path>| path == Some(Path::new("-"));
    let stdout_taken = to_stdout(args.json.as_deref()) || to_stdout(args.output.as_deref());
    let summary = to_text(&report);
    // Standard output is for data; the summary is, unless the caller wants other data there.
    if stdout_taken {
        anstream::stderr().write_all(summary.as_bytes())?;
    } else {
        anstream::stdout().write_all(summary.as_bytes())?;
    }
    if let Some(path) = &args.json {
        put(path, &to_json(&report).context("the verdict could not be written as JSON")?)?;
    }
    if let Some(path) = &args.output {
        put(path, to_html(&report)?.as_bytes())?;
        if !to_stdout(Some(path)) {
            note(&format!("Report: {}", path.display()));
        }
    } else if args.json.is_none() && report.machines.iter().any(|m| !m.findings.is_empty()) {
        note("Add -o report.html for the report with charts, evidence and all next steps.");
    }
    let leaks = report.machines.iter().flat_map(|m| &m.findings).any(|f| f.verdict == Verdict::Leak);
    Ok(if args.exit_code && leaks { EXIT_LEAK } else { EXIT_OK })
}

/// Limits that were given on the command line.
fn measured_limits(args: &AnalyzeArgs) -> Vec<MeasuredLimit> {
    let given = [(Pool::Nonpaged, args.nonpaged_max, "--nonpaged-max"), (Pool::Paged, args.paged_max, "--paged-max")];
    let limit = |(pool, bytes, option): (Pool, Option<u64>, &str)| {
        Some(MeasuredLimit { pool, bytes: bytes?, basis: format!("measured maximum, given with {option}") })
    };
    given.into_iter().filter_map(limit).collect()
}

fn is_log(format: InputFormat) -> bool {
    matches!(format, InputFormat::Blg | InputFormat::PdhCsv | InputFormat::PdhTsv)
}

/// The time that the logs cover; `None` when there is no counter log.
fn covered(report: &Report) -> Option<String> {
    let logs = || report.inputs.iter().filter(|input| is_log(input.format) && input.samples > 0);
    let first = logs().filter_map(|input| input.first_sample).min()?;
    let last = logs().filter_map(|input| input.last_sample).max()?;
    Some(format!("{} to {}", units::full_moment(first.0), units::full_moment(last.0)))
}

fn nothing_readable(report: &Report) -> anyhow::Error {
    match &report.problems[..] {
        [only] => anyhow!("{only}"),
        several => anyhow!("none of the inputs could be read:\n  {}", several.join("\n  ")),
    }
}
