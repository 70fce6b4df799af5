//! Next steps for a pool that drivers allocate, in the order that narrows the cause: the tag, the driver, the code.

use super::command::{Command, Releases, maybe, plain, quoted, run, step};
use crate::attribute::tags::{Lead, LeadDriver, Seen, Tags};
use crate::base::units::MB;
use crate::base::{Pool, units};
use crate::case::Case;
use crate::checks::Finding;
use crate::checks::about::PoolFacts;
use crate::evidence::well_known;
use crate::explain::evidence::vendor;
use crate::explain::tags::lower;
use crate::forecast::Release;
use crate::model::{NextStep, Risk, SuspectKind};

/// A trace of allocations with stacks uses some GB an hour, and lacks earlier allocations. A trace of 15 minutes
/// catches leaks of this rate, bytes an hour: a thousand allocations of some KB.
const FAST: f64 = 20.0 * MB;
/// From this confidence on, act on a driver first. A list of tags alone does not reach it.
const SURE: f64 = 0.7;

pub fn add(steps: &mut Vec<NextStep>, case: &Case<'_>, finding: &Finding, facts: &PoolFacts) {
    let tags = &facts.tags;
    let leads = &tags.leads;
    let all = |is: &dyn Fn(&Lead) -> bool| !leads.is_empty() && leads.iter().all(is);
    let (named, on_behalf) = (all(&is_sure), all(&|lead| lead.on_behalf));
    leads.iter().filter(|lead| is_sure(lead)).filter_map(|lead| lead.driver.as_ref()).for_each(|d| act(steps, d));
    if tags.series.is_none() {
        poolmon(steps, case, facts.pool);
    }
    let rate = rate(finding, tags);
    // Only a trace shows which component requests the memory.
    if on_behalf {
        trace(steps, rate, leads.first());
    }
    if !named && !on_behalf {
        let open: Vec<&Lead> = leads.iter().filter(|lead| !is_sure(lead)).collect();
        find_driver(steps, &open, case.evidence.scanned);
    }
    if !named {
        list_drivers(steps);
    }
    if rate >= FAST && !on_behalf {
        trace(steps, rate, leads.first());
    }
    verifier(steps, suspected_file(tags));
    dump(steps, facts.pool);
    if !named {
        steps.push(step(
            "Update or disable the driver or program that you find, then restart: only a restart releases leaked pool",
        ));
    }
}

/// Whether the tag grew in snapshots and its driver is known well enough to act on.
fn is_sure(lead: &Lead) -> bool {
    lead.seen == Seen::Growing && lead.driver.as_ref().is_some_and(|driver| driver.confidence >= SURE)
}

/// The leak's rate, from counters or snapshots, bytes an hour.
fn rate(finding: &Finding, tags: &Tags) -> f64 {
    let by_snapshots = || tags.series.and_then(|grown| Some(grown.bytes / grown.hours?));
    finding.assessment.trend.map(|t| t.slope).or_else(by_snapshots).unwrap_or(0.0)
}

/// A driver to examine, other than Windows' own: from the leading tags, or installed just before the growth.
fn suspected_file(tags: &Tags) -> Option<&str> {
    let of_leads = tags.leads.iter().find_map(|lead| lead.driver.as_ref()).map(|driver| driver.file.as_str());
    let arrived = tags.suspects.iter().find(|s| s.kind == SuspectKind::Driver).map(|s| s.name.as_str());
    of_leads.or(arrived).filter(|file| !well_known::is_windows(file))
}

