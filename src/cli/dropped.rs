//! Files without a command: what Explorer hands over where logs are dropped onto the program or opened with it.

use std::ffi::OsString;
use std::io::{IsTerminal, stderr, stdin};
use std::path::{Path, PathBuf};

use clap::{CommandFactory, Parser};

use super::args::{Cli, Command};
use super::{EXIT_OK, analyze, note, report_error, warning};

/// The arguments, where they are files and folders and nothing else; the name of a command is that command.
pub fn files(arguments: &[OsString]) -> Option<Vec<PathBuf>> {
    let first = arguments.first()?;
    let is_command = first == "help" || Cli::command().get_subcommands().any(|command| first == command.get_name());
    let all_exist = || arguments.iter().all(|argument| Path::new(argument).exists());
    (!is_command && all_exist()).then(|| arguments.iter().map(PathBuf::from).collect())
}

/// Analyses the files, writes the report beside the first of them and shows it.
pub fn run(files: &[PathBuf]) -> u8 {
    let report = report_path(&files[0]);
    let arguments = ["perfverdict", "analyze", "-o"].map(OsString::from).into_iter();
    let arguments = arguments.chain([report.clone().into()]).chain([OsString::from("--")]);
    let cli = Cli::parse_from(arguments.chain(files.iter().map(Into::into)));
    let Command::Analyze(args) = cli.command else { unreachable!("it was said above") };
    let code = analyze::run(&args).unwrap_or_else(|e| report_error(&e));
    let shown = code == EXIT_OK && show(&report);
    // Explorer's window closes with the program, and takes along what it says.
    if cfg!(windows) && !shown && stdin().is_terminal() && stderr().is_terminal() {
        note("Press Enter to close this window.");
        let _ = stdin().read_line(&mut String::new());
    }
    code
}

/// Beside the log, under its name; in a new folder among the temporary files where nothing may be written there.
fn report_path(log: &Path) -> PathBuf {
    let whole = std::path::absolute(log).unwrap_or_else(|_| log.to_owned());
    let name = if whole.is_dir() { whole.file_name() } else { whole.file_stem() };
    let mut report = name.unwrap_or_default().to_owned();
    report.push("-perfverdict.html");
    let beside = whole.parent().filter(|folder| tempfile::tempfile_in(folder).is_ok());
    // Under a name that others foresee there could be a link of theirs.
    let elsewhere = || tempfile::tempdir().map_or_else(|_| std::env::temp_dir(), tempfile::TempDir::keep);
    beside.map_or_else(elsewhere, Path::to_owned).join(report)
}

/// Opens the report where somebody looks; whether that was so.
fn show(report: &Path) -> bool {
    if !stderr().is_terminal() {
        return false;
    }
    let opened = open::that_detached(report);
    if let Err(e) = &opened {
        warning(&format!("the report could not be shown ({e}); open it in a browser"));
    }
    opened.is_ok()
}
