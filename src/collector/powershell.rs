//! The collector, PoolMon and tracing as scripts for PowerShell.

use super::command::{CommandLine, VARIABLES, boot_task};
use super::logman::{Action, CounterLog};
use super::run::{LOG_EXISTS, NO_SUCH_COLLECTOR};
use super::script::{Script, WRITTEN_BY, admit_service};
use super::windows::Windows;
use super::{poolmon, trace};

/// One script for PoolMon, one for tracing: both of the machine that they run on.
pub fn of_this_machine(log: &CounterLog) -> Vec<Script> {
    vec![poolmon_script(log), trace_script(log)]
}

impl CommandLine {
    /// The arguments as PowerShell takes them, from version 2 on. Within single quotes nothing has a meaning but the quote
    /// itself; a double quote is escaped for the program, which is right while `$PSNativeCommandArgumentPassing` is
    /// `Legacy`, as it was before 7.3.
    pub(super) fn for_powershell(&self) -> String {
        let quoted = |argument: &String| {
            let mut text = format!("'{}'", escape(argument).replace('"', "\\\""));
            for variable in VARIABLES.iter().filter(|variable| argument.contains(*variable)) {
                let name = variable.trim_matches('%');
                text = format!("({})", text.replace(variable, &format!("' + $env:{name} + '")));
            }
            text
        };
        self.arguments().iter().map(quoted).collect::<Vec<_>>().join(" ")
    }

    /// The command as typed at a prompt of PowerShell. What has a quote within is left to cmd, since versions differ in
    /// how they escape one; `cmd /s` takes away the quotation marks that all of them put around the whole.
    #[must_use]
    pub fn at_powershell_prompt(&self) -> String {
        if self.arguments().iter().any(|argument| argument.contains('"')) {
            return format!("cmd.exe /d /s /c '{}'", escape(&self.to_string()));
        }
        format!("& {} {}", self.program(), self.for_powershell())
    }
}

fn escape(text: &str) -> String {
    text.replace('\'', "''")
}

