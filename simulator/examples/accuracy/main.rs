//! Measures the accuracy of the judgement on simulated machines, as whole logs through the real readers, and prints it
//! as Markdown. `cargo xtask accuracy` runs it.
//!
//! `--seeds N` machines of each family, from `--first SEED` on; `--family NAME` of this alone; `--show` prints each
//! machine that was judged wrong, `--each` one line a pool. `--strength S` multiplies all leaks. `--growing` judges each
//! log as it grows, and with parts left out. `--write FOLDER --logs FROM..TO` writes logs instead.

mod growing;
mod show;
mod speed;
mod tables;
mod write;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use perfverdict_simulator::families::{self, Family, Group};
use perfverdict_simulator::outcome::{Outcome, Run};
use perfverdict_simulator::plan::Plan;

struct Options {
    seeds: u64,
    first: u64,
    family: Option<String>,
    show: bool,
    each: bool,
    strength: f64,
    growing: bool,
    write: Option<PathBuf>,
    logs: std::ops::Range<u64>,
}

fn options() -> anyhow::Result<Options> {
    let mut options = Options {
        seeds: 40,
        first: 1,
        family: None,
        show: false,
        each: false,
        strength: 1.0,
        growing: false,
        write: None,
        logs: 0..500,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
        let number = |text: &str| text.parse::<u64>().with_context(|| text.to_owned());
        match arg.as_str() {
            "--seeds" => options.seeds = number(&value()?)?,
            "--first" => options.first = number(&value()?)?,
            "--family" => options.family = Some(value()?),
            "--show" => options.show = true,
            "--each" => options.each = true,
            "--strength" => options.strength = value()?.parse()?,
            "--growing" => options.growing = true,
            "--write" => options.write = Some(value()?.into()),
            "--logs" => {
                let text = value()?;
                let (from, to) = text.split_once("..").with_context(|| format!("{text} is not FROM..TO"))?;
                options.logs = number(from)?..number(to)?;
            }
            _ => anyhow::bail!("{arg} is not an option; see the head of this example"),
        }
    }
    Ok(options)
}

/// A family, and the outcomes of its machines: of each the pools, and the processes.
struct Measured {
    group: Group,
    family: &'static Family,
    outcomes: Vec<[Outcome; 3]>,
    false_names: usize,
}

/// Calls a function with each machine and the place of its family, on all processors.
fn for_each(families: &[(Group, &'static Family)], options: &Options, each: impl Fn(usize, Plan) + Sync) {
    let jobs: Vec<(usize, u64)> =
        (0..families.len()).flat_map(|f| (0..options.seeds).map(move |s| (f, options.first + s))).collect();
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((family, seed)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut plan = families[*family].1.plan(*seed);
                    plan.leaks.iter_mut().for_each(|leak| leak.size *= options.strength);
                    each(*family, plan);
                }
            });
        }
    });
}

/// Judges all machines.
fn measure(families: &[(Group, &'static Family)], options: &Options) -> Vec<Measured> {
    let none = |(group, family): &(Group, &'static Family)| {
        let (group, family) = (*group, *family);
        Measured { group, family, outcomes: Vec::new(), false_names: 0 }
    };
    let all: Mutex<Vec<Measured>> = Mutex::new(families.iter().map(none).collect());
    for_each(families, options, |family, plan| {
        let run = Run::new(&plan);
        if options.show {
            show::wrong(&plan, &run);
        }
        let measured = &mut all.lock().unwrap_or_else(PoisonError::into_inner)[family];
        measured.outcomes.push(run.outcomes);
        measured.false_names += run.false_names;
    });
    all.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn main() -> anyhow::Result<()> {
    let options = options()?;
    let wanted = |f: &Family| options.family.as_ref().is_none_or(|name| f.name.contains(name.as_str()));
    let families: Vec<(Group, &Family)> = families::all().filter(|(_, family)| wanted(family)).collect();
    if let Some(folder) = &options.write {
        let logs = options.logs.clone();
        return write::logs(&families, options.first, logs, folder).with_context(|| folder.display().to_string());
    }
    if options.growing {
        growing::print(&families, &options);
        return Ok(());
    }
    let measured = measure(&families, &options);
    if options.each {
        show::each(&measured);
        return Ok(());
    }
    tables::print(&measured);
    if options.family.is_none() {
        speed::print();
    }
    Ok(())
}
