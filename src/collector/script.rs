//! The collector's commands as scripts for cmd and PowerShell.

use super::command::CommandLine;
use super::logman::{Action, CounterLog};
use super::poolmon;
use super::template::template;

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

/// The scripts of a collector: one for each action, the same for PowerShell, those for PoolMon and for tracing, and a page
/// that tells of them.
#[must_use]
pub fn scripts(log: &CounterLog) -> Vec<Script> {
    let mut all: Vec<Script> = Action::ALL.iter().map(|action| script(log, *action)).collect();
    all.push(rotate(log));
    all.push(powershell(log));
    all.push(template(log));
    all.extend(poolmon::scripts(log));
    all.push(readme(log));
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
        Action::Status => {
            ("says whether the collector runs and where its log is", "The collector does not exist. Run create.cmd.")
        }
        Action::Delete => (
            "removes the collector; its logs stay",
            "The collector was not removed. Run this as administrator, and stop.cmd before it.",
        ),
    };
    let mut lines = head(log, purpose);
    if action == Action::Create && log.remote().is_none() {
        lines.push(format!("if not exist \"{0}\" mkdir \"{0}\"", log.folder()));
    }
    lines.push(for_batch_file(&log.command(action)));
    lines.extend(result(failure));
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

/// The beginning of a script for cmd.
pub(super) fn head(log: &CounterLog, purpose: &str) -> Vec<String> {
    vec![
        "@echo off".to_owned(),
        "setlocal".to_owned(),
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

/// Within a batch file a percent sign is doubled, save around the variable that is meant.
pub(super) fn for_batch_file(command: &CommandLine) -> String {
    let line = command.to_string();
    line.split("%computername%").map(|part| part.replace('%', "%%")).collect::<Vec<_>>().join("%computername%")
}

/// All actions in one script for PowerShell.
fn powershell(log: &CounterLog) -> Script {
    // Within single quotes nothing has a meaning but the quote itself.
    let quoted = |argument: &String| match argument.split_once("%computername%") {
        Some((before, after)) => format!("('{}' + $env:COMPUTERNAME + '{}')", escape(before), escape(after)),
        None => format!("'{}'", escape(argument)),
    };
    let command = |action: Action| {
        let arguments: Vec<String> = log.command(action).arguments().iter().map(quoted).collect();
        format!("Invoke-Logman {}", arguments.join(" "))
    };
    let mut lines = vec![
        format!("# {}: creates, starts, stops, rotates and removes the collector, and says whether it runs.", log.name()),
        "# Written by perfverdict collect script. Run it as administrator, such as: .\\perflog.ps1 create".to_owned(),
        "param(".to_owned(),
        "    [ValidateSet('create', 'start', 'stop', 'status', 'delete', 'rotate')]".to_owned(),
        "    [string] $Action = 'status'".to_owned(),
        ")".to_owned(),
        String::new(),
        "function Invoke-Logman {".to_owned(),
        "    & logman.exe @args".to_owned(),
        "    if ($LASTEXITCODE -ne 0) {".to_owned(),
        "        Write-Error \"logman $($args[0]) failed with exit code $LASTEXITCODE; it needs a prompt that runs as administrator\"".to_owned(),
        "        exit $LASTEXITCODE".to_owned(),
        "    }".to_owned(),
        "}".to_owned(),
        String::new(),
    ];
    for (number, action) in Action::ALL.iter().enumerate() {
        let word = if number == 0 { "if" } else { "elseif" };
        lines.push(format!("{word} ($Action -eq '{}') {{", action.name()));
        if *action == Action::Create && log.remote().is_none() {
            lines.push(format!("    New-Item -ItemType Directory -Force -Path '{}' | Out-Null", escape(log.folder())));
        }
        lines.extend([format!("    {}", command(*action)), "}".to_owned()]);
    }
    lines.extend([
        "else {".to_owned(),
        format!("    {}", command(Action::Stop)),
        format!("    {}", command(Action::Start)),
        "}".to_owned(),
    ]);
    Script::new("perflog.ps1", &lines)
}

fn escape(text: &str) -> String {
    text.replace('\'', "''")
}

/// The page beside the scripts.
fn readme(log: &CounterLog) -> Script {
    let name = log.name();
    let lines = [
        format!("# {name}"),
        String::new(),
        "Scripts for the Windows machine that leaks memory. Run them in a prompt that runs as administrator.".to_owned(),
        String::new(),
        "| script | what it does |".to_owned(),
        "|---|---|".to_owned(),
        format!("| create.cmd, start.cmd | creates and starts the collector {name}, a circular counter log in {} |", log.folder()),
        "| status.cmd | says whether it runs |".to_owned(),
        "| stop.cmd | stops it: copy the .blg and analyse it |".to_owned(),
        "| rotate.cmd | ends the log and begins the next, without a gap of more than a sample |".to_owned(),
        "| delete.cmd | removes the collector; its logs stay |".to_owned(),
        "| perflog.ps1 | all of these for PowerShell: `.\\perflog.ps1 create` |".to_owned(),
        format!("| template.xml | the same for the Performance Monitor window, or `logman import \"{name}\" -xml template.xml` |"),
        "| poolmon-start.cmd | a scheduled task that takes a PoolMon snapshot every half hour; needs poolmon.exe beside it |".to_owned(),
        "| poolmon-snapshot.cmd | what that task runs: a numbered file, and old ones tidied up |".to_owned(),
        "| poolmon-stop.cmd | removes the task; the snapshots stay |".to_owned(),
        "| trace-start.cmd, trace-stop.cmd | records pool allocations with their stacks, for leaks of some MB a minute |".to_owned(),
        String::new(),
        "The log ends with a restart of the machine: run start.cmd after it, or create the collector with".to_owned(),
        "`perfverdict collect create --at-boot`.".to_owned(),
        String::new(),
        "Then, on any system: `perfverdict analyze *.blg poolmonlog*.txt -o report.html`.".to_owned(),
        String::new(),
        "To see it work, run Sysinternals NotMyFault on a test machine (never on one that matters), leak a few hundred MB of".to_owned(),
        "nonpaged pool an hour for a day, and analyse the log: the report names tag Leak and myfault.sys.".to_owned(),
    ];
    Script::new("README.md", &lines)
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

    #[test]
    fn powershell_quotes_everything() {
        let log = CounterLog::default().with_folder(r"D:\it's here").unwrap();
        let text = powershell(&log).text;
        assert!(text.contains(r"('D:\it''s here\' + $env:COMPUTERNAME + '_PerfLog-Long.blg')"), "{text}");
        assert_eq!(text.matches('{').count(), text.matches('}').count());
        assert!(
            text.contains(r"'\Process(*)\*'")
                && text.contains("New-Item -ItemType Directory -Force -Path 'D:\\it''s here'")
        );
    }
}
