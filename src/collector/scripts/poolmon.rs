//! The scripts that take PoolMon snapshots next to the collector.

use askama::Template;

use super::filters;
use super::script::{Script, WRITTEN_BY};
use crate::collector::logman::CounterLog;
use crate::collector::schtasks::{SNAPSHOT_SCRIPT, TaskAction};
use crate::collector::size::Size;

/// Snapshots are kept for at least this many days, even if the log is shorter: a leak over days needs two weeks of
/// snapshots to compare.
const MIN_KEPT_DAYS: f64 = 14.0;
/// The largest number of days that forfiles accepts.
const MAX_KEPT_DAYS: f64 = 32_767.0;

/// Creates the scheduled task.
#[derive(Template)]
#[template(path = "collector/poolmon-start.cmd", escape = "none")]
struct Start<'a> {
    log: &'a CounterLog,
}

/// Takes one snapshot.
#[derive(Template)]
#[template(path = "collector/poolmon-snapshot.cmd", escape = "none")]
struct Snapshot<'a> {
    log: &'a CounterLog,
    kept_days: u32,
    /// Prefix of the snapshots' file names, which distinguishes them from manual snapshots.
    prefix: String,
}

/// Deletes the scheduled task.
#[derive(Template)]
#[template(path = "collector/poolmon-stop.cmd", escape = "none")]
struct Stop<'a> {
    log: &'a CounterLog,
}

/// Both tasks for PowerShell.
#[derive(Template)]
#[template(path = "collector/poolmon.ps1", escape = "none")]
struct Powershell<'a> {
    log: &'a CounterLog,
}

/// The scripts for cmd.
pub fn for_cmd(log: &CounterLog, size: &Size) -> Vec<Script> {
    let prefix = format!("{}_poolmonlog", log.name());
    vec![
        Script::new("poolmon-start.cmd", &Start { log }),
        Script::new(SNAPSHOT_SCRIPT, &Snapshot { log, kept_days: kept_days(size), prefix }),
        Script::new("poolmon-stop.cmd", &Stop { log }),
    ]
}

/// The script for PowerShell.
pub fn for_powershell(log: &CounterLog) -> Script {
    Script::new("poolmon.ps1", &Powershell { log })
}

/// Days for which snapshots are kept: as long as the log.
pub(super) fn kept_days(size: &Size) -> u32 {
    size.days.clamp(MIN_KEPT_DAYS, MAX_KEPT_DAYS).ceil() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powershell_runs_the_task_from_program_files() {
        let log = CounterLog::default().with_folder(r"D:\it's here").unwrap();
        let text = Powershell { log: &log }.to_string();
        assert_eq!(text.matches('{').count(), text.matches('}').count(), "{text}");
        assert!(text.contains(r"-Path 'D:\it''s here'"), "{text}");
        let task = r#"'/tr' ('\"' + $env:ProgramFiles + '\PerfLog-Long PoolMon\poolmon-snapshot.cmd\"')"#;
        assert!(text.contains(task), "{text}");
    }
}
