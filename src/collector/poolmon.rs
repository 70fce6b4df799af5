//! PoolMon beside the collector, as scripts for cmd.

use super::command::CommandLine;
use super::logman::CounterLog;
use super::script::{Script, for_batch_file, head, result};

/// Minutes between snapshots.
const MINUTES: &str = "30";
/// Snapshots are kept for so many days.
const KEPT_DAYS: u32 = 14;
/// What the task runs.
pub(super) const SNAPSHOT: &str = "poolmon-snapshot.cmd";

/// Start and stop of PoolMon snapshots.
pub fn scripts(log: &CounterLog) -> Vec<Script> {
    vec![poolmon_start(log), poolmon_snapshot(log), poolmon_stop(log)]
}

/// What the task and its folder are called.
pub(super) fn name(log: &CounterLog) -> String {
    format!("{} PoolMon", log.name())
}

/// The scheduled task that takes the snapshots. What SYSTEM runs lies where administrators alone can write; into a
/// folder of logs others often may.
pub(super) fn task(log: &CounterLog, create: bool) -> CommandLine {
    let name = name(log);
    let run = format!("\"%ProgramFiles%\\{name}\\{SNAPSHOT}\"");
    let arguments: &[&str] = if create {
        &["/create", "/f", "/tn", &name, "/sc", "minute", "/mo", MINUTES, "/ru", "SYSTEM", "/tr", &run]
    } else {
        &["/delete", "/f", "/tn", &name]
    };
    CommandLine::new("schtasks.exe", arguments.iter().map(|a| (*a).to_owned()).collect())
}

fn poolmon_start(log: &CounterLog) -> Script {
    let mut lines = head(log, "a scheduled task that takes a PoolMon snapshot every half hour");
    let programs = format!("%ProgramFiles%\\{}", name(log));
    lines.extend([
        "if not exist \"%~dp0poolmon.exe\" (".to_owned(),
        "  echo poolmon.exe is not beside this script. It is in the Windows Driver Kit: copy it here.".to_owned(),
        "  exit /b 2".to_owned(),
        ")".to_owned(),
    ]);
    lines.extend(super::script::folder(log));
    lines.push(format!("if not exist \"{programs}\" mkdir \"{programs}\""));
    lines.extend(
        ["poolmon.exe", SNAPSHOT].map(|file| format!("copy /y \"%~dp0{file}\" \"{programs}\\{file}\" >nul && ^")),
    );
    lines.push(for_batch_file(&task(log, true)));
    lines.extend(result("The task was not created. Run this as administrator."));
    Script::new("poolmon-start.cmd", &lines)
}

fn poolmon_snapshot(log: &CounterLog) -> Script {
    let mut lines = head(log, "takes one PoolMon snapshot into a numbered file, and removes those older than 14 days");
    let file = format!("\"{}\\poolmonlog%NUMBER%.txt\"", log.folder());
    // SYSTEM runs this: nothing is read from the folder of the logs, nor is any program looked for there.
    let system = "%SystemRoot%\\System32";
    lines.extend([
        "set NUMBER=0".to_owned(),
        "if exist \"%~dp0number.txt\" for /f \"usebackq\" %%n in (\"%~dp0number.txt\") do set NUMBER=%%n".to_owned(),
        ":next".to_owned(),
        "set /a NUMBER=NUMBER+1".to_owned(),
        format!("if exist {file} goto next"),
        ">\"%~dp0number.txt\" echo %NUMBER%".to_owned(),
        format!("\"%~dp0poolmon.exe\" /b /n {file}"),
        "set RESULT=%ERRORLEVEL%".to_owned(),
        // The time of the snapshot, which PoolMon does not write.
        format!(">>{file} echo Taken %DATE% %TIME%"),
        format!(
            "\"{system}\\forfiles.exe\" /p \"{}\" /m poolmonlog*.txt /d -{KEPT_DAYS} /c \"{system}\\cmd.exe /c del @path\" >nul 2>nul",
            log.folder()
        ),
        "exit /b %RESULT%".to_owned(),
    ]);
    Script::new(SNAPSHOT, &lines)
}

fn poolmon_stop(log: &CounterLog) -> Script {
    let mut lines = head(log, "removes the task that takes PoolMon snapshots, and its programs; the snapshots stay");
    let remove = for_batch_file(&task(log, false));
    lines.push(format!("{remove} && rmdir /s /q \"%ProgramFiles%\\{}\"", name(log)));
    lines.extend(result("The task was not removed. Run this as administrator; it may not exist."));
    Script::new("poolmon-stop.cmd", &lines)
}
