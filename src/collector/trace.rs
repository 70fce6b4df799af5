//! Traces of pool allocations with their stacks, for leaks too fast for a counter log to be waited for.

use super::logman::CounterLog;
use super::script::{Script, folder, head, result};

/// Windows Performance Recorder, which Windows 10 and later have; `Pool` is one of its own profiles.
pub(super) const WPR_START: &[&str] = &["-start", "Pool", "-filemode"];
/// The older xperf, of the Windows Performance Toolkit. The file is circular, of so many MB.
pub(super) const XPERF_START: &[&str] = &[
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

/// Runs the one of wpr and xperf that is there.
fn either(wpr: &str, xperf: &str) -> Vec<String> {
    [
        "where /q wpr.exe && goto wpr",
        "where /q xperf.exe && goto xperf",
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

fn start(log: &CounterLog) -> Script {
    let mut lines =
        head(log, "records pool allocations with their stacks until trace-stop.cmd, for leaks of some MB a minute");
    lines.push("rem The trace of wpr.exe grows by some GB an hour: a quarter of an hour is enough.".to_owned());
    lines.extend(either(&format!("wpr.exe {}", WPR_START.join(" ")), &format!("xperf.exe {}", XPERF_START.join(" "))));
    lines.extend(result(
        "The trace was not started. Run this as administrator; trace-stop.cmd cancel ends one that runs already.",
    ));
    Script::new("trace-start.cmd", &lines)
}

fn stop(log: &CounterLog) -> Script {
    let mut lines = head(log, "ends the trace; open it in Windows Performance Analyzer");
    lines.push("rem With the word cancel the trace is thrown away.".to_owned());
    lines.extend(folder(log));
    lines.push("if /i \"%~1\"==\"cancel\" goto cancel".to_owned());
    let file = format!("\"{}\\pool.etl\"", log.folder());
    lines.extend(either(&format!("wpr.exe -stop {file}"), &format!("xperf.exe -d {file}")));
    lines.push("goto result".to_owned());
    lines.push(":cancel".to_owned());
    lines.extend(
        [
            "where /q wpr.exe && wpr.exe -cancel && exit /b 0",
            "where /q xperf.exe && xperf.exe -stop && exit /b 0",
            ":result",
        ]
        .map(str::to_owned),
    );
    lines.extend(result("There was no trace to end, or it was not written. Run this as administrator."));
    Script::new("trace-stop.cmd", &lines)
}
