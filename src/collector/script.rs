//! The collector's commands as scripts for cmd and PowerShell.

use super::command::{CommandLine, VARIABLES, boot_task};
use super::logman::{Action, CounterLog};
use super::run::{LOG_EXISTS, NO_SUCH_COLLECTOR};
use super::size::Size;
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

/// Stands in every script: files that lack it are not ours.
pub const WRITTEN_BY: &str = "ritten by perfverdict collect script";

/// The scripts of a collector whose log has that size: one for each action, those for PoolMon and for tracing, the same
/// for PowerShell, a kit to see it all work, and a page that tells of them. What works on its own machine alone is left
/// out where the collector runs on another.
#[must_use]
pub fn scripts(log: &CounterLog, size: &Size) -> Vec<Script> {
    let mut all: Vec<Script> = Action::ALL.iter().map(|action| script(log, *action)).collect();
    all.push(rotate(log));
    // What begins and ends at its time is not started by a restart, before or after it.
    if !log.is_scheduled() {
        all.push(at_boot(log));
    }
    all.extend([template(log), powershell::perflog(log)]);
    if log.remote().is_none() {
        all.extend(poolmon::scripts(log, size));
        all.extend(trace::scripts(log));
        all.extend(powershell::of_this_machine(log));
        all.extend(reproduce::kit(log));
    }
    all.push(page::readme(log, size));
    all
}

