//! The command line: arguments, messages, exit codes.

mod analyze;
mod args;
mod beside;
mod collect;
mod console;
mod convert;
mod demo;
mod dropped;
mod faults;
mod inspect;
mod manual;
mod outputs;
mod report;
mod tag;
mod values;

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use crate::convert::ConvertError;
use crate::output::{remove_when_interrupted, write_whole};
pub use args::Cli;
use args::Command;
use console::{Verbosity, error, note, print, set_verbosity, warning};
use dropped::Meant;
use outputs::is_stdout;

/// Success; with `--exit-code`: no leak was found.
const EXIT_OK: u8 = 0;
/// With `--exit-code`: a leak was found.
const EXIT_LEAK: u8 = 1;
/// No readable input, invalid arguments, or the output cannot be written.
const EXIT_ERROR: u8 = 2;
/// Interrupted or terminated, as shells report it of an interrupted program.
const EXIT_INTERRUPTED: i32 = 130;

/// Runs the program.
#[must_use]
pub fn run() -> ExitCode {
    faults::install();
    remove_when_interrupted(EXIT_INTERRUPTED);
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let cli = match dropped::meant(&arguments) {
        Meant::Report(files) => return ExitCode::from(dropped::run(&files)),
        Meant::Help => return ExitCode::from(dropped::help()),
        Meant::Analyze => {
            let words = ["perfverdict", "analyze"].map(OsString::from).into_iter();
            Cli::parse_from(words.chain(arguments))
        }
        Meant::Command => Cli::parse(),
    };
    set_verbosity(match (cli.quiet, cli.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    });
    let done = match cli.command {
        Command::Analyze(args) => analyze::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Collect(args) => collect::run(&args),
        Command::Tag(args) => tag::run(&args),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { folder, overwrite } => manual::pages(&folder, overwrite.existing()),
        Command::Demo(args) => demo::run(&args),
    };
    ExitCode::from(done.unwrap_or_else(|e| report_error(&e)))
}

/// Prints why the command failed. Returns the exit code.
fn report_error(e: &anyhow::Error) -> u8 {
    // The reader of our output, such as `head`, has exited.
    if is_broken_pipe(e) {
        return EXIT_OK;
    }
    error(&format!("{e:#}"));
    EXIT_ERROR
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = |e: &(dyn std::error::Error + 'static)| match e.downcast_ref() {
        Some(ConvertError::Io(e)) => Some(e.kind()),
        _ => e.downcast_ref::<io::Error>().map(io::Error::kind),
    };
    error.chain().any(|e| io(e) == Some(io::ErrorKind::BrokenPipe))
}

/// Writes to a file, or to standard output for `-`.
fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if is_stdout(path) {
        return Ok(print(bytes)?);
    }
    Ok(write_whole(path, bytes)?)
}
