//! The page beside the scripts.

use super::logman::CounterLog;
use super::script::Script;
use super::windows::Windows;

/// What each script is for, and what to know before.
pub fn readme(log: &CounterLog) -> Script {
    let name = log.name();
    let mut lines = vec![
        format!("# {name}"),
        String::new(),
        "Scripts for the Windows machine that leaks memory. Run them in a prompt that runs as administrator.".to_owned(),
        String::new(),
        "| cmd | PowerShell | what it does |".to_owned(),
        "|---|---|---|".to_owned(),
        format!("| create.cmd | perflog.ps1 create | creates the collector {name}, a circular counter log in {} |", log.folder()),
        "| start.cmd | perflog.ps1 start | starts it |".to_owned(),
        "| at-boot.cmd | perflog.ps1 at-boot | starts it again after each restart of the machine, by a scheduled task |".to_owned(),
        "| status.cmd | perflog.ps1 status | says whether it runs |".to_owned(),
        "| stop.cmd | perflog.ps1 stop | stops it: copy the .blg and analyse it |".to_owned(),
        "| rotate.cmd | perflog.ps1 rotate | ends the log and begins the next, without a gap of more than a sample |".to_owned(),
        "| delete.cmd | perflog.ps1 delete | removes the collector and its task; its logs stay |".to_owned(),
        "| poolmon-start.cmd | poolmon.ps1 start | a scheduled task that takes a PoolMon snapshot every half hour; needs poolmon.exe (Windows Driver Kit) beside it, and copies it to Program Files |".to_owned(),
        "| poolmon-snapshot.cmd | | what that task runs: a numbered file, and old ones tidied up |".to_owned(),
        "| poolmon-stop.cmd | poolmon.ps1 stop | removes the task and the copies; the snapshots stay |".to_owned(),
        "| trace-start.cmd | trace.ps1 start | records pool allocations with their stacks (wpr, on older Windows xperf), for leaks of some MB a minute |".to_owned(),
        "| trace-stop.cmd | trace.ps1 stop | ends the trace into pool.etl, for Windows Performance Analyzer |".to_owned(),
        "| trace-stop.cmd cancel | trace.ps1 cancel | ends it and throws it away |".to_owned(),
        "| reproduce.cmd leak | reproduce.ps1 leak | makes a leak on a test machine and has it found: REPRODUCE.md |".to_owned(),
        String::new(),
        format!("`template.xml` is the same collector for the Performance Monitor window (New > Data Collector Set > from a template), or for `logman import \"{name}\" -xml template.xml`."),
        String::new(),
        "A restart of the machine ends the collector: run at-boot.cmd once, and it is started again each time, into a new file.".to_owned(),
        "PowerShell refuses unsigned scripts until told otherwise: `powershell -ExecutionPolicy Bypass -File perflog.ps1 create`.".to_owned(),
        "When xperf shows no stacks of drivers on 64-bit Windows 7 or Server 2008 R2, set `DisablePagingExecutive` to 1 below".to_owned(),
        "`HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management` and restart.".to_owned(),
        String::new(),
    ];
    lines.extend(old_windows(log));
    lines.push("Then, on any system: `perfverdict analyze *.blg poolmonlog*.txt -o report.html`.".to_owned());
    Script::new("README.md", &lines)
}

/// What is different on Windows before Vista.
fn old_windows(log: &CounterLog) -> Vec<String> {
    let interval = if log.windows() <= Windows::Xp {
        "These scripts leave them out."
    } else {
        "`perfverdict collect script FOLDER --windows 2003` writes scripts for it."
    };
    let lines = [
        "Windows Server 2003 and XP: logman's interval is `-si [[hh:]mm:]ss`, where the parts in brackets are left out when they".to_owned(),
        format!("are nothing (`05:00`); there is no object Processor Information. {interval} The service"),
        "there runs as NETWORK SERVICE, which must be able to write to the folder; poolmon must be allowed by `gflags /r +ptg` and a".to_owned(),
        "restart on XP (Server 2003 tags pool always); `forfiles`, which tidies up old snapshots, is not on XP; xperf and wpr are on neither.".to_owned(),
        "Windows 2000 has no logman: make a counter log of `\\Memory\\*` and `\\Process(*)\\*` in its Performance window (perfmon),".to_owned(),
        "every 300 seconds, as a binary circular file.".to_owned(),
        String::new(),
    ];
    lines.to_vec()
}