/// The beginning of a script: what it does, its actions, and how a program is run.
fn head(log: &CounterLog, file: &str, purpose: &str, actions: &[&str]) -> Vec<String> {
    let actions: Vec<String> = actions.iter().map(|action| format!("'{action}'")).collect();
    [
        &format!("# {}: {purpose}.", log.name()),
        &format!("# W{WRITTEN_BY}. Run it as administrator, such as: .\\{file} {}", actions[0].replace('\'', "")),
        "param(",
        "    [Parameter(Mandatory = $true)]",
        &format!("    [ValidateSet({})]", actions.join(", ")),
        "    [string] $Action",
        ")",
        "",
        "# Quotation marks within arguments are escaped for all versions alike.",
        "$PSNativeCommandArgumentPassing = 'Legacy'",
        "$here = Split-Path -Parent $MyInvocation.MyCommand.Path",
        "",
        "function Assert-Success {",
        "    if ($LASTEXITCODE -ne 0) {",
        "        Write-Host \"$($args[0]) failed with exit code $LASTEXITCODE; what it said stands above. It needs a prompt that runs as administrator.\"",
        "        exit $LASTEXITCODE",
        "    }",
        "}",
        "",
        "function Invoke-Program {",
        "    $program = $args[0]",
        "    $rest = @($args | Select-Object -Skip 1)",
        "    & $program @rest",
        "    Assert-Success $program",
        "}",
        "",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// `if … elseif …`, a block an action.
fn actions(lines: &mut Vec<String>, blocks: &[(&str, Vec<String>)]) {
    for (number, (action, block)) in blocks.iter().enumerate() {
        let word = if number == 0 { "if" } else { "elseif" };
        lines.push(format!("{word} ($Action -eq '{action}') {{"));
        lines.extend(block.iter().map(|line| format!("    {line}")));
        lines.push("}".to_owned());
    }
}

fn run(command: &CommandLine) -> String {
    format!("Invoke-Program '{}' {}", command.program(), command.for_powershell())
}

fn make_folder(folder: &str) -> String {
    format!("New-Item -ItemType Directory -Force -Path '{}' | Out-Null", escape(folder))
}

/// A command of which nobody needs to hear, and which may fail.
fn quietly(command: &CommandLine) -> String {
    format!("& {} {} 2>&1 | Out-Null", command.program(), command.for_powershell())
}

/// Creates a task in the place of an older one.
fn create_task(log: &CounterLog, create: &CommandLine, delete: &CommandLine) -> Vec<String> {
    let before = (log.windows() <= Windows::Xp).then(|| quietly(delete));
    before.into_iter().chain([run(create)]).collect()
}

/// All actions of the collector in one script.
pub fn perflog(log: &CounterLog) -> Script {
    let mut blocks: Vec<(&str, Vec<String>)> =
        Action::ALL.iter().map(|action| (action.name(), vec![run(&log.command(*action))])).collect();
    for (action, block) in &mut blocks {
        if *action == "create" && log.remote().is_none() {
            let admit = admit_service(log).map(|command| format!("cmd.exe /d /s /c '{}' | Out-Null", escape(&command)));
            block.splice(0..0, [make_folder(log.folder())].into_iter().chain(admit));
        }
        if *action == "delete" {
            let task = boot_task(log, false);
            let delete = log.command(Action::Delete);
            *block = vec![
                format!("& {} {}", delete.program(), delete.for_powershell()),
                "$code = $LASTEXITCODE".to_owned(),
                "# The task of at-boot, where there is one, goes with the collector, or where that is gone already."
                    .to_owned(),
                format!("if ($code -eq 0 -or $code -eq {NO_SUCH_COLLECTOR}) {{"),
                format!("    {}", quietly(&task)),
                "}".to_owned(),
                "exit $code".to_owned(),
            ];
        }
    }
    let start = log.command(Action::Start);
    let unchecked = format!("& {} {}", start.program(), start.for_powershell());
    let rotate = [
        run(&log.command(Action::Stop)),
        unchecked.clone(),
        format!("if ({}) {{", LOG_EXISTS.map(|code| format!("$LASTEXITCODE -eq {code}")).join(" -or ")),
        "    Write-Host 'The name of a log tells the minute, and this minute has one: the next is waited for.'"
            .to_owned(),
        "    Start-Sleep -Seconds 60".to_owned(),
        format!("    {unchecked}"),
        "}".to_owned(),
        format!("Assert-Success '{}'", start.program()),
    ];
    blocks.push(("rotate", rotate.to_vec()));
    let mut purpose = "creates, starts, stops, rotates and removes the collector, and says whether it runs";
    if !log.is_scheduled() {
        blocks.push(("at-boot", create_task(log, &boot_task(log, true), &boot_task(log, false))));
        purpose = "creates, starts, stops, rotates and removes the collector, says whether it runs, and starts it after each restart";
    }
    let names: Vec<&str> = blocks.iter().map(|(name, _)| *name).collect();
    let mut lines = head(log, "perflog.ps1", purpose, &names);
    actions(&mut lines, &blocks);
    Script::new("perflog.ps1", &lines)
}

fn poolmon_script(log: &CounterLog) -> Script {
    let purpose = "PoolMon snapshots every half hour by a scheduled task; stop removes it, and the snapshots stay";
    let mut lines = head(log, "poolmon.ps1", purpose, &["start", "stop"]);
    let mut start = [
        &format!("foreach ($file in 'poolmon.exe', '{}') {{", poolmon::SNAPSHOT),
        "    if (-not (Test-Path -LiteralPath (Join-Path $here $file))) {",
        "        Write-Host \"$file is not beside this script. poolmon.exe is in the Windows Driver Kit: copy it here.\"",
        "        exit 2",
        "    }",
        "}",
        &make_folder(log.local_folder()),
        "New-Item -ItemType Directory -Force -Path $programs | Out-Null",
        &format!("foreach ($file in 'poolmon.exe', '{}') {{", poolmon::SNAPSHOT),
        "    Copy-Item -LiteralPath (Join-Path $here $file) $programs -Force -ErrorAction Stop",
        "}",
    ]
    .map(str::to_owned)
    .to_vec();
    start.extend(create_task(log, &poolmon::task(log, true), &poolmon::task(log, false)));
    let stop = [run(&poolmon::task(log, false)), "Remove-Item -LiteralPath $programs -Recurse -Force".to_owned()];
    lines.push(format!("$programs = Join-Path $env:ProgramFiles '{}'", escape(&poolmon::name(log))));
    lines.push(String::new());
    actions(&mut lines, &[("start", start), ("stop", stop.to_vec())]);
    Script::new("poolmon.ps1", &lines)
}

fn trace_script(log: &CounterLog) -> Script {
    let purpose =
        "records pool allocations with their stacks, for leaks of some MB a minute; cancel throws the trace away";
    let mut lines = head(log, "trace.ps1", purpose, &["start", "stop", "cancel"]);
    lines.extend(
        [
            "$wpr = Get-Command wpr.exe -ErrorAction SilentlyContinue",
            "if (-not $wpr -and -not (Get-Command xperf.exe -ErrorAction SilentlyContinue)) {",
            &format!("    Write-Host '{}'", escape(trace::NO_RECORDER)),
            "    exit 2",
            "}",
            "",
        ]
        .map(str::to_owned),
    );
    let owned = |arguments: &[&str]| arguments.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>();
    let either = |wpr: &[&str], xperf: Vec<String>, then: &str| {
        let [wpr, xperf] = [CommandLine::new("wpr.exe", owned(wpr)), CommandLine::new("xperf.exe", xperf)]
            .map(|command| run(&command));
        format!("if ($wpr) {{ {wpr} }} else {{ {xperf}{then} }}")
    };
    let (file, folder) = (trace::finished(log), make_folder(log.local_folder()));
    let tidy = format!("; Remove-Item -LiteralPath '{}' -ErrorAction SilentlyContinue", escape(&trace::raw(log)));
    actions(
        &mut lines,
        &[
            ("start", vec![folder.clone(), either(trace::WPR_START, trace::xperf_start(log), "")]),
            ("stop", vec![folder, either(&["-stop", &file], owned(&["-d", &file]), &tidy)]),
            ("cancel", vec![either(&["-cancel"], owned(&["-stop"]), &tidy)]),
        ],
    );
    Script::new("trace.ps1", &lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powershell_quotes_everything() {
        let log = CounterLog::default().with_folder(r"D:\it's here").unwrap();
        for script in of_this_machine(&log).into_iter().chain([perflog(&log)]) {
            assert_eq!(script.text.matches('{').count(), script.text.matches('}').count(), "{}", script.text);
        }
        let text = perflog(&log).text;
        assert!(text.contains(r"('D:\it''s here\' + $env:computername + '_PerfLog-Long.blg')"), "{text}");
        assert!(
            text.contains(r"'\Process(*)\*'")
                && text.contains("New-Item -ItemType Directory -Force -Path 'D:\\it''s here'")
        );
        assert!(text.contains(r#"'logman.exe start \"PerfLog-Long\"'"#), "{text}");
        let task = r#"'/tr' ('\"' + $env:ProgramFiles + '\PerfLog-Long PoolMon\poolmon-snapshot.cmd\"')"#;
        assert!(poolmon_script(&log).text.contains(task));
    }

    /// The arguments that a line of a script gives a program.
    fn arguments(line: &str) -> Vec<String> {
        let whole = line.replace("' + $env:computername + '", "%computername%").replace(['(', ')'], "\u{0}");
        let whole = whole.replace("''", "\u{1}");
        let quoted = whole.split('\'').skip(1).step_by(2);
        quoted.map(|text| text.replace('\u{1}', "'")).collect()
    }

    #[test]
    fn each_action_gives_logman_what_the_command_does() {
        let log = CounterLog::default().with_folder(r"D:\it's here").unwrap();
        let text = perflog(&log).text;
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

    #[test]
    fn a_command_as_typed() {
        assert_eq!(
            CounterLog::default().command(Action::Stop).at_powershell_prompt(),
            "& Logman.exe 'stop' 'PerfLog-Long'"
        );
        assert!(
            boot_task(&CounterLog::default(), true)
                .at_powershell_prompt()
                .starts_with(r#"cmd.exe /d /s /c 'schtasks.exe /create /f /tn "PerfLog-Long at boot""#)
        );
    }
}
