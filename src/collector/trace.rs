//! Traces of pool allocations with their stacks, for leaks too fast for a counter log to be waited for.

use super::command::CommandLine;
use super::logman::CounterLog;
use super::script::{Script, folder, head, result};

/// Windows Performance Recorder, which Windows 10 and later have; `Pool` is one of its own profiles.
pub(super) const WPR_START: &[&str] = &["-start", "Pool", "-filemode"];
/// The older xperf, of the Windows Performance Toolkit. The file is circular, of so many MB; without `-f` it would be
/// `kernel.etl` in the root of a drive.
const XPERF_START: &[&str] = &[
    "-on",
    "PROC_THREAD+LOADER+POOL",
    "-stackwalk",
    "PoolAlloc+PoolFree",
    "-BufferSize",
    "1024",
    "-MaxBuffers",
    "1024",
    "-MaxFile",
    "4096",
    "-FileMode",
    "Circular",
];
/// Said where there is neither.
pub(super) const NO_RECORDER: &str = "Neither wpr.exe nor xperf.exe is on the PATH. Windows 10 and Server 2016 and later have wpr.exe; \
     for older ones install the Windows Performance Toolkit.";

/// Start and stop of a trace.
pub fn scripts(log: &CounterLog) -> Vec<Script> {
    vec![start(log), stop(log)]
}

/// What is done where a program is there. (XP has no `where`.)
fn on_path(program: &str, then: &str) -> String {
    format!("for %%p in ({program}) do if not \"%%~$PATH:p\"==\"\" {then}")
}

/// Runs the one of wpr and xperf that is there.
fn either(wpr: &str, xperf: &str) -> Vec<String> {
    [
        &on_path("wpr.exe", "goto wpr"),
        &on_path("xperf.exe", "goto xperf"),
        &format!("echo {NO_RECORDER}"),
        "exit /b 2",
        ":wpr",
        wpr,
        "goto done",
        ":xperf",
        xperf,
        ":done",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// What xperf records into, until it is told to stop.
pub(super) fn raw(log: &CounterLog) -> String {
    format!("{}\\pool-raw.etl", log.local_folder())
}

/// The trace as it is handed on.
pub(super) fn finished(log: &CounterLog) -> String {
    format!("{}\\pool.etl", log.local_folder())
}

/// Xperf's arguments for the start.
pub(super) fn xperf_start(log: &CounterLog) -> Vec<String> {
    XPERF_START.iter().map(|argument| (*argument).to_owned()).chain(["-f".to_owned(), raw(log)]).collect()
}

fn start(log: &CounterLog) -> Script {
    let mut lines =
        head(log, "records pool allocations with their stacks until trace-stop.cmd, for leaks of some MB a minute");
    lines.push("rem The trace of wpr.exe grows by some GB an hour: a quarter of an hour is enough.".to_owned());
    lines.extend(folder(log.local_folder()));
    let xperf = CommandLine::new("xperf.exe", xperf_start(log)).to_string();
    lines.extend(either(&format!("wpr.exe {}", WPR_START.join(" ")), &xperf));
    lines.extend(result(
        "The trace was not started. Run this as administrator; trace-stop.cmd cancel ends one that runs already.",
    ));
    Script::new("trace-start.cmd", &lines)
}

fn stop(log: &CounterLog) -> Script {
    let mut lines = head(log, "ends the trace; open it in Windows Performance Analyzer");
    lines.push("rem With the word cancel the trace is thrown away.".to_owned());
    lines.extend(folder(log.local_folder()));
    let file = format!("\"{}\"", finished(log));
    lines.extend([
        format!("set WPR=-stop {file}"),
        format!("set XPERF=-d {file}"),
        "if /i \"%~1\"==\"cancel\" set WPR=-cancel".to_owned(),
        "if /i \"%~1\"==\"cancel\" set XPERF=-stop".to_owned(),
    ]);
    let raw = raw(log);
    lines.extend(either("wpr.exe %WPR%", &format!("xperf.exe %XPERF% && if exist \"{raw}\" del \"{raw}\"")));
    lines.extend(result("There was no trace to end, or it was not written. Run this as administrator."));
    Script::new("trace-stop.cmd", &lines)
}
