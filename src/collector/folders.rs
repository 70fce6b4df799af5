//! The folders that a collector writes to, and who else may.

use super::command::{CommandLine, powershell_literal};
use super::logman::{CounterLog, DEFAULT_FOLDER};

/// The program that sets the rights of a folder.
const ICACLS: &str = "icacls.exe";
/// Well-known security identifiers.
const ADMINISTRATORS: &str = "S-1-5-32-544";
const SYSTEM: &str = "S-1-5-18";

impl CounterLog {
    /// A folder on the machine itself that only administrators and SYSTEM write to: that of the logs, unless it is on a
    /// share or the collector has a user.
    #[must_use]
    pub fn local_folder(&self) -> &str {
        let is_apart = self.user().is_some() || self.folder().starts_with('\\');
        if is_apart { DEFAULT_FOLDER } else { self.folder() }
    }

    /// A folder after those that contain it. Each new one gets its own rights: whoever can rename a folder can replace
    /// it.
    #[must_use]
    pub fn folders_to<'f>(&self, folder: &'f str) -> Vec<&'f str> {
        let drive = r"c:\".len();
        let parents = folder.match_indices('\\').map(|(end, _)| &folder[..end]).filter(|parent| parent.len() > drive);
        let parents: Vec<&str> = if folder.starts_with('\\') { Vec::new() } else { parents.collect() };
        parents.into_iter().chain([folder]).collect()
    }

    /// The command that lets only administrators and SYSTEM write to a new folder, and the collector's user to that of
    /// the logs. Groups are named by their SIDs, because their names differ from language to language. `None` for a
    /// share, whose server has its own groups, and before Vista, which has no icacls.
    #[must_use]
    pub fn folder_rights(&self, folder: &str) -> Option<CommandLine> {
        if folder.starts_with('\\') || self.is_before_vista() {
            return None;
        }
        let mut arguments = [folder, "/inheritance:r", "/grant:r"].map(str::to_owned).to_vec();
        arguments.extend([ADMINISTRATORS, SYSTEM].map(|sid| format!("*{sid}:(OI)(CI)F")));
        let user = self.user().filter(|_| folder == self.folder());
        arguments.extend(user.map(|user| format!("{user}:(OI)(CI)M")));
        Some(CommandLine::new(ICACLS, arguments))
    }

    /// The line at a cmd prompt that makes a folder if it is missing. A folder whose rights cannot be set is removed: the
    /// next time it would be taken for one of the user's.
    #[must_use]
    pub fn new_folder_at_cmd_prompt(&self, folder: &str) -> String {
        let rights = self.folder_rights(folder);
        let set = rights.map_or_else(String::new, |rights| format!(" && ({rights} || rmdir \"{folder}\")"));
        format!("if not exist \"{folder}\" mkdir \"{folder}\"{set}")
    }

    /// The same line at a PowerShell prompt.
    #[must_use]
    pub fn new_folder_at_powershell_prompt(&self, folder: &str) -> String {
        let quoted = powershell_literal(folder);
        let set = self.folder_rights(folder).map_or_else(String::new, |rights| {
            format!("; {}; if ($LASTEXITCODE) {{ rmdir {quoted} }}", rights.at_powershell_prompt())
        });
        format!("if (-not (Test-Path -LiteralPath {quoted})) {{ mkdir {quoted} | Out-Null{set} }}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collector::logman::USER_FOLDER;
    use crate::collector::{Profile, Windows};

    #[test]
    fn a_new_folder_is_for_administrators_system_and_the_user_of_the_collector() {
        let rights = |log: &CounterLog| log.folder_rights(log.folder()).map(|command| command.to_string());
        let log = CounterLog::default().with_folder(r"D:\perf logs").unwrap();
        assert_eq!(
            rights(&log).unwrap(),
            r#"icacls.exe "D:\perf logs" /inheritance:r /grant:r "*S-1-5-32-544:(OI)(CI)F" "*S-1-5-18:(OI)(CI)F""#
        );
        let log = log.with_user(Some(r"CORP\perf")).unwrap();
        assert!(rights(&log).unwrap().ends_with(r#" "CORP\perf:(OI)(CI)M""#));
        assert!(!log.folder_rights(log.local_folder()).unwrap().to_string().contains("CORP"), "what SYSTEM writes");
        assert_eq!(rights(&log.with_folder(r"\\srv\logs").unwrap()), None);
        assert_eq!(rights(&CounterLog::of(Profile::Long, Windows::Xp)), None);
    }

    #[test]
    fn a_user_does_not_log_where_system_writes() {
        let log = CounterLog::default().with_user(Some(r"CORP\perf")).unwrap();
        for log in [log.clone(), log.with_folder(r"C:\PerfLogs").unwrap()] {
            assert_eq!((log.folder(), log.local_folder()), (USER_FOLDER, DEFAULT_FOLDER));
            assert!(!log.folder_rights(DEFAULT_FOLDER).unwrap().to_string().contains("CORP"));
        }
    }

    #[test]
    fn folders_of_a_drive_are_made_one_after_the_other() {
        let log = CounterLog::default();
        assert_eq!(log.folders_to(r"D:\a\b c\d"), [r"D:\a", r"D:\a\b c", r"D:\a\b c\d"]);
        assert_eq!(log.folders_to(r"\\srv\logs\a"), [r"\\srv\logs\a"]);
    }
}
