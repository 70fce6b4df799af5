//! The scripts of a collector, from the templates in `templates/collector/`.

mod actions;
mod filters;
mod page;
mod performance_monitor;
mod poolmon;
mod reproduce;
mod script;
mod trace;

pub use page::CHECK_TIMES;
pub use script::{Script, WRITTEN_BY};

use super::logman::CounterLog;
use super::size::Size;

/// The scripts of a collector with a log of this size: for cmd and PowerShell, for PoolMon and traces, a kit that
/// reproduces a leak, and a README. A collector on another machine gets only the scripts that reach that machine.
#[must_use]
pub fn scripts(log: &CounterLog, size: &Size) -> Vec<Script> {
    let mut all = actions::for_cmd(log);
    all.extend([performance_monitor::template(log), actions::for_powershell(log)]);
    if log.remote().is_none() {
        all.extend(poolmon::for_cmd(log, size));
        all.extend(trace::for_cmd(log));
        all.extend([poolmon::for_powershell(log), trace::for_powershell(log)]);
        all.extend(reproduce::kit(log));
    }
    all.push(page::readme(log, size));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collector::size;

    #[test]
    fn plain_ascii_with_windows_line_ends() {
        let log = CounterLog::default();
        for script in scripts(&log, &size(&log, 150, 8)) {
            assert!(script.text.is_ascii() && script.text.contains(WRITTEN_BY), "{}", script.file_name);
            assert_eq!(script.text.matches('\n').count(), script.text.matches("\r\n").count());
            assert!(script.text.lines().all(|line| line.len() < 8191), "cmd's longest line");
        }
    }

    #[test]
    fn for_another_machine_there_is_only_what_reaches_it() {
        let log = CounterLog::default().with_remote(Some("srv7")).unwrap();
        let scripts = scripts(&log, &size(&log, 150, 8));
        let names: Vec<_> = scripts.iter().map(|script| script.file_name).collect();
        assert!(names.contains(&"perflog.ps1") && names.contains(&"at-boot.cmd"), "{names:?}");
        for local in ["poolmon", "trace", "reproduce", "REPRODUCE"] {
            assert!(!names.iter().any(|name| name.starts_with(local)), "{names:?}");
        }
        assert!(!scripts.last().unwrap().text.contains("| trace"), "the README");
    }

    #[test]
    fn a_scheduled_collector_is_not_started_by_a_reboot() {
        let begin = chrono::NaiveDate::from_ymd_opt(2026, 3, 3).and_then(|day| day.and_hms_opt(22, 0, 0));
        let log = CounterLog::default().with_remote(Some("srv7")).unwrap().with_schedule(begin, None, None).unwrap();
        let scripts = scripts(&log, &size(&log, 150, 8));
        assert!(!scripts.iter().any(|script| script.file_name == "at-boot.cmd"));
        let mut uses = scripts.iter().filter(|script| !script.file_name.starts_with("delete"));
        assert!(uses.all(|script| !script.text.contains("at-boot.cmd") && !script.text.contains("onstart")));
        let page = &scripts.last().unwrap().text;
        assert!(page.contains("its begin at 2026-03-03 22:00:00") && page.contains("regional"), "{page}");
        assert!(page.contains(r#"`logman import "PerfLog-Long" -xml template.xml -s srv7`"#), "{page}");
        assert!(scripts[0].text.contains("which starts at 2026-03-03 22:00:00"), "{}", scripts[0].text);
    }
}
