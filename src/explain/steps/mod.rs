//! Next steps, in the order that narrows the cause.

mod command;
mod driver;
mod process;

use command::{Command, Releases, collect, run, step};
use process::Named;

use super::words::process_name;
use crate::attribute::origin::{Holders, Listing};
use crate::base::units;
use crate::case::Case;
use crate::checks::Finding;
use crate::checks::about::{About, CommitFacts, Missing, PoolFacts, Refused, RestsOn, Room};
use crate::counters::ProcessField;
use crate::detect::Assessment;
use crate::model::{NextStep, Origin, Role, Severity, Verdict};

/// The next steps for a finding.
pub fn steps(case: &Case<'_>, finding: &Finding) -> Vec<NextStep> {
    match &finding.about {
        About::Pool(pool) => of_pool(case, finding, pool),
        About::Process(facts) => process::of_finding(facts),
        About::Commit(commit) => of_commit(finding, commit),
        About::SystemPtes(_) => of_system_ptes(finding.severity),
        About::Level(_) => of_level(finding),
    }
}

/// A log with everything shows what uses the memory.
fn of_level(finding: &Finding) -> Vec<NextStep> {
    let is_well = finding.severity == Severity::Ok;
    let text =
        "Log \\Memory\\* and \\Process(*)\\*, as the PerfLog-Long collector does: that shows what uses the memory";
    if is_well { Vec::new() } else { vec![run(text, collect())] }
}

fn of_pool(case: &Case<'_>, finding: &Finding, pool: &PoolFacts) -> Vec<NextStep> {
    let mut steps = if pool.much_of_ram.is_some() {
        let mut steps = vec![run(
            "Find what uses it: it may have leaked before this log started. Log through a restart and the hours after it, to see it \
             grow",
            collect(),
        )];
        driver::add(&mut steps, case, finding, pool);
        steps
    } else if pool.rests_on == RestsOn::Snapshots {
        let mut steps = vec![run(
            "Log counters over a day and a night, and analyze the log together with these snapshots: this distinguishes a leak \
             from load, and drivers from processes",
            collect(),
        )];
        driver::add(&mut steps, case, finding, pool);
        steps
    } else if matches!(pool.level, Err(Missing::UnknownLanguage)) {
        vec![run(
            "Analyze the .blg that the text was made from, or let a collector write one: it has numbers for names, which are the same in \
             every language",
            collect(),
        )]
    } else if matches!(pool.level, Err(Missing::NoValue)) {
        vec![collect_more(&finding.assessment)]
    } else if pool.level.is_err() {
        vec![run(r"Log \Memory\* and \Process(*)\*, as the PerfLog-Long collector does", collect())]
    } else {
        of_judged_pool(case, finding, pool)
    };
    if pool.refused == Refused::WithoutCause {
        steps.insert(0, pool_limits());
    }
    steps
}