fn script(log: &CounterLog, action: Action) -> Script {
    let created = log.begin().map_or_else(
        || "creates the collector; start.cmd starts it".to_owned(),
        |begin| format!("creates the collector, which starts by itself at {begin}"),
    );
    let (purpose, failure) = match action {
        Action::Create => (
            created.as_str(),
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
        lines.extend(folder(log.folder()));
        lines.extend(admit_service(log).map(|command| format!("{command} >nul")));
    }
    lines.push(for_batch_file(&log.command(action)));
    if action == Action::Delete {
        let task = quietly(&boot_task(log, false));
        lines.extend([
            "set RESULT=%ERRORLEVEL%".to_owned(),
            "rem The task of at-boot.cmd, where there is one, goes with the collector, or where that is gone already."
                .to_owned(),
            format!("if \"%RESULT%\"==\"0\" {task}"),
            format!("if \"%RESULT%\"==\"{NO_SUCH_COLLECTOR}\" {task}"),
        ]);
        lines.extend(explained(failure));
    } else {
        lines.extend(result(failure));
    }
    Script::new(&format!("{}.cmd", action.name()), &lines)
}

/// Ends the log and begins the next.
fn rotate(log: &CounterLog) -> Script {
    let mut lines = head(log, "ends the log and begins the next; the ended one can be copied and analysed");
    let start = for_batch_file(&log.command(Action::Start));
    let keep = || "set RESULT=%ERRORLEVEL%".to_owned();
    lines.extend([for_batch_file(&log.command(Action::Stop)), keep()]);
    lines.push("if not \"%RESULT%\"==\"0\" goto done".to_owned());
    lines.extend([start.clone(), keep()]);
    lines.extend(LOG_EXISTS.map(|code| format!("if \"%RESULT%\"==\"{code}\" goto again")));
    lines.extend(
        [
            "goto done",
            ":again",
            "echo The name of a log tells the minute, and this minute has one: the next is waited for.",
            "ping -n 61 127.0.0.1 >nul",
            &start,
            &keep(),
            ":done",
        ]
        .map(str::to_owned),
    );
    lines.extend(explained(
        "The log was not rotated. Run this as administrator; status.cmd says whether the collector runs, start.cmd starts it.",
    ));
    Script::new("rotate.cmd", &lines)
}

/// Starts the collector again after each restart.
fn at_boot(log: &CounterLog) -> Script {
    let mut lines = head(log, "a scheduled task that starts the collector after each restart; delete.cmd removes both");
    lines.extend(create_task(log, &boot_task(log, true), &boot_task(log, false)));
    lines.extend(result("The task was not created. Run this as administrator."));
    Script::new("at-boot.cmd", &lines)
}

/// Makes a folder.
pub(super) fn folder(folder: &str) -> [String; 1] {
    [format!("if not exist \"{folder}\" mkdir \"{folder}\"")]
}

/// Before Vista the service runs as NETWORK SERVICE, which may not write into a folder that somebody made.
pub(super) fn admit_service(log: &CounterLog) -> Option<String> {
    (log.windows() <= Windows::Xp).then(|| format!("cacls \"{}\" /e /g \"NETWORK SERVICE\":C", log.folder()))
}

/// Creates a task in the place of an older one, for which schtasks has a switch since Vista.
pub(super) fn create_task(log: &CounterLog, create: &CommandLine, delete: &CommandLine) -> Vec<String> {
    let before = (log.windows() <= Windows::Xp).then(|| quietly(delete));
    before.into_iter().chain([for_batch_file(create)]).collect()
}

/// A command of which nobody needs to hear, and which may fail.
fn quietly(command: &CommandLine) -> String {
    format!("{} >nul 2>nul", for_batch_file(command))
}

/// The beginning of a script for cmd.
pub(super) fn head(log: &CounterLog, purpose: &str) -> Vec<String> {
    vec![
        "@echo off".to_owned(),
        "setlocal".to_owned(),
        // Else a program of the same name in the folder that one happens to be in is run, as administrator.
        "set NoDefaultCurrentDirectoryInExePath=1".to_owned(),
        format!("rem {}: {purpose}.", log.name()),
        format!("rem W{WRITTEN_BY}."),
    ]
}

/// What follows a command: its failure in words, and its exit code.
pub(super) fn result(failure: &str) -> Vec<String> {
    // A negative exit code would slip through "if errorlevel 1".
    [vec!["set RESULT=%ERRORLEVEL%".to_owned()], explained(failure)].concat()
}

/// The same of an exit code that is kept already.
fn explained(failure: &str) -> Vec<String> {
    vec!["if \"%RESULT%\"==\"0\" exit /b 0".to_owned(), format!("echo {failure}"), "exit /b %RESULT%".to_owned()]
}

/// Within a batch file a percent sign is doubled, save around a variable that is meant.
pub(super) fn for_batch_file(command: &CommandLine) -> String {
    let line = command.to_string().replace('%', "%%");
    VARIABLES.iter().fold(line, |line, variable| line.replace(&variable.replace('%', "%%"), variable))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collector::{Profile, size};

    #[test]
    fn percent_signs_survive_the_batch_file() {
        let log = CounterLog::default().with_counters([r"\Processor(_Total)\% Processor Time"]).unwrap();
        let create = script(&log, Action::Create).text;
        assert!(create.contains(r#""\Processor(_Total)\%% Processor Time""#), "{create}");
        assert!(create.contains(r#"-o "c:\perflogs\%computername%_PerfLog-Long.blg""#), "{create}");
    }

    #[test]
    fn plain_ascii_with_windows_line_ends() {
        let log = CounterLog::default();
        for script in scripts(&log, &size(&log, 150, 8)) {
            assert!(script.text.is_ascii() && script.text.contains(WRITTEN_BY), "{}", script.file_name);
            assert_eq!(script.text.matches('\n').count(), script.text.matches("\r\n").count());
            assert!(script.text.lines().all(|line| line.len() < 8191), "cmd's longest line");
        }
    }

    #[test]
    fn for_another_machine_there_is_only_what_reaches_it() {
        let log = CounterLog::default().with_remote(Some("srv7")).unwrap();
        let scripts = scripts(&log, &size(&log, 150, 8));
        let names: Vec<_> = scripts.iter().map(|script| script.file_name.as_str()).collect();
        assert!(names.contains(&"perflog.ps1") && names.contains(&"at-boot.cmd"), "{names:?}");
        for local in ["poolmon", "trace", "reproduce", "REPRODUCE"] {
            assert!(!names.iter().any(|name| name.starts_with(local)), "{names:?}");
        }
        assert!(!scripts.last().unwrap().text.contains("| trace"), "the page");
    }

    #[test]
    fn what_has_its_times_is_not_started_by_a_restart() {
        let begin = chrono::NaiveDate::from_ymd_opt(2026, 3, 3).and_then(|day| day.and_hms_opt(22, 0, 0));
        let log = CounterLog::default().with_remote(Some("srv7")).unwrap().with_schedule(begin, None, None).unwrap();
        let scripts = scripts(&log, &size(&log, 150, 8));
        assert!(!scripts.iter().any(|script| script.file_name == "at-boot.cmd"));
        let mut uses = scripts.iter().filter(|script| !script.file_name.starts_with("delete"));
        assert!(uses.all(|script| !script.text.contains("at-boot.cmd") && !script.text.contains("onstart")));
        let page = &scripts.last().unwrap().text;
        assert!(page.contains("by itself it starts at 2026-03-03 22:00:00") && page.contains("regional"), "{page}");
        assert!(page.contains(r#"`logman import "PerfLog-Long" -xml template.xml -s srv7`"#), "{page}");
        assert!(scripts[0].text.contains("by itself at 2026-03-03 22:00:00"), "{}", scripts[0].text);
    }

    #[test]
    fn tasks_of_windows_before_vista_have_no_switch_to_replace_one() {
        let log = CounterLog::of(Profile::Long, Windows::Xp);
        let text = at_boot(&log).text;
        assert!(text.contains("schtasks.exe /delete /f") && text.contains("schtasks.exe /create /tn"), "{text}");
        assert!(script(&log, Action::Create).text.contains("cacls"));
    }
}
