//! `perfverdict convert`

use std::ffi::OsStr;
use std::io::Write;
use std::num::NonZeroU32;
use std::path::Path;

use anyhow::{Context, anyhow};

use super::args::{ConvertArgs, OutputFormat};
use super::console::{detail, watched};
use super::outputs::{self, Existing};
use super::{EXIT_OK, note, warning};
use crate::base::units;
use crate::convert::{self, ConvertError, ConvertWarning, Dialect, Plan};
use crate::counters::{PathFilter, PathPattern};
use crate::explain;
use crate::inputs;
use crate::log::pdh_text::number::digits_of;
use crate::log::{Format, Log, Query, Selection, TimeRange, Values};
use crate::output::{TemporaryFile, folder_of, named, printable, write_streamed};
use crate::progress::{self, Task};

pub fn run(args: &ConvertArgs) -> anyhow::Result<u8> {
    if let Some(output) = &args.output {
        check_output(args, output)?;
    }
    let filter = filter(args)?;
    let query = Query {
        selection: if filter.patterns.is_empty() { Selection::All } else { Selection::Paths(&filter) },
        range: TimeRange { from: args.from, to: args.to },
        every: args.every.and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN),
        values: Values::Displayed,
    };
    let logs = open(args)?;
    logs.iter().for_each(|log| {
        detail(|| format!("Reading {}: {}", log.path().display(), units::bytes(log.size() as f64)));
    });
    // They are read twice: for their columns and for their rows.
    progress::begin(Task::Converting, Some(2 * logs.iter().map(Log::size).sum::<u64>()));
    let warnings = match &args.output {
        Some(output) if !outputs::is_stdout(output) => watched(|| converted(args, &logs, &query)),
        _ => converted(args, &logs, &query),
    };
    let warnings = warnings.map_err(hint)?;
    if let Some(output) = args.output.as_ref().filter(|output| output.is_file()) {
        let size = std::fs::metadata(output).map_or(0, |meta| meta.len());
        detail(|| format!("Wrote {}: {}", output.display(), units::bytes(size as f64)));
    }
    warnings.iter().for_each(|odd| warning(&odd.to_string()));
    Ok(EXIT_OK)
}

/// Checks the output before the logs are read.
fn check_output(args: &ConvertArgs, output: &Path) -> anyhow::Result<()> {
    let inputs: Vec<_> = args.inputs.iter().chain(&args.counter_file).cloned().collect();
    if args.list {
        return outputs::check(output, &inputs, args.overwrite.existing());
    }
    match format(args, output)? {
        // A folder, in which files of these logs are replaced by name.
        #[cfg(feature = "parquet")]
        OutputFormat::Parquet if !output.is_file() => Ok(outputs::refuse_input(output, &inputs)?),
        // What is appended to stays as it is.
        _ if args.append => outputs::check(output, &inputs, Existing::Replace),
        _ => outputs::check(output, &inputs, args.overwrite.existing()),
    }
}

fn converted(args: &ConvertArgs, logs: &[Log], query: &Query<'_>) -> anyhow::Result<Vec<ConvertWarning>> {
    Ok(match &args.output {
        None => list(logs, query, &mut std::io::stdout().lock())?,
        Some(output) if args.list => write_streamed(output, |out| list(logs, query, out))?,
        Some(output) => {
            let format = format(args, output)?;
            // An empty file, for example from a collector that never ran, has nothing to append to.
            let holds = std::fs::metadata(output).is_ok_and(|meta| meta.is_file() && meta.len() > 0);
            if args.append && holds {
                append(args, logs, query, output)?
            } else {
                write(args, format, logs, query, output)?
            }
        }
    })
}

/// Adds options that may help.
fn hint(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref() {
        Some(ConvertError::NoCounters) => anyhow!("{error}; --list shows the counters of a log"),
        Some(ConvertError::NoSamples) => anyhow!("{error}; check --from and --to"),
        Some(ConvertError::TooManyColumns { .. }) => anyhow!("{error} (--counter)"),
        _ => error,
    }
}

