//! A kit to see it all work: a leak made on purpose on a test machine, logged and found.

use super::logman::{Action, CounterLog};
use super::profile::Profile;
use super::script::{Script, WRITTEN_BY, admit_service, folder, for_batch_file, head};
use super::settings::Refused;

/// Seconds between samples. Together with the minutes below it gives some two hundred samples: enough for the leak to
/// stand out, and for nobody to fall asleep over it.
const INTERVAL: u32 = 15;
/// Minutes before the leak, which show what the machine is like without.
const QUIET_MINUTES: u32 = 10;
/// Minutes of the leak, unless told otherwise.
pub const LEAK_MINUTES: u32 = 45;
/// KB a second to set in NotMyFault: 45 minutes of it are 0.6 GB, which a machine of 4 GB has, and far more than a quiet
/// machine's pool moves.
pub const LEAK_RATE: u32 = 250;
/// Minutes between PoolMon snapshots, where there is a PoolMon.
const SNAPSHOT_MINUTES: u32 = 5;

/// The collector that watches: as the lean one, and faster.
fn watcher(log: &CounterLog) -> Result<CounterLog, Refused> {
    CounterLog::of(Profile::Lean, log.windows())
        .with_name("PerfLog-Reproduce")?
        .with_folder(log.local_folder())?
        .with_interval(INTERVAL)?
        .with_max_megabytes(200)
        .map(|watcher| watcher.in_subfolder("reproduce"))
}

/// The script, the same for PowerShell, and the page that tells of them.
pub fn kit(log: &CounterLog) -> Vec<Script> {
    // Its settings are constants, and the folder was checked: it is refused for no log.
    watcher(log).map_or_else(|_| Vec::new(), |watcher| vec![script(&watcher), powershell(), page(&watcher)])
}

fn script(log: &CounterLog) -> Script {
    let folder_of_logs = log.folder();
    let mut lines =
        head(log, "makes a leak with Sysinternals NotMyFault on a TEST machine, and has perfverdict find it");
    lines.extend(
        [
            "rem reproduce.cmd leak [minutes] [minutes before]; see REPRODUCE.md",
            "set RESULT=",
            "set NUMBER=0",
            "set FAULT=notmyfault64.exe",
            "if not exist \"%~dp0%FAULT%\" set FAULT=notmyfault.exe",
            "if /i \"%~1\"==\"leak\" goto agreed",
            "echo This leaks nonpaged pool of %COMPUTERNAME% until it is restarted: for test machines only.",
            "echo To do it: reproduce.cmd leak",
            "exit /b 2",
            ":agreed",
            "if exist \"%~dp0%FAULT%\" goto present",
            "echo notmyfault64.exe of Sysinternals NotMyFault is not beside this script: copy it here.",
            "exit /b 2",
            ":present",
            &format!("set MINUTES={LEAK_MINUTES}"),
            "if not \"%~2\"==\"\" set /a MINUTES=%~2",
            &format!("set BEFORE={QUIET_MINUTES}"),
            "if not \"%~3\"==\"\" set /a BEFORE=%~3",
        ]
        .map(str::to_owned),
    );
    // The report would be of both runs.
    lines
        .extend(["*.blg", "poolmonlog*.txt"].map(|files| format!("if exist \"{folder_of_logs}\\{files}\" goto again")));
    lines.extend(folder(folder_of_logs));
    lines.extend(admit_service(log).map(|command| format!("{command} >nul")));
    lines.push(for_batch_file(&log.command(Action::Create)));
    lines.push("if not \"%ERRORLEVEL%\"==\"0\" goto failed".to_owned());
    lines.push(for_batch_file(&log.command(Action::Start)));
    lines.push("if not \"%ERRORLEVEL%\"==\"0\" goto unstarted".to_owned());
    let wait = |seconds: u32| format!("ping -n {} 127.0.0.1 >nul", seconds + 1);
    lines.extend(
        [
            "echo First %BEFORE% minutes without a leak.",
            "call :wait %BEFORE%",
            "start \"NotMyFault\" \"%~dp0%FAULT%\" /accepteula",
            &format!("echo In NotMyFault's window, tab Leak: set {LEAK_RATE} KB a second and press Leak Nonpaged."),
            "echo It then leaks for %MINUTES% minutes. Leave both windows open.",
            "call :wait %MINUTES%",
        ]
        .map(str::to_owned),
    );
    lines.push(for_batch_file(&log.command(Action::Stop)));
    lines.push("set RESULT=%ERRORLEVEL%".to_owned());
    lines.push(for_batch_file(&log.command(Action::Delete)));
    lines.extend(
        [
            "echo Press Stop Leaking and close NotMyFault. What leaked comes back only with a restart.",
            "if not \"%RESULT%\"==\"0\" goto failed",
            "if not exist \"%~dp0perfverdict.exe\" goto elsewhere",
            &format!(
                "\"%~dp0perfverdict.exe\" analyze \"{folder_of_logs}\" --drivers \"%SystemRoot%\\System32\\drivers\" -o \"{folder_of_logs}\\report.html\""
            ),
            "exit /b %ERRORLEVEL%",
            ":elsewhere",
            &format!("echo perfverdict.exe is not beside this script. Where it is: perfverdict analyze \"{folder_of_logs}\" -o report.html"),
            "exit /b 0",
            ":again",
            &format!("echo \"{folder_of_logs}\" holds the logs of an earlier run: move that folder away, and run this again."),
            "exit /b 2",
            ":unstarted",
            "set RESULT=%ERRORLEVEL%",
            &for_batch_file(&log.command(Action::Delete)),
            "echo The collector was not started. Run this as administrator.",
            "exit /b %RESULT%",
            ":failed",
            "if \"%RESULT%\"==\"\" set RESULT=%ERRORLEVEL%",
            "echo The collector failed. Run this as administrator; if it exists already:",
            &format!("echo   logman.exe delete {}", log.name()),
            "exit /b %RESULT%",
            ":wait",
            "rem So many minutes; every few a PoolMon snapshot, where poolmon.exe is beside this script.",
            "set /a LEFT=%~1",
            ":minute",
            "if %LEFT% LEQ 0 exit /b 0",
            &format!("set /a SHOT=LEFT %% {SNAPSHOT_MINUTES}"),
            "if not \"%SHOT%\"==\"0\" goto sleep",
            "if not exist \"%~dp0poolmon.exe\" goto sleep",
            "set /a NUMBER=NUMBER+1",
            &format!("\"%~dp0poolmon.exe\" /b /n \"{folder_of_logs}\\poolmonlog%NUMBER%.txt\""),
            &format!(">>\"{folder_of_logs}\\poolmonlog%NUMBER%.txt\" echo Taken %DATE% %TIME%"),
            ":sleep",
            &wait(60),
            "set /a LEFT=LEFT-1",
            "goto minute",
        ]
        .map(str::to_owned),
    );
    Script::new("reproduce.cmd", &lines)
}

