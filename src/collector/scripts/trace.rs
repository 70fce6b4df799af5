//! The scripts that trace pool allocations with their stacks, for leaks too fast to wait for a counter log.

use askama::Template;

use super::filters;
use super::script::{Script, WRITTEN_BY};
use crate::collector::command::CommandLine;
use crate::collector::logman::CounterLog;

/// The recorder of the Windows Performance Toolkit for Windows older than 10, which has no `wpr.exe`.
const XPERF: &str = "xperf.exe";
/// A circular file of 4,096 MB does not fill the disk; 1,024 buffers of 1 MB each absorb bursts of allocations. Without
/// stacks, the trace would not show which component allocates.
const XPERF_START: [&str; 12] = [
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

/// A trace of pool allocations into a folder of the machine that it runs on.
pub struct Trace<'a> {
    folder: &'a str,
}

impl<'a> Trace<'a> {
    /// The trace next to a collector's log.
    pub fn of(log: &'a CounterLog) -> Self {
        Self { folder: log.local_folder() }
    }

    /// The finished trace.
    pub fn finished(&self) -> String {
        format!(r"{}\pool.etl", self.folder)
    }

    /// The file into which xperf records. Without `-f` it would be `kernel.etl` in the root of a drive.
    fn unfinished(&self) -> String {
        format!(r"{}\pool-raw.etl", self.folder)
    }

    /// Starts a recording by xperf.
    fn start_xperf(&self) -> CommandLine {
        CommandLine::new(XPERF, XPERF_START.iter().copied().chain(["-f", &self.unfinished()]))
    }
}

/// Starts a trace.
#[derive(Template)]
#[template(path = "collector/trace-start.cmd", escape = "none")]
struct Start<'a> {
    log: &'a CounterLog,
    trace: Trace<'a>,
}

/// Ends a trace.
#[derive(Template)]
#[template(path = "collector/trace-stop.cmd", escape = "none")]
struct Stop<'a> {
    log: &'a CounterLog,
    trace: Trace<'a>,
}

/// Both actions for PowerShell.
#[derive(Template)]
#[template(path = "collector/trace.ps1", escape = "none")]
struct Powershell<'a> {
    log: &'a CounterLog,
    trace: Trace<'a>,
}

/// The scripts for cmd.
pub fn for_cmd(log: &CounterLog) -> Vec<Script> {
    vec![
        Script::new("trace-start.cmd", &Start { log, trace: Trace::of(log) }),
        Script::new("trace-stop.cmd", &Stop { log, trace: Trace::of(log) }),
    ]
}

/// The script for PowerShell.
pub fn for_powershell(log: &CounterLog) -> Script {
    Script::new("trace.ps1", &Powershell { log, trace: Trace::of(log) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_a_quote() {
        let log = CounterLog::default().with_folder(r"D:\it's here").unwrap();
        let text = for_powershell(&log).text;
        assert_eq!(text.matches('{').count(), text.matches('}').count(), "{text}");
        assert!(text.contains(r"Invoke-Program 'wpr.exe' '-stop' 'D:\it''s here\pool.etl'"), "{text}");
        assert!(text.contains(r"Remove-Item -LiteralPath 'D:\it''s here\pool-raw.etl'"), "{text}");
        let [start, stop] = &for_cmd(&log)[..] else { panic!("start and stop") };
        assert!(start.text.contains(r#"-f "D:\it's here\pool-raw.etl""#), "{}", start.text);
        assert!(stop.text.contains(r#"set WPR=-stop "D:\it's here\pool.etl""#), "{}", stop.text);
    }
}
