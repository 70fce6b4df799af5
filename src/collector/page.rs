//! The page beside the scripts.

use super::logman::CounterLog;
use super::script::{Script, WRITTEN_BY};
use super::size::Size;
use super::windows::Windows;
use super::{poolmon, trace};

/// What to know of a collector that begins or ends at a time.
pub const CHECK_TIMES: &str = "Check its times in the Performance Monitor window (Properties > Schedule): logman reads them \
    by the machine's regional format, where a month may pass for a day.";

/// What each script is for, and what to know before.
pub fn readme(log: &CounterLog, size: &Size) -> Script {
    let name = log.name();
    let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let mut lines = owned(&[
        &format!("# {name}"),
        "",
        "Scripts for the Windows machine that leaks memory. Run them in a prompt that runs as administrator.",
        "",
        "| cmd | PowerShell | what it does |",
        "|---|---|---|",
        &format!(
            "| create.cmd | perflog.ps1 create | creates the collector {name}, a circular counter log in {} |",
            log.folder()
        ),
        &match log.begin() {
            Some(begin) => format!("| start.cmd | perflog.ps1 start | starts it; by itself it starts at {begin} |"),
            None => "| start.cmd | perflog.ps1 start | starts it |".to_owned(),
        },
    ]);
    if !log.is_scheduled() {
        lines.extend(owned(&["| at-boot.cmd | perflog.ps1 at-boot | starts it again after each restart of the machine, by a scheduled task |"]));
    }
    lines.extend(owned(&[
        "| status.cmd | perflog.ps1 status | says whether it runs |",
        "| stop.cmd | perflog.ps1 stop | stops it: copy the .blg and analyse it |",
        "| rotate.cmd | perflog.ps1 rotate | ends the log and begins the next, without a gap of more than a sample or a minute |",
        "| delete.cmd | perflog.ps1 delete | removes the collector and its task; its logs stay |",
    ]));
    match log.remote() {
        None => lines.extend(of_this_machine(log, size)),
        Some(machine) => lines.extend(owned(&[
            "",
            &format!("They reach {machine} from any machine, where the folder {} must be there. PoolMon snapshots, traces and", log.folder()),
            "the reproduction kit work on their own machine alone: `perfverdict collect script FOLDER` without --remote writes their scripts.",
        ])),
    }
    lines.extend(owned(&["", &template(log), ""]));
    if log.is_scheduled() {
        lines.extend(owned(&[
            CHECK_TIMES,
            "A restart of the machine ends the collector, and nothing starts it again: run start.cmd then.",
        ]));
    } else {
        lines.extend(owned(&[
            "A restart of the machine ends the collector: run at-boot.cmd once, and it is started again each time, into a new file.",
        ]));
    }
    lines.extend(owned(&[
        &format!("Each start leaves a further file of up to {} MB: remove those that are analysed.", log.max_megabytes()),
        "PowerShell refuses unsigned scripts until told otherwise: `powershell -ExecutionPolicy Bypass -File perflog.ps1 create`.",
    ]));
    if log.remote().is_none() {
        lines.extend(owned(&[
            "When xperf shows no stacks of drivers on 64-bit Windows 7 or Server 2008 R2, set `DisablePagingExecutive` to 1 below",
            "`HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management` and restart.",
        ]));
    }
    lines.push(String::new());
    lines.extend(old_windows(log));
    let snapshots = if log.remote().is_none() { " *_poolmonlog*.txt" } else { "" };
    lines.push(format!("Then, on any system: `perfverdict analyze *.blg{snapshots} -o report.html`."));
    lines.extend(owned(&["", &format!("(W{WRITTEN_BY}.)")]));
    Script::new("README.md", &lines)
}

/// The scripts that are left out for another machine.
fn of_this_machine(log: &CounterLog, size: &Size) -> Vec<String> {
    let into = if log.local_folder() == log.folder() { String::new() } else { format!(", in {}", log.local_folder()) };
    vec![
        format!("| poolmon-start.cmd | poolmon.ps1 start | a scheduled task that takes a PoolMon snapshot every half hour{into}; needs poolmon.exe (Windows Driver Kit) beside it, and copies it to Program Files |"),
        format!("| poolmon-snapshot.cmd | | what that task runs: a numbered file; those older than {} days are removed |", poolmon::kept_days(size)),
        "| poolmon-stop.cmd | poolmon.ps1 stop | removes the task and the copies; the snapshots stay |".to_owned(),
        "| trace-start.cmd | trace.ps1 start | records pool allocations with their stacks (wpr, on older Windows xperf), for leaks of some MB a minute |".to_owned(),
        format!("| trace-stop.cmd | trace.ps1 stop | ends the trace into {}, for Windows Performance Analyzer |", trace::finished(log)),
        "| trace-stop.cmd cancel | trace.ps1 cancel | ends it and throws it away |".to_owned(),
        "| reproduce.cmd leak | reproduce.ps1 leak | makes a leak on a test machine and has it found: REPRODUCE.md |".to_owned(),
    ]
}

/// What the template is, and what it lacks.
fn template(log: &CounterLog) -> String {
    let without = match (log.is_scheduled(), log.user().is_some()) {
        (false, false) => "",
        (true, false) => ", without its begin and end,",
        (false, true) => ", without its user,",
        (true, true) => ", without its begin, its end and its user,",
    };
    let on = log.remote().map_or_else(String::new, |machine| format!(" -s {machine}"));
    format!(
        "`template.xml` is the same collector{without} for the Performance Monitor window (New > Data Collector Set > from a template), or for `logman import \"{}\" -xml template.xml{on}`.",
        log.name()
    )
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