/// For those who are at a prompt of PowerShell: the same script, run by cmd.
fn powershell() -> Script {
    let lines = [
        "# Makes a leak with Sysinternals NotMyFault on a TEST machine, and has perfverdict find it; see REPRODUCE.md.",
        &format!("# W{WRITTEN_BY}. Run it as administrator: .\\reproduce.ps1 leak"),
        "$here = Split-Path -Parent $MyInvocation.MyCommand.Path",
        "& (Join-Path $here 'reproduce.cmd') @args",
        "exit $LASTEXITCODE",
    ];
    Script::new("reproduce.ps1", &lines.map(str::to_owned))
}

fn page(log: &CounterLog) -> Script {
    let folder_of_logs = log.folder();
    let lines = [
        "# A leak on purpose".to_owned(),
        String::new(),
        "See the whole road once before you need it: a driver that leaks, a log of it, and the report that names it. It takes".to_owned(),
        format!("about an hour and {} MB of nonpaged pool, which come back only with a restart.", LEAK_RATE * LEAK_MINUTES * 60 / 1024),
        String::new(),
        "**On a test machine only**, best a virtual one of 4 GB or more with a snapshot taken before. NotMyFault loads a driver that is".to_owned(),
        "made to break Windows.".to_owned(),
        String::new(),
        "1. Copy this folder to the test machine. Beside `reproduce.cmd` put `notmyfault64.exe` (Sysinternals NotMyFault),".to_owned(),
        "   `perfverdict.exe`, and, if you have the Windows Driver Kit, `poolmon.exe`.".to_owned(),
        "2. In a prompt that runs as administrator: `reproduce.cmd leak` (PowerShell: `.\\reproduce.ps1 leak`).".to_owned(),
        format!("   It creates and starts the collector {} with a sample every {INTERVAL} seconds into {folder_of_logs}, and", log.name()),
        format!("   waits {QUIET_MINUTES} minutes: what the machine is like without a leak."),
        format!("3. NotMyFault opens. On its tab **Leak** set **{LEAK_RATE}** KB a second and press **Leak Nonpaged**."),
        format!("4. After {LEAK_MINUTES} minutes the script stops and removes the collector and analyses the log."),
        "5. Press **Stop Leaking**, close NotMyFault, and read `report.html`. Restart the machine.".to_owned(),
        String::new(),
        "What the report should say: nonpaged pool leaks, held by drivers and not by processes, at about".to_owned(),
        format!(
            "{:.1} GB a day, since the minute in which you pressed the button. With `poolmon.exe` it names tag `Leak`, and myfault.sys,",
            f64::from(LEAK_RATE) * 86_400.0 / f64::from(1 << 20)
        ),
        "which holds that tag. (NotMyFault keeps the driver file only while it runs: leave it open until the report is there.)".to_owned(),
        String::new(),
        "`reproduce.cmd leak 90 20` leaks for 90 minutes after 20 without. Leaking **paged** pool instead works alike.".to_owned(),
        String::new(),
        "If it stops halfway, clean up with".to_owned(),
        String::new(),
        "```".to_owned(),
        log.command_line(Action::Stop),
        log.command_line(Action::Delete),
        "```".to_owned(),
        String::new(),
        format!("(W{WRITTEN_BY}.)"),
    ];
    Script::new("REPRODUCE.md", &lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_is_there_and_nothing_is_left_behind() {
        let kit = kit(&CounterLog::default());
        let text = &kit[0].text;
        for line in text.lines() {
            for word in ["goto ", "call :"] {
                if let Some((_, label)) = line.split_once(word) {
                    let label = label.split(' ').next().unwrap();
                    assert!(text.lines().any(|line| line == format!(":{label}")), "{line}");
                }
            }
        }
        assert!(text.contains("Logman.exe delete PerfLog-Reproduce") && text.contains("-si 00:00:15"), "{text}");
        assert_eq!(kit.len(), 3);
    }
}