/// The step for a failed allocation that counters do not explain.
fn pool_limits() -> NextStep {
    run(
        "Look for limits of the pools in the registry (NonPagedPoolSize, PagedPoolSize, PoolUsageMaximum); if there are none, log at a \
         shorter interval to catch the peak",
        Command::any(r#"reg.exe query "HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management""#),
    )
}

fn of_judged_pool(case: &Case<'_>, finding: &Finding, pool: &PoolFacts) -> Vec<NextStep> {
    match (finding.verdict(), &pool.holders) {
        (Verdict::Leak | Verdict::SuspectedLeak, Some(holders)) => of_leaking_pool(case, finding, pool, holders),
        (Verdict::InsufficientData, _) => {
            let mut steps = vec![collect_more(&finding.assessment)];
            if !pool.tags.leads.is_empty() {
                driver::add(&mut steps, case, finding, pool);
            }
            steps
        }
        (Verdict::Step, _) => vec![step(
            "Find out what was started, installed or opened at the time of the jump. If jumps repeat, analyze a longer log: a staircase \
             is a leak",
        )],
        _ => vec![step(
            "Nothing to do about this pool. If the machine still gets slow or hangs, keep the collector running and analyze a log that \
             covers the next incident",
        )],
    }
}

fn of_leaking_pool(case: &Case<'_>, finding: &Finding, pool: &PoolFacts, holders: &Holders) -> Vec<NextStep> {
    let mut steps = Vec::new();
    if finding.verdict() == Verdict::SuspectedLeak {
        steps.push(run(
            "Keep the collector running over at least one more day and night, and analyze both logs together: growth that lasts through \
             the night is a leak",
            Command::any("perfverdict analyze first.blg second.blg -o report.html"),
        ));
    }
    if let Some(correlated) = holders.suspects.iter().find(|s| s.role == Role::Correlated) {
        steps.push(step(format!(
            "Stop {} for a day, or prevent it from starting: if the pool stops growing, it triggers the leak, and the drivers that came \
             with it are the first to check",
            process_name(&correlated.name, correlated.pid)
        )));
    }
    match holders.origin {
        Origin::User if holders.listing == Listing::LacksHolders && holders.suspects.is_empty() => steps.push(run(
            "Log into a .blg file, which also lists processes that start later; a CSV lists only those that ran when it was started",
            collect(),
        )),
        Origin::User => process::holders(&mut steps, holders.suspects.first()),
        Origin::Kernel => driver::add(&mut steps, case, finding, pool),
        Origin::Both => {
            process::holders(&mut steps, holders.suspects.first());
            driver::add(&mut steps, case, finding, pool);
        }
        Origin::Unknown => {
            steps.push(run(
                r"Log all of \Process(*)\*, including _Total: that shows whether processes or drivers cause the growth",
                collect(),
            ));
            driver::add(&mut steps, case, finding, pool);
        }
    }
    steps
}

/// The step that says how long to collect, and at what interval.
fn collect_more(assessment: &Assessment) -> NextStep {
    let Some(more) = assessment.collect else {
        return run("Let the collector run for a day and a night", collect());
    };
    let interval = more.interval_seconds;
    run(
        format!(
            "Let the collector run for at least {}, with a sample every {}, and through the next incident",
            units::duration(more.hours),
            units::duration(interval / 3600.0)
        ),
        collect().with_options(&format!("--interval {interval:.0}s")),
    )
}

fn of_commit(finding: &Finding, commit: &CommitFacts) -> Vec<NextStep> {
    let mut steps = Vec::new();
    let leaks = finding.verdict().is_growth();
    if let Some((name, pid)) = commit.holder.as_ref().filter(|_| leaks) {
        steps.extend(process::running(Named { name, pid: *pid }, ProcessField::PrivateBytes));
    } else if leaks && finding.origin == Some(Origin::Kernel) {
        steps.push(step("Fix the growing pool first; it is what uses up committed memory"));
    } else if leaks {
        steps.push(run(
            "List the processes with the most committed memory, and compare with a list from some hours later",
            Command::powershell(
                "Get-Process | Sort-Object PagedMemorySize64 -Descending | Select-Object -First 15 Id, Name, PagedMemorySize64",
            ),
        ));
    }
    if commit.room == Room::Short {
        steps.push(run(
            "Enlarge the page file to gain time: that raises the commit limit at once. This shows its size",
            Command::powershell(
                "Get-CimInstance Win32_PageFileUsage | Format-List Name, AllocatedBaseSize, CurrentUsage, PeakUsage",
            )
            .on(Releases::Windows8),
        ));
    }
    if finding.verdict() == Verdict::InsufficientData {
        steps.push(collect_more(&finding.assessment));
    }
    steps
}

fn of_system_ptes(severity: Severity) -> Vec<NextStep> {
    if matches!(severity, Severity::Ok | Severity::Info) {
        return Vec::new();
    }
    vec![
        run(
            "Check whether the machine was started with /3GB or /USERVA, which leave few entries; without them there are many more",
            Command::any("bootcfg /query").on(Releases::UpToServer2003),
        ),
        step("Find the driver that maps memory and does not unmap it, with !sysptes in the kernel debugger"),
    ]
}
