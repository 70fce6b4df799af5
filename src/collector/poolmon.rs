//! PoolMon and tracing beside the collector, as scripts for cmd.

use super::command::CommandLine;
use super::logman::CounterLog;
use super::script::{Script, for_batch_file, head, result};

/// Minutes between snapshots.
const MINUTES: &str = "30";
/// Snapshots are kept for so many days.
const KEPT_DAYS: u32 = 14;

/// Start and stop of PoolMon snapshots and of a trace.
pub fn scripts(log: &CounterLog) -> Vec<Script> {
    vec![poolmon_start(log), poolmon_snapshot(log), poolmon_stop(log), trace_start(log), trace_stop(log)]
}

fn task(log: &CounterLog) -> String {
    format!("{} PoolMon", log.name())
}

fn schtasks(arguments: &[&str]) -> String {
    for_batch_file(&CommandLine::new("schtasks.exe", arguments.iter().map(|a| (*a).to_owned()).collect()))
}

fn poolmon_start(log: &CounterLog) -> Script {
    let mut lines = head(log, "a scheduled task that takes a PoolMon snapshot every half hour");
    let folder = log.folder();
    lines.extend([
        "if not exist \"%~dp0poolmon.exe\" (".to_owned(),
        "  echo poolmon.exe is not beside this script. It is in the Windows Driver Kit: copy it here.".to_owned(),
        "  exit /b 2".to_owned(),
        ")".to_owned(),
        format!("if not exist \"{folder}\" mkdir \"{folder}\""),
        format!("copy /y \"%~dp0poolmon.exe\" \"{folder}\\poolmon.exe\" >nul"),
        format!("copy /y \"%~dp0poolmon-snapshot.cmd\" \"{folder}\\poolmon-snapshot.cmd\" >nul"),
    ]);
    let run = format!("\"{folder}\\poolmon-snapshot.cmd\"");
    lines.push(schtasks(&[
        "/create",
        "/f",
        "/tn",
        &task(log),
        "/sc",
        "minute",
        "/mo",
        MINUTES,
        "/ru",
        "SYSTEM",
        "/tr",
        &run,
    ]));
    lines.extend(result("The task was not created. Run this as administrator."));
    Script::new("poolmon-start.cmd", &lines)
}

fn poolmon_snapshot(log: &CounterLog) -> Script {
    let mut lines = head(log, "takes one PoolMon snapshot into a numbered file, and removes old ones");
    lines.extend([
        "cd /d \"%~dp0\"".to_owned(),
        "set NUMBER=0".to_owned(),
        "if exist poolmonlog.num for /f \"usebackq\" %%n in (\"poolmonlog.num\") do set NUMBER=%%n".to_owned(),
        "set /a NUMBER=NUMBER+1".to_owned(),
        ">poolmonlog.num echo %NUMBER%".to_owned(),
        "poolmon.exe /b /n poolmonlog%NUMBER%.txt".to_owned(),
        "set RESULT=%ERRORLEVEL%".to_owned(),
        // The time of the snapshot, which PoolMon does not write.
        ">>poolmonlog%NUMBER%.txt echo Taken %DATE% %TIME%".to_owned(),
        format!("forfiles /p . /m poolmonlog*.txt /d -{KEPT_DAYS} /c \"cmd /c del @path\" >nul 2>nul"),
        "exit /b %RESULT%".to_owned(),
    ]);
    Script::new("poolmon-snapshot.cmd", &lines)
}

fn poolmon_stop(log: &CounterLog) -> Script {
    let mut lines = head(log, "removes the task that takes PoolMon snapshots; the snapshots stay");
    lines.push(schtasks(&["/delete", "/f", "/tn", &task(log)]));
    lines.extend(result("The task was not removed. Run this as administrator; it may not exist."));
    Script::new("poolmon-stop.cmd", &lines)
}

fn trace_start(log: &CounterLog) -> Script {
    let mut lines =
        head(log, "records pool allocations with their stacks until trace-stop.cmd, for leaks of some MB a minute");
    lines.extend([
        "rem The trace grows by some GB an hour: a quarter of an hour is enough. Windows 10 and later have wpr.exe."
            .to_owned(),
        "wpr.exe -start Pool -filemode".to_owned(),
    ]);
    lines.extend(result(
        "The trace was not started. Run this as administrator; wpr.exe -cancel ends one that runs already.",
    ));
    Script::new("trace-start.cmd", &lines)
}

fn trace_stop(log: &CounterLog) -> Script {
    let mut lines = head(log, "ends the trace; open it in Windows Performance Analyzer");
    let folder = log.folder();
    lines.extend([
        format!("if not exist \"{folder}\" mkdir \"{folder}\""),
        format!("wpr.exe -stop \"{folder}\\pool.etl\""),
    ]);
    lines.extend(result("The trace was not written. Run this as administrator; wpr.exe -cancel throws it away."));
    Script::new("trace-stop.cmd", &lines)
}