/// Steps if the driver is known.
fn act(steps: &mut Vec<NextStep>, driver: &LeadDriver) {
    let file = &driver.file;
    let by = match vendor(&driver.vendor) {
        vendor if vendor.is_empty() => vendor,
        vendor => format!(" ({vendor})"),
    };
    let command = plain(file).map(|file| {
        Command::powershell(format!(
            "Get-CimInstance Win32_SystemDriver | Where-Object PathName -like '*\\{file}' | Format-List Name, DisplayName, State, \
             StartMode, PathName"
        ))
        .on(Releases::Windows8)
    });
    steps.push(maybe(format!("Find out which product {file}{by} belongs to and whether you can remove it"), command));
    steps.push(step(format!(
        "Update {file} or remove it, then restart in a maintenance window: only a restart releases leaked pool. Report the leak to \
         its vendor with this page"
    )));
}

/// Steps to find the tag that grows.
fn poolmon(steps: &mut Vec<NextStep>, case: &Case<'_>, pool: Pool) {
    if matches!(case.release, Some(Release::Windows2000 | Release::Xp)) {
        steps.push(run(
            "Enable pool tagging, which is off in Windows 2000 and XP, and restart (GFlags from the Debugging Tools)",
            Command::any("gflags.exe /r +ptg").risk(Risk::Medium).on(Releases::UpToXp).undo("gflags.exe /r -ptg"),
        ));
    }
    steps.push(run(
        format!(
            "Find the tag that grows in {}: take PoolMon snapshots half an hour apart for at least five hours, and analyze them \
             together with this log. Copy poolmon.exe from the Windows Driver Kit to C:\\Program Files\\PoolMon first: it runs \
             elevated, so keep it where only administrators can write",
            lower(pool)
        ),
        Command::powershell(
            "1..48 | ForEach-Object { & \"$env:ProgramFiles\\PoolMon\\poolmon.exe\" /b /n \"c:\\perflogs\\poolmon_$(Get-Date -Format \
             yyyyMMdd_HHmm).txt\"; Start-Sleep 1800 }",
        )
        .risk(Risk::Low),
    ));
    steps.push(run(
        "Or write the scripts of the collector, copy poolmon.exe next to them and run poolmon-start.cmd elevated: its scheduled \
         task takes the snapshots without a logged-on user; poolmon-stop.cmd removes it",
        Command::any("perfverdict collect script PerfLog-scripts").risk(Risk::Low),
    ));
}

/// Steps to find the driver that uses the tags.
fn find_driver(steps: &mut Vec<NextStep>, leads: &[&Lead], scanned: usize) {
    // A tag with other characters could end the command or start another.
    let (plain, others): (Vec<&Lead>, Vec<&Lead>) = leads.iter().copied().partition(|lead| lead.tag.is_plain());
    let names = |leads: &[&Lead]| leads.iter().map(|lead| lead.tag.to_string()).collect::<Vec<_>>();
    let note = match (&plain[..], &others[..]) {
        ([], []) => " (use your tag instead of Leak)".to_owned(),
        ([], others) => format!(" (use {} instead of Leak)", names(others).join(" and ")),
        _ => String::new(),
    };
    let shown = if plain.is_empty() { "Leak".to_owned() } else { names(&plain).join(" ") };
    let (what, folder) = if scanned > 0 {
        (
            "Search more driver files for the tag: those that were scanned do not show its owner",
            r"%SystemRoot%\System32",
        )
    } else {
        ("Find the driver files that use the tag", r"%SystemRoot%\System32\drivers")
    };
    steps.push(run(
        format!("{what}{note}. perfverdict distinguishes instructions from other strings and names the vendor"),
        Command::cmd(format!("perfverdict tag {shown} --drivers {folder}")),
    ));
    let searched: Vec<String> = match &plain[..] {
        [] => vec!["/c:\"Leak\"".to_owned()],
        plain => plain.iter().map(|lead| format!("/c:\"{}\"", lead.tag.padded())).collect(),
    };
    steps.push(run(
        "Or search with Windows itself, which also finds strings that are no instructions",
        Command::cmd(format!(r"findstr.exe /m /l /s {} %SystemRoot%\System32\drivers\*.sys", searched.join(" "))),
    ));
}

