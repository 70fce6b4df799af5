//! `perfverdict convert`

use std::ffi::OsStr;
use std::io::Write;
use std::num::NonZeroU32;
use std::path::Path;

use anyhow::{Context, anyhow};

use super::args::{ConvertArgs, OutputFormat};
use super::{EXIT_OK, note, refuse_input_as_output, warning};
use crate::convert::{self, ConvertError, Dialect, Plan};
use crate::counters::{PathFilter, PathPattern};
use crate::inputs;
use crate::log::pdh_text::number::digits_of;
use crate::log::{Log, LogErrorKind, Query, Selection, Values, Window};
use crate::output::{printable, write_streamed};

pub fn run(args: &ConvertArgs) -> anyhow::Result<u8> {
    let filter = filter(args)?;
    let query = Query {
        selection: if filter.patterns.is_empty() { Selection::All } else { Selection::Paths(&filter) },
        window: Window { from: args.from, to: args.to },
        every: args.every.and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN),
        values: Values::Displayed,
    };
    let logs = open(args)?;
    let warnings = match &args.output {
        None => list(&logs, &query, &mut std::io::stdout().lock()),
        Some(output) if args.list => write_streamed(output, |out| list(&logs, &query, out)),
        Some(output) if args.append && output.exists() => append(args, logs, &query, output),
        Some(output) => write(args, &logs, &query, output, output),
    };
    warnings?.iter().for_each(|text| warning(text));
    Ok(EXIT_OK)
}

/// Opens all inputs. With `--append` the output is the first of them.
fn open(args: &ConvertArgs) -> anyhow::Result<Vec<Log>> {
    let mut problems = Vec::new();
    let mut files = inputs::expand(&args.inputs, &mut problems);
    match &args.output {
        Some(output) if args.append && output.exists() => {
            files.splice(0..0, inputs::expand(std::slice::from_ref(output), &mut problems));
        }
        Some(output) => {
            let paths: Vec<_> = files.iter().map(|file| file.path.clone()).chain(args.inputs.iter().cloned()).collect();
            refuse_input_as_output(&paths, output)?;
        }
        None => {}
    }
    let mut logs = Vec::new();
    for file in files {
        match file.open() {
            Ok(log) => logs.push(log),
            Err(e) if !file.named && matches!(e.kind, LogErrorKind::NotALog { .. } | LogErrorKind::Empty) => {}
            // Half of what was asked for would look like all of it.
            Err(e) => return Err(e.into()),
        }
    }
    match (logs.is_empty(), problems.first()) {
        (true, Some(problem)) => Err(anyhow!("{problem}")),
        (true, None) => Err(anyhow!("no log is among the inputs")),
        _ => {
            problems.iter().for_each(|problem| warning(problem));
            Ok(logs)
        }
    }
}

fn filter(args: &ConvertArgs) -> anyhow::Result<PathFilter> {
    let mut texts: Vec<String> = args.counters.clone();
    if let Some(path) = &args.counter_file {
        let bytes = std::fs::read(path).with_context(|| format!("{}: cannot be read", path.display()))?;
        let text = crate::log::pdh_text::decode_lines(&bytes);
        let lines = text.lines().map(|line| line.trim().trim_matches('"').to_owned());
        texts.extend(lines.filter(|line| !line.is_empty() && !line.starts_with(['#', ';'])));
    }
    let parse = |text: &String| {
        PathPattern::parse(text).ok_or_else(|| {
            anyhow!(
                "\"{}\" is no counter path: give it as \\Process(*)\\Handle Count or \\\\MACHINE\\Memory\\*",
                printable(text)
            )
        })
    };
    Ok(PathFilter { patterns: texts.iter().map(parse).collect::<anyhow::Result<_>>()? })
}

/// Writes beside the output, which is one of the inputs, and puts the result in its place once nobody
/// reads it any more: Windows replaces no file that is open.
fn append(args: &ConvertArgs, logs: Vec<Log>, query: &Query<'_>, output: &Path) -> Result<Vec<String>, ConvertError> {
    let folder = output.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = tempfile::Builder::new().prefix(".append").tempfile_in(folder)?.into_temp_path();
    let warnings = write(args, &logs, query, output, &beside)?;
    drop(logs);
    beside.persist(output).map_err(|e| e.error)?;
    Ok(warnings)
}

/// Writes the logs to `target` in the format of `output`.
fn write(
    args: &ConvertArgs,
    logs: &[Log],
    query: &Query<'_>,
    output: &Path,
    target: &Path,
) -> Result<Vec<String>, ConvertError> {
    let format = match args.format {
        Some(format) => format,
        None => by_extension(output).map_err(ConvertError::Nothing)?,
    };
    let newest = logs.iter().filter_map(|log| log.info().os_version).max();
    let digits = args.digits.map_or_else(|| digits_of(newest), usize::from);
    let dialect = Dialect { tabs: format == OutputFormat::Tsv, digits };
    let to_stdout = output == Path::new("-");
    match format {
        OutputFormat::Blg if to_stdout => Err(ConvertError::Nothing(
            "a .blg cannot be written to standard output: its header is written last".to_owned(),
        )),
        OutputFormat::Blg => {
            let name = output.file_name().unwrap_or_default().to_string_lossy().into_owned();
            write_streamed(target, |out| convert::write_blg(logs, query, &name, out))
        }
        #[cfg(feature = "parquet")]
        OutputFormat::Parquet => convert::write_parquet(logs, query, output),
        OutputFormat::Csv | OutputFormat::Tsv if to_stdout => {
            convert::write_text(logs, query, dialect, &mut std::io::stdout().lock())
        }
        OutputFormat::Csv | OutputFormat::Tsv => {
            write_streamed(target, |out| convert::write_text(logs, query, dialect, out))
        }
    }
}

fn by_extension(output: &Path) -> Result<OutputFormat, String> {
    let extension = output.extension().and_then(OsStr::to_str).unwrap_or_default().to_lowercase();
    match extension.as_str() {
        "csv" => Ok(OutputFormat::Csv),
        "tsv" => Ok(OutputFormat::Tsv),
        "blg" => Ok(OutputFormat::Blg),
        #[cfg(feature = "parquet")]
        "parquet" => Ok(OutputFormat::Parquet),
        #[cfg(not(feature = "parquet"))]
        "parquet" => Err(format!("{}: this build cannot write Parquet; it needs --features parquet", output.display())),
        _ => Err(format!("{}: neither .csv, .tsv nor .blg; give the format with -f", output.display())),
    }
}

/// Lists the counters, as `relog -q` does.
fn list(logs: &[Log], query: &Query<'_>, out: &mut dyn Write) -> Result<Vec<String>, ConvertError> {
    let plan = Plan::make(logs, &Query { values: Values::None, ..*query })?.with_something()?;
    for planned in &plan.columns {
        writeln!(out, "{}", printable(&planned.column.path.to_string()))?;
    }
    note(&format!("{} counters", plan.columns.len()));
    Ok(Vec::new())
}
