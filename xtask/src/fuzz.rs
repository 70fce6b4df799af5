//! Fuzzing of the readers.

use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};

use crate::run::{root, run as run_command};

/// A target runs so long unless `--seconds` says otherwise.
const SECONDS: u32 = 5;

/// Inputs of up to so many bytes.
const LONGEST_INPUT: &str = "-max_len=140000";

/// Fuzzes these targets, each with the sanitizer of cargo-fuzz: `none` is fast, `address` finds bad memory accesses.
fn run_targets(targets: &[String], seconds: u32, sanitizer: &str) -> Result<()> {
    run_command(&mut Command::new(root().join("fuzz/corpus.sh")))?;
    for target in targets {
        let mut fuzz = Command::new("cargo");
        fuzz.args(["+nightly", "fuzz", "run", "-s", sanitizer, target]);
        fuzz.args(["--", LONGEST_INPUT, "-timeout=10", "-verbosity=0"]);
        run_command(fuzz.arg(format!("-max_total_time={seconds}")).current_dir(root().join("fuzz")))?;
    }
    Ok(())
}

/// Fuzzes the targets that the arguments name.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let mut seconds = SECONDS;
    let mut sanitizer = "none";
    let mut targets = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--seconds" {
            seconds = rest.next().context("--seconds needs a number")?.parse().context("--seconds needs a number")?;
        } else if argument == "--sanitize" {
            sanitizer = "address";
        } else {
            targets.push(argument.clone());
        }
    }
    let all = all_targets()?;
    if let Some(unknown) = targets.iter().find(|target| !all.contains(target)) {
        bail!("\"{unknown}\" is not a target; there are {}", all.join(", "));
    }
    if !works(&["+nightly", "--version"]) || !works(&["+nightly", "fuzz", "--version"]) {
        println!("skipped: fuzzing needs a nightly compiler and cargo-fuzz");
        return Ok(ExitCode::SUCCESS);
    }
    run_targets(if targets.is_empty() { &all } else { &targets }, seconds, sanitizer)?;
    Ok(ExitCode::SUCCESS)
}

/// The files in `fuzz/fuzz_targets`, without their ending.
fn all_targets() -> Result<Vec<String>> {
    let mut targets = Vec::new();
    for entry in std::fs::read_dir(root().join("fuzz/fuzz_targets"))? {
        targets.extend(entry?.path().file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }
    targets.sort();
    Ok(targets)
}

fn works(arguments: &[&str]) -> bool {
    let mut command = Command::new("cargo");
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
