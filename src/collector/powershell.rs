//! The collector, PoolMon and tracing as scripts for PowerShell.

use super::command::{CommandLine, VARIABLES, boot_task};
use super::logman::{Action, CounterLog};
use super::run::NO_SUCH_COLLECTOR;
use super::script::Script;
use super::{poolmon, trace};

/// One script for the collector, one for PoolMon, one for tracing.
pub fn scripts(log: &CounterLog) -> Vec<Script> {
    vec![perflog(log), poolmon_script(log), trace_script(log)]
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

    /// The command as typed at a prompt of PowerShell. What has a quote within is passed as it stands, since versions
    /// differ in how they escape one.
    #[must_use]
    pub fn at_powershell_prompt(&self) -> String {
        if self.arguments().iter().any(|argument| argument.contains('"')) {
            return self.to_string().replacen(self.program(), &format!("{} --%", self.program()), 1);
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
        &format!("# Written by perfverdict collect script. Run it as administrator, such as: .\\{file} {}", actions[0].replace('\'', "")),
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
        "function Invoke-Program {",
        "    $program = $args[0]",
        "    $rest = @($args | Select-Object -Skip 1)",
        "    & $program @rest",
        "    if ($LASTEXITCODE -ne 0) {",
        "        Write-Host \"$program failed with exit code $LASTEXITCODE; what it said stands above. It needs a prompt that runs as administrator.\"",
        "        exit $LASTEXITCODE",
        "    }",
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

fn make_folder(log: &CounterLog) -> String {
    format!("New-Item -ItemType Directory -Force -Path '{}' | Out-Null", escape(log.folder()))
}

/// All actions of the collector in one script.
fn perflog(log: &CounterLog) -> Script {
    let mut blocks: Vec<(&str, Vec<String>)> =
        Action::ALL.iter().map(|action| (action.name(), vec![run(&log.command(*action))])).collect();
    for (action, block) in &mut blocks {
        if *action == "create" && log.remote().is_none() {
            block.insert(0, make_folder(log));
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
                format!("    & {} {} 2>&1 | Out-Null", task.program(), task.for_powershell()),
                "}".to_owned(),
                "exit $code".to_owned(),
            ];
        }
    }
    blocks.push(("rotate", [Action::Stop, Action::Start].map(|action| run(&log.command(action))).to_vec()));
    blocks.push(("at-boot", vec![run(&boot_task(log, true))]));
    let names: Vec<&str> = blocks.iter().map(|(name, _)| *name).collect();
    let purpose = "creates, starts, stops, rotates and removes the collector, says whether it runs, and starts it after each restart";
    let mut lines = head(log, "perflog.ps1", purpose, &names);
    actions(&mut lines, &blocks);
    Script::new("perflog.ps1", &lines)
}

fn poolmon_script(log: &CounterLog) -> Script {
    let purpose = "PoolMon snapshots every half hour by a scheduled task; stop removes it, and the snapshots stay";
    let mut lines = head(log, "poolmon.ps1", purpose, &["start", "stop"]);
    let start = [
        &format!("foreach ($file in 'poolmon.exe', '{}') {{", poolmon::SNAPSHOT),
        "    if (-not (Test-Path (Join-Path $here $file))) {",
        "        Write-Host \"$file is not beside this script. poolmon.exe is in the Windows Driver Kit: copy it here.\"",
        "        exit 2",
        "    }",
        "}",
        &make_folder(log),
        "New-Item -ItemType Directory -Force -Path $programs | Out-Null",
        &format!("foreach ($file in 'poolmon.exe', '{}') {{", poolmon::SNAPSHOT),
        "    Copy-Item (Join-Path $here $file) $programs -Force -ErrorAction Stop",
        "}",
        &run(&poolmon::task(log, true)),
    ]
    .map(str::to_owned);
    let stop = [run(&poolmon::task(log, false)), "Remove-Item $programs -Recurse -Force".to_owned()];
    lines.push(format!("$programs = Join-Path $env:ProgramFiles '{}'", escape(&poolmon::name(log))));
    lines.push(String::new());
    actions(&mut lines, &[("start", start.to_vec()), ("stop", stop.to_vec())]);
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
    let command = |program: &'static str, arguments: &[&str]| {
        run(&CommandLine::new(program, arguments.iter().map(|a| (*a).to_owned()).collect()))
    };
    let either = |wpr: &[&str], xperf: &[&str]| {
        let blocks = [command("wpr.exe", wpr), command("xperf.exe", xperf)];
        format!("if ($wpr) {{ {} }} else {{ {} }}", blocks[0], blocks[1])
    };
    let file = format!("{}\\pool.etl", log.folder());
    actions(
        &mut lines,
        &[
            ("start", vec![either(trace::WPR_START, trace::XPERF_START)]),
            ("stop", vec![make_folder(log), either(&["-stop", &file], &["-d", &file])]),
            ("cancel", vec![either(&["-cancel"], &["-stop"])]),
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
        for script in scripts(&log) {
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

    #[test]
    fn a_command_as_typed() {
        assert_eq!(
            CounterLog::default().command(Action::Stop).at_powershell_prompt(),
            "& Logman.exe 'stop' 'PerfLog-Long'"
        );
        assert!(
            boot_task(&CounterLog::default(), true)
                .at_powershell_prompt()
                .starts_with(r#"schtasks.exe --% /create /f /tn "PerfLog-Long at boot""#)
        );
    }
}
