//! What to do next, in the order in which it narrows.

use crate::attribute::origin::Holders;
use crate::attribute::tags::Tags;
use crate::base::units;
use crate::checks::finding::Subjects;
use crate::checks::judgement::Judgement;
use crate::counters::ProcessField;
use crate::explain::kernel_advice;
use crate::machine::Pool;
use crate::machine::Process;
use crate::model::{NextStep, Origin, Role, Severity, Suspect, Verdict};

pub(super) fn step(text: impl Into<String>, command: Option<&str>) -> NextStep {
    NextStep { text: text.into(), command: command.map(str::to_owned) }
}

/// Steps when the pool's counter is not in the log.
pub fn log_memory() -> Vec<NextStep> {
    vec![step(
        "Log \\Memory\\* and \\Process(*)\\*, as the PerfLog-Long collector does",
        Some("perfverdict collect create"),
    )]
}

/// Steps when snapshots alone show a pool grow.
pub fn after_snapshots(of: &Subjects<'_>, pool: Pool, judgement: &Judgement, tags: &Tags) -> Vec<NextStep> {
    let mut steps = vec![step(
        "Log counters over a day and a night, and analyse the log with these snapshots: it tells leak from load, and drivers \
         from processes",
        Some("perfverdict collect create"),
    )];
    kernel_advice::steps(&mut steps, of, pool, judgement, tags);
    steps
}

/// Steps when a pool does not grow, but takes much of RAM.
pub fn full(of: &Subjects<'_>, pool: Pool, judgement: &Judgement, tags: &Tags) -> Vec<NextStep> {
    let mut steps = vec![step(
        "Find what holds it: it may have leaked before this log, and wait for what sets it off. Log through a restart and the hours \
         after it, to see it come",
        Some("perfverdict collect create"),
    )];
    kernel_advice::steps(&mut steps, of, pool, judgement, tags);
    steps
}

