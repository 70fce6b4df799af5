//! Arguments without a command: logs that Explorer passes when they are dropped on the program or opened with it, and
//! logs that a person typed.

use std::ffi::{OsStr, OsString};
use std::io::{IsTerminal, stderr, stdin};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{CommandFactory, Parser};

use super::args::{Cli, Command};
use super::beside::report_beside;
use super::{EXIT_OK, analyze, note, report_error, warning};
use crate::output::folder_of;

/// What arguments without a command mean.
pub enum Meant {
    /// Analyze these files and show the report.
    Report(Vec<PathBuf>),
    /// Run the command `analyze` with these arguments.
    Analyze,
    /// Show the help: someone double-clicked the program.
    Help,
    /// The arguments name a command.
    Command,
}

/// What the arguments mean. A word that is a command's name is always that command.
pub fn meant(arguments: &[OsString]) -> Meant {
    let Some(first) = arguments.first() else {
        return if clicked() { Meant::Help } else { Meant::Command };
    };
    let is_command = first == "help" || Cli::command().get_subcommands().any(|command| first == command.get_name());
    if is_command || !is_path(first) {
        Meant::Command
    } else if arguments.iter().all(|argument| is_path(argument)) {
        Meant::Report(arguments.iter().map(PathBuf::from).collect())
    } else {
        Meant::Analyze
    }
}

/// Whether an argument is a file, a folder or a pattern, even one that does not exist. No command has such a name.
fn is_path(argument: &OsStr) -> bool {
    let text = argument.to_string_lossy();
    !text.starts_with('-') && (Path::new(argument).exists() || text.contains(['/', '\\', '.', '*', '?', ':']))
}

/// Analyzes the files, writes the report next to the first of them and shows it.
pub fn run(files: &[PathBuf]) -> u8 {
    let report = report_path(&files[0]);
    let arguments = ["perfverdict", "analyze", "-o"].map(OsString::from).into_iter();
    let arguments = arguments.chain([report.clone().into()]).chain([OsString::from("--")]);
    let cli = Cli::parse_from(arguments.chain(files.iter().map(Into::into)));
    let Command::Analyze(args) = cli.command else { unreachable!("the command is analyze") };
    let code = analyze::run(&args).unwrap_or_else(|e| report_error(&e));
    let shown = code == EXIT_OK && show(&report);
    if !shown {
        hold_window();
    }
    code
}

/// Shows the help to someone who double-clicked the program.
pub fn help() -> u8 {
    let _ = Cli::command().print_help();
    note("");
    note(
        "For a report, drop a log (.blg or .csv) or a folder of logs on perfverdict.exe, or run it in a command prompt.",
    );
    hold_window();
    EXIT_OK
}

/// Keeps Explorer's window open, which closes with the program, until the messages are read.
fn hold_window() {
    if clicked() {
        note("Press Enter to close this window.");
        let _ = stdin().read_line(&mut String::new());
    }
}

/// Whether Explorer started this in its own window: then the environment has none of the variables that shells set (the
/// prompt of cmd, the depth of Unix shells, the user's modules of PowerShell). Windows' own function for this needs
/// unsafe code.
fn clicked() -> bool {
    if !cfg!(windows) || !stdin().is_terminal() || !stderr().is_terminal() {
        return false;
    }
    let of_user = |modules: &OsString| {
        let user = std::env::var_os("USERPROFILE").unwrap_or_default().to_string_lossy().to_lowercase();
        !user.is_empty() && modules.to_string_lossy().to_lowercase().contains(&user)
    };
    let marks = ["PROMPT", "SHLVL", "WT_SESSION", "POWERSHELL_DISTRIBUTION_CHANNEL"];
    let shell = marks.iter().any(|name| std::env::var_os(name).is_some());
    !shell && !std::env::var_os("PSModulePath").as_ref().is_some_and(of_user)
}

/// The report's path: beside the log, or in a new temporary folder if that folder is read-only.
fn report_path(log: &Path) -> PathBuf {
    let beside = report_beside(log);
    if tempfile::tempfile_in(folder_of(&beside)).is_ok() {
        return beside;
    }
    // With a predictable name, another user could plant a link there.
    let elsewhere = tempfile::tempdir().map_or_else(|_| std::env::temp_dir(), tempfile::TempDir::keep);
    elsewhere.join(beside.file_name().unwrap_or_default())
}

/// Opens the report in a browser if a person is at the terminal. Says whether it did.
fn show(report: &Path) -> bool {
    if !stderr().is_terminal() {
        return false;
    }
    let opened = open::that_detached(report);
    if let Err(e) = &opened {
        warning(&format!("cannot show the report ({e}); open it in a browser"));
    } else if cfg!(windows) {
        // The shell passes it to the browser from within this process, which must not exit before.
        std::thread::sleep(Duration::from_secs(2));
    }
    opened.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(arguments: &[&str]) -> &'static str {
        match meant(&arguments.iter().map(OsString::from).collect::<Vec<_>>()) {
            Meant::Report(_) => "report",
            Meant::Analyze => "analyze",
            Meant::Help => "help",
            Meant::Command => "command",
        }
    }

    #[test]
    fn what_is_no_command_is_a_log() {
        assert_eq!(is(&["analyze", "a.blg"]), "command");
        assert_eq!((is(&["help"]), is(&["--version"]), is(&["analize"])), ("command", "command", "command"));
        assert_eq!((is(&["missing.blg"]), is(&["*.blg"]), is(&[r"\\srv\logs", "src"])), ("report", "report", "report"));
        assert_eq!((is(&["a.blg", "--ram", "4GB"]), is(&["--ram", "4GB", "a.blg"])), ("analyze", "command"));
    }
}
