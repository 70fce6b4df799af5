//! Next steps for a process that leaks.

use super::command::{Command, maybe, plain, run, step};
use crate::attribute::suspect::Suspect;
use crate::checks::about::{Life, ProcessFacts};
use crate::counters::ProcessField;
use crate::explain::words::process_name;
use crate::machine::SYSTEM_PID;
use crate::model::{NextStep, Risk};

/// Processes that Windows cannot run without.
const VITAL: &[&str] = &["System", "smss", "csrss", "wininit", "winlogon", "services", "lsass", "lsm", "Registry"];

/// A process by its name and id.
#[derive(Clone, Copy)]
pub struct Named<'a> {
    /// Base name.
    pub name: &'a str,
    /// Process id.
    pub pid: Option<u32>,
}

impl Named<'_> {
    fn shown(self) -> String {
        process_name(self.name, self.pid)
    }

    fn command(self, line: impl Fn(u32) -> String) -> Option<String> {
        self.pid.map(line)
    }
}

/// Steps for a finding about a process.
pub fn of_finding(process: &ProcessFacts) -> Vec<NextStep> {
    let named = Named { name: &process.name, pid: process.pid };
    match process.life {
        Life::Running => running(named, process.field),
        Life::Ended => {
            let command = plain(named.name).map(|name| Command::powershell(format!("Get-Process -Name '{name}'")));
            let text =
                format!("{} has ended: check whether its successor grows too, and what restarts it", named.shown());
            vec![maybe(text, command)]
        }
    }
}

/// Steps for a running process.
pub fn running(process: Named<'_>, field: ProcessField) -> Vec<NextStep> {
    let shown = process.shown();
    let dump = |line: Option<String>| line.map(|line| Command::any(line).risk(Risk::Medium));
    let first = match field {
        ProcessField::PrivateBytes
        | ProcessField::WorkingSet
        | ProcessField::WorkingSetPrivate
        | ProcessField::VirtualBytes => maybe(
            format!(
                "Take two memory dumps of {shown} some hours apart (ProcDump from Sysinternals) and compare what fills them; for a \
                 .NET program dotnet-gcdump lists it by type. The process pauses while a dump is written"
            ),
            dump(process.command(|pid| format!("procdump.exe -ma {pid}"))),
        ),
        ProcessField::ThreadCount => maybe(
            format!("Find out what the threads of {shown} wait for: threads with the same stack are never ended"),
            dump(process.command(|pid| format!("procdump.exe -mt {pid}"))),
        ),
        _ => handles(process, process.command(|pid| format!("handle.exe -s -p {pid}"))),
    };
    let mut steps = vec![first];
    restart_and_report(&mut steps, process);
    steps
}

/// The step that finds the kind of handle that is never closed.
fn handles(process: Named<'_>, line: Option<String>) -> NextStep {
    let text = format!(
        "Count the handles of {} by type (Handle from Sysinternals): a type that keeps rising is opened and never closed",
        process.shown()
    );
    maybe(text, line.map(Command::any))
}

/// How to stop a process's leak, temporarily and permanently: svchost by its services, vital processes by restarting
/// the machine, System by its driver.
fn restart_and_report(steps: &mut Vec<NextStep>, process: Named<'_>) {
    let (name, shown) = (process.name, process.shown());
    if process.pid == Some(SYSTEM_PID) {
        steps.push(step("Drivers allocate what System uses: find the driver with the steps of the pool that grows"));
    } else if VITAL.iter().any(|vital| name.eq_ignore_ascii_case(vital)) {
        steps.push(step(format!("Plan a restart of the machine: Windows cannot run without {name}, so do not end it")));
        steps.push(components(process));
    } else if name.eq_ignore_ascii_case("svchost") {
        let services = process.command(|pid| format!("tasklist /svc /fi \"PID eq {pid}\""));
        let text = format!("List the services in {shown}, and restart them one by one in a maintenance window");
        steps.push(maybe(text, services.map(Command::any)));
        steps.push(components(process));
    } else {
        steps.push(step(format!(
            "Restart {shown} in a maintenance window: if usage drops at once, the leak is confirmed"
        )));
        let version = process.command(|pid| {
            format!("Get-Process -Id {pid} -FileVersionInfo | Format-List FileName, CompanyName, FileVersion")
        });
        steps.push(maybe(update(name), version.map(Command::powershell)));
    }
}

fn update(name: &str) -> String {
    format!("Update {name}, and report the leak to its vendor with this page")
}

/// The step that lists the modules in a Windows process.
fn components(process: Named<'_>) -> NextStep {
    let modules = process.command(|pid| {
        format!(
            "Get-Process -Id {pid} -Module | Where-Object {{ $_.Company -notmatch 'Microsoft' }} | Format-Table ModuleName, \
             Company, FileName"
        )
    });
    maybe(
        "Usually a component that is loaded into it leaks: list those that are not from Microsoft",
        modules.map(Command::powershell),
    )
}

/// Steps for the processes behind a pool's growth.
pub fn holders(steps: &mut Vec<NextStep>, suspect: Option<&Suspect>) {
    let Some(suspect) = suspect else {
        steps.push(run(
            "No single process uses much of the growth: count processes by name, and look for one that is started again and again \
             and does not end",
            Command::powershell(
                "Get-Process | Group-Object Name | Sort-Object Count -Descending | Select-Object -First 15 Count, Name",
            ),
        ));
        return;
    };
    let process = Named { name: &suspect.name, pid: suspect.pid };
    if let Some(pid) = suspect.pid {
        steps.push(handles(process, Some(format!("handle.exe -s -p {pid}"))));
        restart_and_report(steps, process);
    } else if suspect.processes == 1 {
        steps.push(handles(process, plain(process.name).map(|name| format!("handle.exe -s -p \"{name}\""))));
        steps.push(step(update(process.name)));
    } else {
        let list = plain(process.name).map(|name| {
            format!("Get-Process -Name '{name}' | Sort-Object StartTime | Format-Table Id, StartTime, Handles")
        });
        let text = format!(
            "List the {} processes with their handles: does their number grow, or does each of them grow?",
            process.name
        );
        steps.push(maybe(text, list.map(Command::powershell)));
        steps.push(step("Find what starts them, restart that in a maintenance window, and update it"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::suspect::Basis;

    #[test]
    fn no_name_from_a_log_becomes_a_command() {
        for (name, is_plain) in
            [("w3wp", true), ("a & calc", false), ("a'; calc #", false), ("a\u{2019}", false), ("$(x)", false)]
        {
            for processes in [1, 8] {
                let suspect = Suspect::correlated(name, None, 1.0, 0.0);
                let suspect = Suspect { processes, basis: Basis::GrowsWhileItRuns, ..suspect };
                let mut steps = Vec::new();
                holders(&mut steps, Some(&suspect));
                let named = steps.iter().filter_map(|s| s.command.as_deref()).any(|command| command.contains(name));
                assert_eq!(named, is_plain, "{name}: {steps:?}");
            }
        }
    }
}