/// Steps when an event says that there was no memory, and counters show none of it.
pub fn refused(mut steps: Vec<NextStep>) -> Vec<NextStep> {
    steps.insert(
        0,
        step(
            "Look for limits of the pools in the registry (NonPagedPoolSize, PagedPoolSize, PoolUsageMaximum); where there is \
             none, log at a shorter interval to catch the burst",
            Some(r#"reg.exe query "HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management""#),
        ),
    );
    steps
}

/// Steps after a pool's verdict.
pub fn next_steps(
    of: &Subjects<'_>,
    pool: Pool,
    judgement: &Judgement,
    holders: Option<&Holders>,
    tags: &Tags,
) -> Vec<NextStep> {
    let verdict = judgement.verdict;
    let kernel = |steps: &mut Vec<NextStep>| kernel_advice::steps(steps, of, pool, judgement, tags);
    match (verdict, holders) {
        (Verdict::Leak | Verdict::SuspectedLeak, Some(holders)) => {
            let mut steps = Vec::new();
            if verdict == Verdict::SuspectedLeak {
                steps.push(step(
                    "Keep the collector running over at least one more day and night, and analyse both logs together: \
                     growth that survives the night is a leak",
                    Some("perfverdict analyze first.blg second.blg -o report.html"),
                ));
            }
            if let Some(trigger) = holders.suspects.iter().find(|s| s.role == Role::Trigger) {
                steps.push(step(
                    format!(
                        "Stop {} for a day, or keep it from starting: if the pool stops growing, it sets the leak off, and the \
                         drivers that came with it are the first to look at",
                        units::process(&trigger.name, trigger.pid)
                    ),
                    None,
                ));
            }
            match holders.origin {
                Origin::User if holders.unlisted && holders.suspects.is_empty() => steps.push(step(
                    r"Log into a .blg, which lists processes that start later too; a CSV lists only those that ran when it began",
                    Some("perfverdict collect create"),
                )),
                Origin::User => user(&mut steps, holders.suspects.first()),
                Origin::Kernel => kernel(&mut steps),
                Origin::Both => {
                    user(&mut steps, holders.suspects.first());
                    kernel(&mut steps);
                }
                Origin::Unknown => {
                    steps.push(step(
                        r"Log all of \Process(*)\*, _Total among it: it tells whether processes or drivers hold the growth",
                        Some("perfverdict collect create"),
                    ));
                    kernel(&mut steps);
                }
            }
            steps
        }
        (Verdict::InsufficientData, _) => {
            let mut steps = vec![collect_more(judgement)];
            if !tags.leads.is_empty() {
                kernel(&mut steps);
            }
            steps
        }
        (Verdict::Step, _) => vec![step(
            "Look what was started, installed or opened at the time of the step. If steps repeat, analyse a longer log: \
             a staircase is a leak",
            None,
        )],
        _ => vec![step(
            "Nothing to do about this pool. If the machine gets slow or hangs all the same, keep the collector running and \
             analyse a log that holds the trouble",
            None,
        )],
    }
}

/// How long to collect, and how often.
fn collect_more(judgement: &Judgement) -> NextStep {
    let Some(collect) = judgement.collect else {
        return step("Let the collector run for a day and a night", Some("perfverdict collect create"));
    };
    let interval = collect.interval_seconds;
    step(
        format!(
            "Let the collector run for at least {}, with a sample every {}, and through the trouble itself",
            units::duration(collect.hours),
            units::duration(interval / 3600.0)
        ),
        Some(&format!("perfverdict collect create --interval {interval:.0}s")),
    )
}

/// Steps after a process's finding.
pub fn process_steps(process: &Process, field: ProcessField, lives: bool) -> Vec<NextStep> {
    let name = &process.name;
    let who = units::process(name, process.pid);
    let mut steps = Vec::new();
    if !lives {
        steps.push(step(
            format!("{who} has ended: look whether its successor grows as well, and what restarts it"),
            plain(name).map(|name| format!("Get-Process -Name '{name}'")).as_deref(),
        ));
        return steps;
    }
    match (field, process.pid) {
        (ProcessField::PrivateBytes | ProcessField::WorkingSet, pid) => steps.push(step(
            format!(
                "Take two memory dumps of {who} some hours apart (ProcDump of Sysinternals), and compare what fills them; \
                 for a .NET program dotnet-gcdump says it by type"
            ),
            pid.map(|pid| format!("procdump.exe -ma {pid}")).as_deref(),
        )),
        (ProcessField::ThreadCount, pid) => steps.push(step(
            format!("Look what the threads of {who} wait for: those of one stack are never ended"),
            pid.map(|pid| format!("procdump.exe -mt {pid}")).as_deref(),
        )),
        (_, pid) => steps.push(step(
            format!("Count the handles of {who} by type: a type that keeps rising names what is opened and never closed"),
            pid.map(|pid| format!("handle.exe -s -p {pid}")).as_deref(),
        )),
    }
    restart_and_report(&mut steps, name, process.pid);
    steps
}

/// How to get rid of a process's leak for now and for good: svchost by its services, what Windows cannot run without
/// with the machine, what System holds by its driver.
fn restart_and_report(steps: &mut Vec<NextStep>, name: &str, pid: Option<u32>) {
    let who = units::process(name, pid);
    let command = |of: &dyn Fn(u32) -> String| pid.map(of);
    let modules = command(&|pid| {
        format!(
            "Get-Process -Id {pid} -Module | Where-Object {{ $_.Company -notmatch 'Microsoft' }} | Format-Table ModuleName, \
             Company, FileName"
        )
    });
    let components = step(
        "What leaks in it is mostly a component loaded into it: list those that are not Microsoft's",
        modules.as_deref(),
    );
    if pid == Some(4) {
        steps
            .push(step("What System holds drivers took: find the driver, with the steps of the pool that grows", None));
    } else if VITAL.iter().any(|vital| name.eq_ignore_ascii_case(vital)) {
        steps.push(step(
            format!("Plan a restart of the machine: Windows cannot run without {name}, which must not be ended"),
            None,
        ));
        steps.push(components);
    } else if name.eq_ignore_ascii_case("svchost") {
        let services = command(&|pid| format!("tasklist /svc /fi \"PID eq {pid}\""));
        steps.push(step(
            format!("See which services run in {who}, and restart those one by one in a quiet hour"),
            services.as_deref(),
        ));
        steps.push(components);
    } else {
        steps.push(step(
            format!("Restart {who} in a quiet hour: all of it must come back at once, which proves the verdict"),
            None,
        ));
        let version = command(&|pid| {
            format!("Get-Process -Id {pid} -FileVersionInfo | Format-List FileName, CompanyName, FileVersion")
        });
        steps
            .push(step(format!("Update {name}, and report the leak to its vendor with this page"), version.as_deref()));
    }
}

/// Steps after the finding on committed memory.
pub fn commit_steps(
    judgement: &Judgement,
    origin: Option<Origin>,
    holder: Option<&Process>,
    short: bool,
) -> Vec<NextStep> {
    let leaks = matches!(judgement.verdict, Verdict::Leak | Verdict::SuspectedLeak);
    let mut steps = Vec::new();
    if let Some(holder) = holder.filter(|_| leaks) {
        steps.extend(process_steps(holder, ProcessField::PrivateBytes, true));
    } else if leaks && origin == Some(Origin::Kernel) {
        steps.push(step("Follow the steps of the pool that grows: it is what fills committed memory", None));
    } else if leaks {
        steps.push(step(
            "List the processes with the most committed memory, and compare with the list of some hours later",
            Some("Get-Process | Sort-Object PagedMemorySize64 -Descending | Select-Object -First 15 Id, Name, PagedMemorySize64"),
        ));
    }
    if short {
        steps.push(step(
            "Enlarge the page file, which gains time: it raises the commit limit at once",
            Some("Get-CimInstance Win32_PageFileUsage | Format-List Name, AllocatedBaseSize, CurrentUsage, PeakUsage"),
        ));
    }
    if judgement.verdict == Verdict::InsufficientData {
        steps.push(collect_more(judgement));
    }
    steps
}

/// Steps after the finding on page table entries.
pub fn page_table_steps(severity: Severity) -> Vec<NextStep> {
    if matches!(severity, Severity::Ok | Severity::Info) {
        return Vec::new();
    }
    vec![
        step(
            "Look whether the machine was started with /3GB or /USERVA, which take the entries' place; without them there are \
             many more",
            Some("bootcfg /query"),
        ),
        step("Look for the driver that maps memory and does not unmap it: with !sysptes in the kernel debugger", None),
    ]
}

fn user(steps: &mut Vec<NextStep>, suspect: Option<&Suspect>) {
    let Some(suspect) = suspect else {
        steps.push(step(
            "The log names no process that holds much of the growth: count processes by name, and look for one that is \
             started again and again and does not end",
            Some(
                "Get-Process | Group-Object Name | Sort-Object Count -Descending | Select-Object -First 15 Count, Name",
            ),
        ));
        return;
    };
    let name = &suspect.name;
    let Some(pid) = suspect.pid else {
        if suspect.processes == 1 {
            steps.push(step(
                format!("Count the handles of {name} by type: a type that keeps rising names what is opened and never closed"),
                plain(name).map(|name| format!("handle.exe -s -p \"{name}\"")).as_deref(),
            ));
            steps.push(step(format!("Update {name}, and report the leak to its vendor with this page"), None));
            return;
        }
        steps.push(step(
            format!("List the {name} processes with their handles: are there ever more of them, or does each grow?"),
            plain(name)
                .map(|name| {
                    format!("Get-Process -Name '{name}' | Sort-Object StartTime | Format-Table Id, StartTime, Handles")
                })
                .as_deref(),
        ));
        steps.push(step("Find what starts them, and restart that in a quiet hour; then update it", None));
        return;
    };
    steps.push(step(
        format!("Count the handles of {name} (PID {pid}) by type: a type that keeps rising names what is opened and never closed"),
        Some(&format!("handle.exe -s -p {pid}")),
    ));
    restart_and_report(steps, name, Some(pid));
}

/// Processes whose end is the end of Windows.
const VITAL: &[&str] = &["System", "smss", "csrss", "wininit", "winlogon", "services", "lsass", "lsm", "Registry"];

/// A process name as it may stand quoted in a command that people paste into cmd or PowerShell. Names
/// come from the log, and one that could end the quotes or begin a command gets no command at all.
pub(super) fn plain(name: &str) -> Option<&str> {
    name.chars().all(|c| c.is_ascii_alphanumeric() || " ._-".contains(c)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SuspectKind;

    #[test]
    fn no_name_from_a_log_becomes_a_command() {
        for (name, is_plain) in
            [("w3wp", true), ("a & calc", false), ("a'; calc #", false), ("a\u{2019}", false), ("$(x)", false)]
        {
            for processes in [1, 8] {
                let suspect = Suspect {
                    role: crate::model::Role::Holder,
                    kind: SuspectKind::Process,
                    name: name.to_owned(),
                    pid: None,
                    processes,
                    share: 1.0,
                    bytes_per_hour: None,
                    drivers: Vec::new(),
                    confidence: None,
                    maker: None,
                    basis: String::new(),
                };
                let mut steps = Vec::new();
                user(&mut steps, Some(&suspect));
                let named = steps.iter().filter_map(|s| s.command.as_deref()).any(|command| command.contains(name));
                assert_eq!(named, is_plain, "{name}: {steps:?}");
            }
        }
    }
}