fn list_drivers(steps: &mut Vec<NextStep>) {
    steps.push(run(
        "List the drivers that are not from Microsoft, newest first: what was installed shortly before the growth began is the first \
         suspect",
        Command::powershell(
            "Get-ChildItem $env:windir\\System32\\drivers\\*.sys | Where-Object { $_.VersionInfo.CompanyName -notmatch \
             'Microsoft' } | Sort-Object LastWriteTime -Descending | Format-Table LastWriteTime, Name, @{n='Company'; \
             e={$_.VersionInfo.CompanyName}}",
        ),
    ));
}

/// Steps to find the code that allocates.
fn trace(steps: &mut Vec<NextStep>, rate: f64, lead: Option<&Lead>) {
    let catches = if rate >= FAST {
        format!("15 minutes of this leak are {}", units::bytes(rate / 4.0))
    } else {
        "while it grows".to_owned()
    };
    steps.push(run(
        format!(
            "Record pool allocations with their stacks ({catches}), stop, and look in Windows Performance Analyzer for stacks that \
             allocate and never free. The trace takes some GB and shows only what is allocated while it runs: use it for fast leaks, \
             and for tags that Windows allocates on behalf of others"
        ),
        Command::cmd(r"wpr.exe -start Pool -filemode & timeout.exe /t 900 & wpr.exe -stop c:\perflogs\pool.etl")
            .risk(Risk::Low)
            .on(Releases::Windows10)
            .undo("wpr.exe -cancel"),
    ));
    if let Some(tag) = lead.map(|lead| lead.tag).filter(|tag| tag.is_plain()) {
        steps.push(run(
            format!("On Windows older than 10, or for tag {tag} alone: use xperf (Windows Performance Toolkit)"),
            Command::cmd(format!(
                "xperf.exe -on PROC_THREAD+LOADER+POOL -stackwalk PoolAlloc+PoolFree -PoolTag {tag} -BufferSize 1024 -MaxBuffers \
                 1024 & timeout.exe /t 900 & xperf.exe -d c:\\perflogs\\pool.etl"
            ))
            .risk(Risk::Low)
            .on(Releases::Windows7)
            .undo("xperf.exe -stop"),
        ));
    }
}

fn verifier(steps: &mut Vec<NextStep>, driver: Option<&str>) {
    let plain = driver.and_then(plain);
    let (file, shown) = match plain {
        Some(file) => (file, file),
        None => ("suspect.sys", "a suspect (replace suspect.sys)"),
    };
    steps.push(run(
        format!(
            "On a test machine, or in a maintenance window: let Driver Verifier track the allocations of {shown}, restart, and look at \
             them with !verifier 3 in the debugger. Risk: the machine is slower, and stops with a blue screen at the driver's first \
             error. It stays on until you reset it and restart again"
        ),
        Command::any(format!("verifier.exe /flags 0x8 /driver {}", quoted(file))).risk(Risk::High).undo("verifier.exe /reset"),
    ));
}

fn dump(steps: &mut Vec<NextStep>, pool: Pool) {
    let flag = match pool {
        Pool::Nonpaged => 2,
        Pool::Paged => 4,
    };
    steps.push(run(
        format!(
            "Before the restart that is due anyway: force a kernel memory dump while the pool is large. This command selects the kind of \
             dump (note its value first; the default is 7 since Windows 8 and Server 2012); NotMyFault from Sysinternals, or an NMI from the \
             hypervisor, then stops the machine. Save what !vm 1 and !poolused {flag} print in the debugger: perfverdict reads that \
             text, and the dump"
        ),
        Command::any(
            r"reg.exe add HKLM\SYSTEM\CurrentControlSet\Control\CrashControl /v CrashDumpEnabled /t REG_DWORD /d 2 /f",
        )
        .risk(Risk::Medium)
        .undo(r"reg.exe add HKLM\SYSTEM\CurrentControlSet\Control\CrashControl /v CrashDumpEnabled /t REG_DWORD /d 7 /f"),
    ));
}
