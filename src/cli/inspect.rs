//! `perfverdict inspect`

use std::io::{self, Write};

use super::args::InspectArgs;
use super::console::{Stream, detail};
use super::{EXIT_ERROR, EXIT_OK, error, is_broken_pipe, note, warning};
use crate::base::units;
use crate::base::windows::shown_version;
use crate::explain;
use crate::inputs;
use crate::inspect::{Facts, Paths, inspect};
use crate::log::LogErrorKind;
use crate::output::{is_own, printable, wrapped};

/// Maximum number of counter names per object to show; the rest are counted.
const COUNTERS_SHOWN: usize = 4;

pub fn run(args: &InspectArgs) -> anyhow::Result<u8> {
    let paths = if args.counters { Paths::Listed } else { Paths::Omitted };
    let mut problems = Vec::new();
    let mut all = Vec::new();
    let (mut others, mut failed) = (0, false);
    for file in inputs::expand(&args.inputs, args.archives.limit(), &mut problems) {
        let bytes = file.bytes().map_err(|e| LogErrorKind::Io(e).at(&file.path));
        // An earlier report is no news.
        if !file.named && bytes.as_ref().is_ok_and(|bytes| is_own(bytes)) {
            continue;
        }
        let log = bytes.and_then(|bytes| inputs::open_log(&file.path, bytes));
        let facts = log.and_then(|log| inspect(&log, paths)).map(|mut facts| {
            facts.warnings.extend(file.warning());
            facts
        });
        match facts {
            Ok(facts) if args.json => all.push(facts),
            Ok(facts) => {
                if let Err(e) = print(&facts) {
                    let e = e.into();
                    return if is_broken_pipe(&e) { Ok(EXIT_OK) } else { Err(e) };
                }
                facts
                    .warnings
                    .iter()
                    .for_each(|odd| warning(&format!("{}: {}", facts.path, explain::inputs::log_warning(odd))));
                all.push(facts);
            }
            Err(e) if !file.named && e.kind.is_no_log() => {
                others += 1;
                detail(|| format!("Skipped {}", file.path.display()));
            }
            Err(e) => {
                error(&explain::inputs::not_opened(&e));
                failed = true;
            }
        }
    }
    problems.iter().for_each(|problem| error(&explain::inputs::problem(problem)));
    if others > 0 {
        note(&format!("Skipped {}", units::counted(others, "file that is not a log", "files that are not logs")));
    }
    if args.json && !all.is_empty() {
        let mut out = io::stdout().lock();
        serde_json::to_writer_pretty(&mut out, &all)?;
        writeln!(out)?;
    }
    Ok(if all.is_empty() || failed || !problems.is_empty() { EXIT_ERROR } else { EXIT_OK })
}

fn print(facts: &Facts) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", printable(&facts.path))?;
    let width = Stream::Output.width();
    let mut fact = |name: &str, value: &str| {
        writeln!(out, "{}", wrapped(&format!("  {name:<10} {}", printable(value)), width, 11))
    };
    fact("format", &format!("{}, {}", facts.format.noun(), units::bytes(facts.bytes as f64)))?;
    fact("machines", &if facts.machines.is_empty() { "Unknown".to_owned() } else { facts.machines.join(", ") })?;
    if let (Some(first), Some(last)) = (facts.first_sample, facts.last_sample) {
        let hours = last.hours_since(first);
        let note = units::zone_note(first.offset());
        let (first, last) = (units::full_moment(first.local()), units::full_moment(last.local()));
        fact("time range", &format!("{first} to {last}{note} ({})", units::duration(hours)))?;
    }
    if let Some(zone) = &facts.time_zone {
        fact("time zone", zone)?;
    }
    let every = facts.interval_seconds.map_or_else(String::new, |s| format!(", {} apart", units::interval(s)));
    fact("samples", &format!("{}{every}", units::count(facts.samples as f64)))?;
    for (number, gap) in facts.gaps.iter().take(5).enumerate() {
        let name = if number == 0 { "gaps" } else { "" };
        let (from, to) = (units::full_moment(gap.from.local()), units::full_moment(gap.to.local()));
        fact(name, &format!("{from} to {to} ({})", units::duration(gap.seconds / 3600.0)))?;
    }
    if facts.gap_count > 5 {
        fact("", &format!("… {} gaps in total", units::count(facts.gap_count as f64)))?;
    }
    if let Some(windows) = &facts.windows {
        let bits = facts.pointer_bits.map_or_else(String::new, |bits| format!(", {bits} bit"));
        fact("Windows", &shown_version(windows, &bits))?;
    }
    if let Some(boot) = facts.boot_time {
        fact("booted", &format!("{} UTC", boot.local().format("%Y-%m-%d %H:%M:%S")))?;
    }
    if let Some(circular) = facts.circular {
        let full = facts.max_bytes.map_or_else(String::new, |max| {
            let percent = 100.0 * facts.bytes as f64 / max as f64;
            format!("; {percent:.0} % of the maximum size, {}", units::bytes(max as f64))
        });
        fact("circular", &format!("{}{full}", if circular { "yes" } else { "no" }))?;
    }
    fact("damage", if facts.warnings.is_empty() { "none" } else { "see the warnings" })?;
    fact("counters", &units::count(facts.counters as f64))?;
    for object in &facts.objects {
        let machine = if facts.machines.len() > 1 { format!(r"\\{}", object.machine) } else { String::new() };
        let instances = match object.instances {
            0 => String::new(),
            n => format!(", {}", plural(n, "instance")),
        };
        let more = if object.counters.len() > COUNTERS_SHOWN { ", …" } else { "" };
        let shown = object.counters[..object.counters.len().min(COUNTERS_SHOWN)].join(", ");
        let (paths, object_name) = (object.paths, &object.object);
        let counters = plural(object.counters.len() as u64, "counter");
        fact("", &format!("{paths:>6}  {machine}\\{object_name}: {counters}{instances} ({shown}{more})"))?;
    }
    if !facts.missing.is_empty() {
        fact("missing", &format!("{} (needed for a verdict on memory)", facts.missing.join(", ")))?;
    }
    if !facts.unknown_objects.is_empty() {
        let hint =
            "if these contain the missing counters in another language, use the .blg: it identifies them by number";
        fact("unknown", &format!("{}; {hint}", facts.unknown_objects.join(", ")))?;
    }
    for path in &facts.paths {
        writeln!(out, "{}", printable(path))?;
    }
    Ok(())
}

fn plural(count: u64, noun: &str) -> String {
    units::counted(usize::try_from(count).unwrap_or(usize::MAX), noun, &format!("{noun}s"))
}
