//! Files of the project that the program makes: fixtures, scripts and snapshots.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::run::{cargo, program, root, run};

/// What to do with files that are not what the program makes.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Compare,
    Replace,
}

fn mode(arguments: &[String], flag: &str) -> Result<Mode> {
    match arguments {
        [] => Ok(Mode::Compare),
        [argument] if argument == flag => Ok(Mode::Replace),
        _ => bail!("the only argument is {flag}"),
    }
}

/// Fixtures: `perfverdict demo`.
pub fn fixtures(arguments: &[String]) -> Result<ExitCode> {
    make("fixtures", &["demo"], mode(arguments, "--write")?)
}

/// Scripts: `perfverdict collect script`.
pub fn scripts(arguments: &[String]) -> Result<ExitCode> {
    make("logman-scripts", &["collect", "script"], mode(arguments, "--write")?)
}

/// Snapshots of the reports, by their test.
pub fn snapshots(arguments: &[String]) -> Result<ExitCode> {
    let mode = mode(arguments, "--accept")?;
    let update = if mode == Mode::Compare { "no" } else { "always" };
    run(cargo(&["test", "--test", "report"]).env("INSTA_UPDATE", update))?;
    if mode == Mode::Replace {
        run(std::process::Command::new("git").args(["diff", "--stat", "--", "tests/snapshots"]).current_dir(root()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes a folder of the project with a command of the program, and compares or replaces it.
fn make(name: &str, command: &[&str], mode: Mode) -> Result<ExitCode> {
    let (kept, made) = (root().join(name), root().join("target/made").join(name));
    for folder in [&made, &kept].into_iter().take(if mode == Mode::Replace { 2 } else { 1 }) {
        if folder.exists() {
            std::fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        }
    }
    let target = if mode == Mode::Replace { &kept } else { &made };
    run(program()?.args(command).arg(target).stdout(std::process::Stdio::null()))?;
    if mode == Mode::Replace {
        return Ok(ExitCode::SUCCESS);
    }
    let (kept, made) = (contents(&kept)?, contents(&made)?);
    let names = kept.keys().chain(made.keys().filter(|path| !kept.contains_key(*path)));
    let differing: Vec<&PathBuf> = names.filter(|path| kept.get(*path) != made.get(*path)).collect();
    for path in &differing {
        println!("{name}/{} is not what the program makes", path.display());
    }
    Ok(if differing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// All files of a folder, by their path within it.
fn contents(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(&inner).with_context(|| format!("cannot read {}", inner.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(folder)?.to_owned(), std::fs::read(&path)?);
            }
        }
    }
    Ok(files)
}
