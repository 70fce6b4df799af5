//! `perfverdict convert`, `inspect` and `demo`

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, anyhow};

use super::args::{ConvertArgs, DemoArgs, InspectArgs, TextFormat};
use super::{EXIT_ERROR, EXIT_OK, error, is_broken_pipe, note, refuse_input_as_output, warning};
use crate::demo;
use crate::log::pdh_text::number::digits_of;
use crate::log::pdh_text::writer::{Dialect, write};
use crate::log::{Cell, Column, ColumnId, Format, Log, Moment, Selection, Sink};
use crate::output::{printable, write_streamed};
use crate::verdict::units;

pub fn convert(args: &ConvertArgs) -> anyhow::Result<u8> {
    let extension = args.output.extension().and_then(OsStr::to_str).unwrap_or_default().to_lowercase();
    let format = match (args.format, extension.as_str()) {
        (Some(format), _) => format,
        (None, "csv") => TextFormat::Csv,
        (None, "tsv") => TextFormat::Tsv,
        _ => return Err(anyhow!("{}: neither .csv nor .tsv; give the format with -f", args.output.display())),
    };
    refuse_input_as_output(std::slice::from_ref(&args.input), &args.output)?;
    let log = Log::open(&args.input)?;
    let digits = args.digits.map_or_else(|| digits_of(log.info().os_version), usize::from);
    let dialect = Dialect { tabs: format == TextFormat::Tsv, digits };
    if args.output == Path::new("-") {
        write(&log, Selection::All, dialect, BufWriter::new(std::io::stdout().lock()))?;
    } else {
        write_streamed(&args.output, |out| write(&log, Selection::All, dialect, out))?;
    }
    Ok(EXIT_OK)
}

/// Counts instances and counters by object.
#[derive(Default)]
struct Objects {
    paths: Vec<String>,
    by_object: BTreeMap<String, u64>,
}

impl Sink for Objects {
    fn column(&mut self, _: ColumnId, column: &Column) {
        *self.by_object.entry(column.path.object.to_string()).or_default() += 1;
        self.paths.push(column.path.to_string());
    }

    fn sample(&mut self, _: Moment, _: &[Cell]) {}
}

pub fn inspect(args: &InspectArgs) -> u8 {
    let mut read = 0;
    for path in &args.inputs {
        match inspect_one(path, args.counters) {
            Ok(()) => read += 1,
            Err(e) if is_broken_pipe(&e) => return EXIT_OK,
            Err(e) => error(&format!("{e:#}")),
        }
    }
    if read == 0 { EXIT_ERROR } else { EXIT_OK }
}

fn inspect_one(path: &Path, list: bool) -> anyhow::Result<()> {
    let log = Log::open(path)?;
    let mut objects = Objects::default();
    let contents = log.read(Selection::All, &mut objects)?;
    let info = log.info();
    let mut out = std::io::stdout().lock();
    let format = match log.format() {
        Format::Blg => "binary log (.blg)",
        Format::PdhCsv => "PDH-CSV",
        Format::PdhTsv => "PDH-TSV",
    };
    writeln!(out, "{}", path.display())?;
    let mut fact = |name: &str, value: String| writeln!(out, "  {name:<10} {}", printable(&value));
    fact("format", format!("{format}, {}", units::bytes(log.size() as f64)))?;
    fact("machines", contents.machines.iter().map(String::as_str).collect::<Vec<_>>().join(", "))?;
    if let (Some(first), Some(last)) = (contents.first, contents.last) {
        let span = last.utc.seconds_since(first.utc) / 3600.0;
        fact("window", format!("{first} to {last} ({})", units::duration(span)))?;
    }
    if let Some(zone) = &info.zone {
        fact("time zone", zone.name.clone())?;
    }
    let every = contents.interval_seconds.map_or_else(String::new, |s| format!(", {s:.3} seconds apart"));
    fact("samples", format!("{}{every}", contents.samples))?;
    fact("counters", contents.counters.to_string())?;
    if let Some((major, minor, build)) = info.os_version {
        let bits = info.pointer_bits.map_or_else(String::new, |bits| format!(", {bits} bit"));
        fact("Windows", format!("{major}.{minor}.{build}{bits}"))?;
    }
    if let Some(boot) = info.boot_time.and_then(super::super::log::moment::FileTime::to_naive) {
        fact("booted", format!("{} UTC", boot.format("%Y-%m-%d %H:%M:%S")))?;
    }
    if let Some(circular) = info.circular {
        fact("circular", if circular { "yes" } else { "no" }.to_owned())?;
    }
    for (object, count) in &objects.by_object {
        fact("", format!("{count:>6}  {object}"))?;
    }
    if list {
        for path in &objects.paths {
            writeln!(out, "{}", printable(path))?;
        }
    }
    for text in &contents.warnings {
        warning(&format!("{}: {text}", path.display()));
    }
    Ok(())
}

pub fn demo(args: &DemoArgs) -> anyhow::Result<u8> {
    if let Some(megabytes) = args.big {
        let written = demo::write_big(&args.folder, u64::from(megabytes) << 20)?;
        let mut out = std::io::stdout().lock();
        for path in written {
            writeln!(out, "{}  {}", path.display(), units::bytes(std::fs::metadata(&path)?.len() as f64))?;
        }
        return Ok(EXIT_OK);
    }
    let written = demo::write_all(&args.folder).context("the demonstration logs were not written")?;
    let mut out = std::io::stdout().lock();
    for (path, scenario) in written.iter().zip(demo::SCENARIOS) {
        writeln!(out, "{}  {}", path.display(), scenario.story)?;
    }
    if let Some(first) = written.first() {
        note(&format!("Try: perfverdict analyze {} -o report.html", first.display()));
    }
    Ok(EXIT_OK)
}
