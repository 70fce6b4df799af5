//! The collector's commands as scripts for cmd.

use super::logman::{Action, CounterLog};

/// A script file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// File name without folder.
    pub file_name: String,
    /// Plain ASCII with CRLF line ends.
    pub text: String,
}

/// The scripts of a collector, one for each action.
#[must_use]
pub fn scripts(log: &CounterLog) -> Vec<Script> {
    Action::ALL.iter().map(|action| script(log, *action)).collect()
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
    let mut lines = vec![
        "@echo off".to_owned(),
        "setlocal".to_owned(),
        format!("rem {}: {purpose}.", log.name()),
        "rem Written by perfverdict collect script.".to_owned(),
    ];
    if action == Action::Create {
        lines.push(format!("if not exist \"{0}\" mkdir \"{0}\"", log.folder()));
    }
    lines.push(for_batch_file(&log.command_line(action)));
    lines.extend([
        // A negative exit code would slip through "if errorlevel 1".
        "set RESULT=%ERRORLEVEL%".to_owned(),
        "if \"%RESULT%\"==\"0\" exit /b 0".to_owned(),
        format!("echo {failure}"),
        "exit /b %RESULT%".to_owned(),
    ]);
    let text = lines.iter().flat_map(|line| [line.as_str(), "\r\n"]).collect();
    Script { file_name: format!("{}.cmd", action.name()), text }
}

/// Within a batch file a percent sign is doubled, save around the variable that is meant.
fn for_batch_file(line: &str) -> String {
    line.split("%computername%").map(|part| part.replace('%', "%%")).collect::<Vec<_>>().join("%computername%")
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
