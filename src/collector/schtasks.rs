//! Scheduled tasks: one starts the collector after a reboot, one takes PoolMon snapshots.

use super::command::{CommandLine, PROGRAM_FILES};
use super::logman::CounterLog;

const SCHTASKS: &str = "schtasks.exe";
/// Minutes between PoolMon snapshots: often enough for a leak that needs days to matter.
const SNAPSHOT_MINUTES: &str = "30";
/// The script that takes a PoolMon snapshot.
pub(super) const SNAPSHOT_SCRIPT: &str = "poolmon-snapshot.cmd";

/// An action on a scheduled task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskAction {
    /// Create it, and replace an older one of the same name if schtasks can (Vista and later).
    Create,
    /// Delete it.
    Delete,
}

impl CounterLog {
    /// The task that starts the collector after every reboot, because a reboot ends a circular log.
    #[must_use]
    pub fn boot_task(&self, action: TaskAction) -> CommandLine {
        let mut arguments = task(self, action, &format!("{} at boot", self.name()));
        if let Some(machine) = self.remote() {
            arguments.extend(["/s".to_owned(), machine.to_owned()]);
        }
        if action == TaskAction::Create {
            // The task runs on the machine that logs, so this command names no machine.
            let start = format!("logman.exe start \"{}\"", self.name());
            arguments.extend(["/sc", "onstart", "/ru", "SYSTEM", "/tr", &start].map(str::to_owned));
        }
        CommandLine::new(SCHTASKS, arguments)
    }

    /// Name of the snapshot task, and of the folder in Program Files that contains its programs.
    pub(super) fn snapshot_task_name(&self) -> String {
        format!("{} PoolMon", self.name())
    }

    /// The task that takes PoolMon snapshots. It runs as SYSTEM, so its programs are in Program Files, where only
    /// administrators can write; a folder of logs is often writable for others.
    pub(super) fn snapshot_task(&self, action: TaskAction) -> CommandLine {
        let name = self.snapshot_task_name();
        let mut arguments = task(self, action, &name);
        if action == TaskAction::Create {
            let run = format!("\"{PROGRAM_FILES}\\{name}\\{SNAPSHOT_SCRIPT}\"");
            arguments
                .extend(["/sc", "minute", "/mo", SNAPSHOT_MINUTES, "/ru", "SYSTEM", "/tr", &run].map(str::to_owned));
        }
        CommandLine::new(SCHTASKS, arguments)
    }
}

/// The first arguments of schtasks.
fn task(log: &CounterLog, action: TaskAction, name: &str) -> Vec<String> {
    let verb: &[&str] = match action {
        TaskAction::Create if log.is_before_vista() => &["/create"],
        TaskAction::Create => &["/create", "/f"],
        TaskAction::Delete => &["/delete", "/f"],
    };
    verb.iter().chain(&["/tn", name]).map(|argument| (*argument).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_starts_the_collector_after_a_reboot() {
        let log = CounterLog::default();
        let create = log.boot_task(TaskAction::Create);
        assert_eq!(
            create.to_string(),
            r#"schtasks.exe /create /f /tn "PerfLog-Long at boot" /sc onstart /ru SYSTEM /tr "logman.exe start \"PerfLog-Long\"""#
        );
        assert!(
            create.at_powershell_prompt().starts_with(r#"cmd.exe /d /s /c 'schtasks.exe /create /f /tn "PerfLog-Long"#)
        );
        assert_eq!(
            log.boot_task(TaskAction::Delete).to_string(),
            r#"schtasks.exe /delete /f /tn "PerfLog-Long at boot""#
        );
    }
}
