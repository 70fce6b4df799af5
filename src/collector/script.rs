//! The collector's commands as scripts for cmd and PowerShell.

use super::command::{CommandLine, VARIABLES, boot_task};
use super::logman::{Action, CounterLog};
use super::run::NO_SUCH_COLLECTOR;
use super::template::template;
use super::windows::Windows;
use super::{page, poolmon, powershell, reproduce, trace};

/// A script file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// File name without folder.
    pub file_name: String,
    /// Plain ASCII with CRLF line ends.
    pub text: String,
}

impl Script {
    /// Of lines.
    pub(super) fn new(file_name: &str, lines: &[String]) -> Self {
        let text = lines.iter().flat_map(|line| [line.as_str(), "\r\n"]).collect();
        Self { file_name: file_name.to_owned(), text }
    }
}

/// The scripts of a collector: one for each action, those for PoolMon and for tracing, the same for PowerShell, a kit to
/// see it all work, and a page that tells of them.
#[must_use]
pub fn scripts(log: &CounterLog) -> Vec<Script> {
    let mut all: Vec<Script> = Action::ALL.iter().map(|action| script(log, *action)).collect();
    all.extend([rotate(log), at_boot(log), template(log)]);
    all.extend(poolmon::scripts(log));
    all.extend(trace::scripts(log));
    all.extend(powershell::scripts(log));
    all.extend(reproduce::kit(log));
    all.push(page::readme(log));
    all
}

fn script(log: &CounterLog, action: Action) -> Script {
    let (purpose, failure) = match action {
        Action::Create => (
            "creates the collector; start.cmd starts it",
            "The collector was not created. Run this as administrator; if it exists already, run delete.cmd first.",
        ),
        Action::Start => (
            "starts the collector; its log is circular and ends with a restart of the machine",
            "The collector was not started. Run this as administrator, and create.cmd before it.",
        ),
        Action::Stop => (
            "stops the collector; its log can then be copied and analysed",
            "The collector was not stopped. Run this as administrator; status.cmd says whether it runs.",
        ),
        Action::Status => (
            "says whether the collector runs and where its log is",
            "If the collector does not exist, run create.cmd; else run this as administrator.",
        ),
        Action::Delete => (
            "removes the collector; its logs stay",
            "The collector was not removed. Run this as administrator, and stop.cmd before it.",
        ),
    };
    let mut lines = head(log, purpose);
    if action == Action::Create && log.remote().is_none() {
        lines.extend(folder(log));
        if log.windows() <= Windows::Xp {
            // There the service runs as NETWORK SERVICE, which may not write into a folder that somebody made.
            lines.push(format!("cacls \"{}\" /e /g \"NETWORK SERVICE\":C >nul", log.folder()));
        }
    }
    lines.push(for_batch_file(&log.command(action)));
    if action == Action::Delete {
        lines.extend([
            "set RESULT=%ERRORLEVEL%".to_owned(),
            "rem The task of at-boot.cmd, where there is one, goes with the collector, or where that is gone already."
                .to_owned(),
            format!("if \"%RESULT%\"==\"0\" {} >nul 2>nul", for_batch_file(&boot_task(log, false))),
            format!("if \"%RESULT%\"==\"{NO_SUCH_COLLECTOR}\" {} >nul 2>nul", for_batch_file(&boot_task(log, false))),
            "if \"%RESULT%\"==\"0\" exit /b 0".to_owned(),
            format!("echo {failure}"),
            "exit /b %RESULT%".to_owned(),
        ]);
    } else {
        lines.extend(result(failure));
    }
    Script::new(&format!("{}.cmd", action.name()), &lines)
}

/// Ends the log and begins the next.
fn rotate(log: &CounterLog) -> Script {
    let mut lines = head(log, "ends the log and begins the next; the ended one can be copied and analysed");
    lines.push(for_batch_file(&log.command(Action::Stop)));
    lines.push(for_batch_file(&log.command(Action::Start)));
    lines.extend(result(
        "The collector was not started again. Run this as administrator; status.cmd says whether it runs.",
    ));
    Script::new("rotate.cmd", &lines)
}

/// Starts the collector again after each restart.
fn at_boot(log: &CounterLog) -> Script {
    let mut lines = head(log, "a scheduled task that starts the collector after each restart; delete.cmd removes both");
    lines.push(for_batch_file(&boot_task(log, true)));
    lines.extend(result("The task was not created. Run this as administrator."));
    Script::new("at-boot.cmd", &lines)
}

/// Makes the folder of the logs.
pub(super) fn folder(log: &CounterLog) -> [String; 1] {
    [format!("if not exist \"{0}\" mkdir \"{0}\"", log.folder())]
}

/// The beginning of a script for cmd.
pub(super) fn head(log: &CounterLog, purpose: &str) -> Vec<String> {
    vec![
        "@echo off".to_owned(),
        "setlocal".to_owned(),
        // Else a program of the same name in the folder that one happens to be in is run, as administrator.
        "set NoDefaultCurrentDirectoryInExePath=1".to_owned(),
        format!("rem {}: {purpose}.", log.name()),
        "rem Written by perfverdict collect script.".to_owned(),
    ]
}

/// What follows a command: its failure in words, and its exit code.
pub(super) fn result(failure: &str) -> Vec<String> {
    vec![
        // A negative exit code would slip through "if errorlevel 1".
        "set RESULT=%ERRORLEVEL%".to_owned(),
        "if \"%RESULT%\"==\"0\" exit /b 0".to_owned(),
        format!("echo {failure}"),
        "exit /b %RESULT%".to_owned(),
    ]
}

/// Within a batch file a percent sign is doubled, save around a variable that is meant.
pub(super) fn for_batch_file(command: &CommandLine) -> String {
    let line = command.to_string().replace('%', "%%");
    VARIABLES.iter().fold(line, |line, variable| line.replace(&variable.replace('%', "%%"), variable))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_signs_survive_the_batch_file() {
        let log = CounterLog::default().with_counters([r"\Processor(_Total)\% Processor Time"]).unwrap();
        let create = script(&log, Action::Create).text;
        assert!(create.contains(r#""\Processor(_Total)\%% Processor Time""#), "{create}");
        assert!(create.contains(r#"-o "c:\perflogs\%computername%_PerfLog-Long.blg""#), "{create}");
    }

    #[test]
    fn plain_ascii_with_windows_line_ends() {
        for script in scripts(&CounterLog::default()) {
            assert!(script.text.is_ascii(), "{}", script.file_name);
            assert_eq!(script.text.matches('\n').count(), script.text.matches("\r\n").count());
            assert!(script.text.lines().all(|line| line.len() < 8191), "cmd's longest line");
        }
    }
}
