//! Compares the facts of two builds of perfverdict over many inputs. Words may differ, facts may not.

mod cases;
mod facts;
mod program;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

use crate::run::root;
use cases::Case;

/// Simulated logs that are compared unless `--logs` says otherwise.
const LOGS: usize = 500;
/// So many lie on the disk at once: about a gigabyte.
const BATCH: usize = 100;

struct Options {
    old: PathBuf,
    new: PathBuf,
    shared: PathBuf,
    logs: usize,
}

fn options(arguments: &[String]) -> Result<Options> {
    let mut programs = Vec::new();
    let mut shared = root().join("../shared");
    let mut logs = LOGS;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--shared" => shared = value()?.into(),
            "--logs" => logs = value()?.parse().context("--logs needs a number")?,
            _ if argument.starts_with("--") => bail!("{argument} is not an option"),
            _ => programs.push(std::path::absolute(argument)?),
        }
    }
    let [old, new] = <[PathBuf; 2]>::try_from(programs).ok().context("compare needs two programs: OLD NEW")?;
    Ok(Options { old, new, shared, logs })
}

/// Runs both programs over all cases and prints what differs.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let options = options(arguments)?;
    let mut tally = Tally::default();
    compare_all(&options, &cases::files(&options.shared)?, &mut tally);
    for first in (0..options.logs).step_by(BATCH) {
        let simulated = cases::Simulated::write(first, BATCH.min(options.logs - first))?;
        compare_all(&options, &simulated.cases()?, &mut tally);
    }
    println!("{} inputs compared, {} differ, {} took too long", tally.compared, tally.differing, tally.too_long);
    Ok(if tally.differing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Compares all cases, on all processors.
fn compare_all(options: &Options, cases: &[Case], tally: &mut Tally) {
    let next = AtomicUsize::new(0);
    let shared = Mutex::new(tally);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = compare(options, case);
                    shared.lock().unwrap_or_else(PoisonError::into_inner).add(case, outcome);
                }
            });
        }
    });
}

/// What differs on one case; `None` where a program takes too long.
fn compare(options: &Options, case: &Case) -> Result<Option<Vec<String>>> {
    let Some(old) = program::analyze(&options.old, case)? else { return Ok(None) };
    let Some(new) = program::analyze(&options.new, case)? else { bail!("the new program takes too long") };
    Ok(Some(facts::differences(&old, &new)))
}

/// How many inputs agree.
#[derive(Default)]
struct Tally {
    compared: usize,
    differing: usize,
    too_long: usize,
}

impl Tally {
    fn add(&mut self, case: &Case, outcome: Result<Option<Vec<String>>>) {
        let differences = match outcome {
            Ok(None) => {
                self.too_long += 1;
                println!("{}\n    not compared: the old program takes too long", case.name());
                return;
            }
            Ok(Some(differences)) => differences,
            Err(error) => vec![format!("{error:#}")],
        };
        self.compared += 1;
        if !differences.is_empty() {
            self.differing += 1;
            println!("{}\n    {}", case.name(), differences.join("\n    "));
        }
    }
}
