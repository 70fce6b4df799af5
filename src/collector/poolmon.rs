//! PoolMon beside the collector, as scripts for cmd.

use super::command::{self, CommandLine};
use super::logman::CounterLog;
use super::script::{Script, create_task, folder, for_batch_file, head, result};
use super::size::Size;

/// Minutes between snapshots.
const MINUTES: &str = "30";
/// Snapshots are kept for so many days at least.
const KEPT_DAYS: f64 = 14.0;
/// What the task runs.
pub(super) const SNAPSHOT: &str = "poolmon-snapshot.cmd";

/// Start and stop of PoolMon snapshots.
pub fn scripts(log: &CounterLog, size: &Size) -> Vec<Script> {
    vec![poolmon_start(log), poolmon_snapshot(log, kept_days(size)), poolmon_stop(log)]
}

/// Days for which snapshots are kept: as long as the log reaches back, but no longer than forfiles can be told.
pub(super) fn kept_days(size: &Size) -> u32 {
    size.days.max(KEPT_DAYS).ceil().min(32_767.0) as u32
}

/// What the files of the snapshots begin with. Those that somebody made by hand have names of their own.
pub(super) fn file_prefix(log: &CounterLog) -> String {
    format!("{}_poolmonlog", log.name())
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
    let mut arguments = command::task(log, create, &name);
    if create {
        arguments.extend(["/sc", "minute", "/mo", MINUTES, "/ru", "SYSTEM", "/tr", &run].map(str::to_owned));
    }
    CommandLine::new("schtasks.exe", arguments)
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
    lines.extend(folder(log.local_folder()));
    lines.push(format!("if not exist \"{programs}\" mkdir \"{programs}\""));
    lines.extend(
        ["poolmon.exe", SNAPSHOT]
            .map(|file| format!("copy /y \"%~dp0{file}\" \"{programs}\\{file}\" >nul || goto failed")),
    );
    lines.extend(create_task(log, &task(log, true), &task(log, false)));
    lines.push(":failed".to_owned());
    lines.extend(result("The task was not created. Run this as administrator."));
    Script::new("poolmon-start.cmd", &lines)
}

fn poolmon_snapshot(log: &CounterLog, kept_days: u32) -> Script {
    let purpose =
        format!("takes one PoolMon snapshot into a numbered file, and removes those older than {kept_days} days");
    let mut lines = head(log, &purpose);
    let (folder, prefix) = (log.local_folder(), file_prefix(log));
    let file = format!("\"{folder}\\{prefix}%NUMBER%.txt\"");
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
            "\"{system}\\forfiles.exe\" /p \"{folder}\" /m \"{prefix}*.txt\" /d -{kept_days} /c \"{system}\\cmd.exe /c del @path\" >nul 2>nul"
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