/// Opens all inputs.
fn open(args: &ConvertArgs) -> anyhow::Result<Vec<Log>> {
    let mut problems = Vec::new();
    let files = inputs::expand(&args.inputs, args.archives.limit(), &mut problems);
    let mut logs = Vec::new();
    for file in files {
        match file.open() {
            Ok(log) => {
                if let Some(odd) = file.warning() {
                    warning(&format!("{}: {odd}", file.path.display()));
                }
                logs.push(log);
            }
            Err(e) if !file.named && e.kind.is_no_log() => {}
            // A partial result would look complete.
            Err(e) => return Err(anyhow!(explain::inputs::not_opened(&e))),
        }
    }
    match (logs.is_empty(), problems.first()) {
        (true, Some(first)) => Err(anyhow!(explain::inputs::problem(first))),
        (true, None) => Err(anyhow!("there is no log among the inputs")),
        _ => {
            problems.iter().for_each(|problem| warning(&explain::inputs::problem(problem)));
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
    if texts.is_empty()
        && let Some(path) = &args.counter_file
    {
        return Err(anyhow!("{}: contains no counter path", path.display()));
    }
    let parse = |text: &String| {
        PathPattern::parse(text).ok_or_else(|| {
            anyhow!(
                "\"{}\" is not a valid counter path; use \\Process(*)\\Handle Count or \\\\MACHINE\\Memory\\*",
                printable(text)
            )
        })
    };
    Ok(PathFilter { patterns: texts.iter().map(parse).collect::<anyhow::Result<_>>()? })
}

/// Appends to the output: writes the selected samples to a temporary file, then joins both, with the old part
/// unchanged.
fn append(args: &ConvertArgs, logs: &[Log], query: &Query<'_>, output: &Path) -> anyhow::Result<Vec<ConvertWarning>> {
    let beside = TemporaryFile::create_in(folder_of(output)).map_err(|e| named(output, &e))?.close();
    let beside = beside.path();
    let format = format(args, output)?;
    // Displayed values have no types: values that continue an old counter get its type below.
    let native = logs.iter().all(|log| log.format() == Format::Blg);
    let step = if format == OutputFormat::Blg && !native { OutputFormat::Csv } else { format };
    let mut warnings = write(args, step, logs, query, beside)?;
    let parts = vec![Log::open(output)?, Log::open(beside)?];
    let all = Query::from(Selection::All);
    let joined = match format {
        OutputFormat::Blg => write_streamed(output, |out| {
            convert::write_blg(&parts, &all, &file_name(output), out).inspect(|_| drop(parts))
        }),
        _ => {
            let dialect = dialect(args, format, logs);
            write_streamed(output, |out| convert::write_text(&parts, &all, dialect, out).inspect(|_| drop(parts)))
        }
    };
    let is_own = |odd: &ConvertWarning| matches!(odd, ConvertWarning::Log { path, .. } if path == beside);
    warnings.extend(joined?.into_iter().filter(|odd| !is_own(odd)));
    Ok(warnings)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn format(args: &ConvertArgs, output: &Path) -> anyhow::Result<OutputFormat> {
    args.format.map_or_else(|| by_extension(output).map_err(|e| anyhow!(e)), Ok)
}

fn dialect(args: &ConvertArgs, format: OutputFormat, logs: &[Log]) -> Dialect {
    let newest = logs.iter().filter_map(|log| log.info().os_version).max();
    let digits = args.digits.map_or_else(|| digits_of(newest), |digits| digits as usize);
    Dialect { tabs: format == OutputFormat::Tsv, digits }
}

/// Writes the logs to a file, or to standard output for `-`.
fn write(
    args: &ConvertArgs,
    format: OutputFormat,
    logs: &[Log],
    query: &Query<'_>,
    target: &Path,
) -> anyhow::Result<Vec<ConvertWarning>> {
    let to_stdout = outputs::is_stdout(target);
    let dialect = dialect(args, format, logs);
    Ok(match format {
        OutputFormat::Blg if to_stdout => {
            return Err(anyhow!("a .blg cannot be written to standard output, because its header is written last"));
        }
        OutputFormat::Blg => write_streamed(target, |out| convert::write_blg(logs, query, &file_name(target), out))?,
        #[cfg(feature = "parquet")]
        OutputFormat::Parquet => convert::write_parquet(logs, query, target)?,
        OutputFormat::Csv | OutputFormat::Tsv if to_stdout => {
            convert::write_text(logs, query, dialect, &mut std::io::stdout().lock())?
        }
        OutputFormat::Csv | OutputFormat::Tsv => {
            write_streamed(target, |out| convert::write_text(logs, query, dialect, out))?
        }
    })
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
        _ => Err(format!("{}: not a .csv, .tsv or .blg file name; set the format with -f", output.display())),
    }
}

/// Lists the counters, as `relog -q` does.
fn list(logs: &[Log], query: &Query<'_>, out: &mut dyn Write) -> Result<Vec<ConvertWarning>, ConvertError> {
    let plan = Plan::make(logs, &Query { values: Values::None, ..*query })?.with_something()?;
    for planned in &plan.columns {
        writeln!(out, "{}", printable(&planned.column.path.to_string()))?;
    }
    note(&units::counted(plan.columns.len(), "counter", "counters"));
    Ok(Vec::new())
}
