//! The scripts that run the collector: one for cmd per action, and one for PowerShell.

use askama::Template;

use super::filters;
use super::script::{Script, WRITTEN_BY};
use crate::collector::failure::{LOG_EXISTS, NO_SUCH_COLLECTOR};
use crate::collector::logman::{Action, CounterLog};
use crate::collector::schtasks::TaskAction;

/// Creates the collector.
#[derive(Template)]
#[template(path = "collector/create.cmd", escape = "none")]
struct Create<'a> {
    log: &'a CounterLog,
}

/// Starts the collector.
#[derive(Template)]
#[template(path = "collector/start.cmd", escape = "none")]
struct Start<'a> {
    log: &'a CounterLog,
}

/// Stops the collector.
#[derive(Template)]
#[template(path = "collector/stop.cmd", escape = "none")]
struct Stop<'a> {
    log: &'a CounterLog,
}

/// Shows whether the collector runs.
#[derive(Template)]
#[template(path = "collector/status.cmd", escape = "none")]
struct Status<'a> {
    log: &'a CounterLog,
}

/// Deletes the collector.
#[derive(Template)]
#[template(path = "collector/delete.cmd", escape = "none")]
struct Delete<'a> {
    log: &'a CounterLog,
}

/// Ends the log and starts the next one.
#[derive(Template)]
#[template(path = "collector/rotate.cmd", escape = "none")]
struct Rotate<'a> {
    log: &'a CounterLog,
}

/// Starts the collector after every reboot.
#[derive(Template)]
#[template(path = "collector/at-boot.cmd", escape = "none")]
struct AtBoot<'a> {
    log: &'a CounterLog,
}

/// All actions for PowerShell.
#[derive(Template)]
#[template(path = "collector/perflog.ps1", escape = "none")]
struct Perflog<'a> {
    log: &'a CounterLog,
}

/// The scripts for cmd.
pub fn for_cmd(log: &CounterLog) -> Vec<Script> {
    let mut scripts = vec![
        Script::new("create.cmd", &Create { log }),
        Script::new("start.cmd", &Start { log }),
        Script::new("stop.cmd", &Stop { log }),
        Script::new("status.cmd", &Status { log }),
        Script::new("delete.cmd", &Delete { log }),
        Script::new("rotate.cmd", &Rotate { log }),
    ];
    // A scheduled collector is not started by a reboot, which may be before or after its time.
    if !log.is_scheduled() {
        scripts.push(Script::new("at-boot.cmd", &AtBoot { log }));
    }
    scripts
}

/// The script for PowerShell.
pub fn for_powershell(log: &CounterLog) -> Script {
    Script::new("perflog.ps1", &Perflog { log })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collector::{Profile, Windows};

    #[test]
    fn percent_signs_survive_the_batch_file() {
        let log = CounterLog::default().with_counters([r"\Processor(_Total)\% Processor Time"]).unwrap();
        let create = Create { log: &log }.to_string();
        assert!(create.contains(r#""\Processor(_Total)\%% Processor Time""#), "{create}");
        let new =
            r#"if not exist "c:\perflogs" mkdir "c:\perflogs" && (icacls.exe "c:\perflogs" /inheritance:r /grant:r "#;
        assert!(create.contains(new), "{create}");
        assert!(create.contains(r#"-o "c:\perflogs\%computername%_PerfLog-Long.blg""#), "{create}");
    }

    #[test]
    fn schtasks_before_vista_cannot_replace_a_task() {
        let log = CounterLog::of(Profile::Long, Windows::Xp);
        let text = AtBoot { log: &log }.to_string();
        assert!(text.contains("schtasks.exe /delete /f") && text.contains("schtasks.exe /create /tn"), "{text}");
        let create = Create { log: &log }.to_string();
        assert!(create.contains("\ncacls ") && !create.contains("icacls"), "{create}");
        let text = Perflog { log: &log }.to_string();
        assert!(text.contains("& schtasks.exe '/delete' '/f'") && text.contains("'schtasks.exe' '/create' '/tn'"));
        assert!(text.contains("cmd.exe /d /s /c 'cacls "), "{text}");
    }

    #[test]
    fn powershell_quotes_everything() {
        let log = CounterLog::default().with_folder(r"D:\it's here").unwrap();
        let text = Perflog { log: &log }.to_string();
        assert_eq!(text.matches('{').count(), text.matches('}').count(), "{text}");
        assert!(text.contains(r"('D:\it''s here\' + $env:computername + '_PerfLog-Long.blg')"), "{text}");
        assert!(text.contains(r"'\Process(*)\*'"), "{text}");
        assert!(text.contains(r"New-Item -ItemType Directory -Path 'D:\it''s here'"), "{text}");
        assert!(text.contains(r"& icacls.exe 'D:\it''s here' '/inheritance:r' '/grant:r' '*S-1-5-32-544:"), "{text}");
        assert!(text.contains(r#"'logman.exe start \"PerfLog-Long\"'"#), "{text}");
    }

    /// The arguments in a PowerShell line.
    fn arguments(line: &str) -> Vec<String> {
        let whole = line.replace("' + $env:computername + '", "%computername%").replace(['(', ')'], "\u{0}");
        let whole = whole.replace("''", "\u{1}");
        let quoted = whole.split('\'').skip(1).step_by(2);
        quoted.map(|text| text.replace('\u{1}', "'")).collect()
    }

    #[test]
    fn each_action_gives_logman_what_the_command_does() {
        let log = CounterLog::default().with_folder(r"D:\it's here").unwrap();
        let text = Perflog { log: &log }.to_string();
        for action in Action::ALL {
            let block = text.split(&format!("($Action -eq '{}')", action.name())).nth(1).unwrap();
            let line = block.lines().find(|line| line.contains("Logman.exe")).unwrap();
            let expected: Vec<_> =
                log.command(action).arguments().iter().map(|a| a.replace(['(', ')'], "\u{0}")).collect();
            let given = arguments(line);
            assert_eq!(given[given.len() - expected.len()..], expected, "{line}");
        }
        let delete = text.split("($Action -eq 'delete')").nth(1).unwrap();
        assert!(delete.contains("& schtasks.exe '/delete' '/f' '/tn' 'PerfLog-Long at boot'"), "{delete}");
    }
}
