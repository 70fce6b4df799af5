//! The command line: arguments, messages, exit codes.

mod analyze;
mod args;
mod collect;
mod convert;
mod demo;
mod dropped;
mod inspect;
mod manual;
mod report;
mod tag;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use crate::output::{printable, write_whole};
pub use args::Cli;
use args::Command;
use dropped::Meant;

/// Success; with `--exit-code`: no leak was found.
const EXIT_OK: u8 = 0;
/// With `--exit-code`: a leak was found.
const EXIT_LEAK: u8 = 1;
/// No readable input, invalid arguments, or the output cannot be written.
const EXIT_ERROR: u8 = 2;

/// Runs the program.
#[must_use]
pub fn run() -> ExitCode {
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
    let done = match cli.command {
        Command::Analyze(args) => analyze::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Collect(args) => collect::run(&args),
        Command::Tag(args) => tag::run(&args),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { folder } => manual::pages(&folder),
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
    error.chain().any(|e| e.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe))
}

/// Refuses an output that would overwrite an input.
fn refuse_input_as_output(inputs: &[PathBuf], output: &Path) -> anyhow::Result<()> {
    let Ok(output) = output.canonicalize() else { return Ok(()) };
    match inputs.iter().find(|input| input.canonicalize().is_ok_and(|input| input == output)) {
        Some(input) => Err(anyhow::anyhow!("{}: is an input and cannot also be the output", input.display())),
        None => Ok(()),
    }
}

/// Writes to a file, or to standard output for `-`.
fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if path == Path::new("-") {
        let mut out = std::io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()?;
    } else {
        write_whole(path, bytes)?;
    }
    Ok(())
}

/// Prints an error.
fn error(message: &str) {
    let style = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Red.into()));
    let _ = writeln!(
        anstream::stderr(),
        "{style}error:{style:#} {}",
        message.lines().map(printable).collect::<Vec<_>>().join("\n")
    );
}

/// Prints a warning.
fn warning(message: &str) {
    let style = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Yellow.into()));
    let _ = writeln!(anstream::stderr(), "{style}warning:{style:#} {}", printable(message));
}

/// Prints a note.
fn note(message: &str) {
    let _ = writeln!(anstream::stderr(), "{message}");
}
