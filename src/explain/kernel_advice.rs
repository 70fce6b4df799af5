//! What to do about a pool that drivers hold, in the order in which it narrows: the tag, the driver, the code.

use crate::attribute::tags::{Lead, Tags};
use crate::base::units;
use crate::checks::Release;
use crate::checks::finding::Subjects;
use crate::checks::judgement::Judgement;
use crate::evidence::well_known;
use crate::explain::advice::{plain, step};
use crate::machine::Pool;
use crate::model::{NextStep, SuspectKind};

/// A trace of allocations with their stacks takes some GB an hour, and what was allocated before it is not in it. A
/// quarter of an hour of it catches leaks of this rate, bytes an hour: a thousand allocations of some KB.
const FAST: f64 = 20.0 * 1024.0 * 1024.0;
/// A driver that is named this surely is acted on first: a list of tags alone does not make it so.
const SURE: f64 = 0.7;

/// The steps.
pub fn steps(steps: &mut Vec<NextStep>, of: &Subjects<'_>, pool: Pool, judgement: &Judgement, tags: &Tags) {
    let leads = &tags.leads;
    let drivers: Vec<&(String, String, f64)> = leads.iter().filter_map(|lead| lead.driver.as_ref()).collect();
    let sure = |lead: &&Lead| lead.sure && lead.driver.as_ref().is_some_and(|(.., confidence)| *confidence >= SURE);
    let named = !leads.is_empty() && leads.iter().all(|lead| sure(&lead));
    for (file, maker, _) in leads.iter().filter(sure).filter_map(|lead| lead.driver.as_ref()) {
        act(steps, file, maker);
    }
    if tags.series.is_none() {
        poolmon(steps, of, pool);
    }
    let open: Vec<&Lead> = leads.iter().filter(|lead| !sure(lead)).collect();
    let on_behalf = !leads.is_empty() && leads.iter().all(|lead| lead.on_behalf);
    let by_snapshots = || tags.series.and_then(|grown| Some(grown.bytes / grown.hours?));
    let rate = judgement.trend.map(|t| t.slope).or_else(by_snapshots).unwrap_or(0.0);
    // Who asks Windows for it only a trace tells.
    if on_behalf {
        trace(steps, rate, leads.first());
    }
    if !named && !on_behalf {
        find_driver(steps, &open, of.options.clues.scanned > 0);
    }
    if !named {
        list_drivers(steps);
    }
    if rate >= FAST && !on_behalf {
        trace(steps, rate, leads.first());
    }
    // What came just before the growth is worth a look where no tag tells.
    let arrived = tags.suspects.iter().find(|s| s.kind == SuspectKind::Driver).map(|s| s.name.as_str());
    let suspect = drivers.first().map(|(file, ..)| file.as_str()).or(arrived);
    verifier(steps, suspect.filter(|file| !well_known::is_windows(file)));
    dump(steps, pool);
    if !named {
        steps.push(step(
            "Update or disable the driver or program that is found, and restart: only a restart gives leaked pool back",
            None,
        ));
    }
}

/// The driver is known.
fn act(steps: &mut Vec<NextStep>, file: &str, maker: &str) {
    let by = if maker.is_empty() { String::new() } else { format!(" ({maker})") };
    let command = plain(file).map(|file| {
        format!(
            "Get-CimInstance Win32_SystemDriver | Where-Object PathName -like '*\\{file}' | Format-List Name, DisplayName, State, \
             StartMode, PathName"
        )
    });
    steps.push(step(
        format!("See what {file}{by} belongs to on the machine, and whether it can do without"),
        command.as_deref(),
    ));
    steps.push(step(
        format!(
            "Update {file} or take it out, and restart in a quiet hour: only a restart gives leaked pool back. Report the leak to \
             its vendor with this page"
        ),
        None,
    ));
}

/// Which tag grows.
fn poolmon(steps: &mut Vec<NextStep>, of: &Subjects<'_>, pool: Pool) {
    if matches!(of.release(), Some(Release::Windows2000 | Release::Xp)) {
        steps.push(step(
            "Switch on pool tagging, which Windows 2000 and XP have off, and restart; GFlags is in the Debugging Tools",
            Some("gflags.exe /r +ptg"),
        ));
    }
    let name = pool.name().to_ascii_lowercase();
    steps.push(step(
        format!(
            "Find the tag that grows: take PoolMon snapshots half an hour apart over at least five hours, their times in their \
             names, and analyse them with this log ({name} is what to look at; poolmon.exe is in the Windows Driver Kit, here copied to \
             c:\\perflogs)"
        ),
Some(
            "1..48 | ForEach-Object { & c:\\perflogs\\poolmon.exe /b /n \"c:\\perflogs\\poolmon_$(Get-Date -Format yyyyMMdd_HHmm).txt\"; \
             Start-Sleep 1800 }",
        ),
    ));
    steps.push(step(
        "Or the same as a scheduled task, which needs nobody logged on; with poolmon.exe in c:\\perflogs",
        Some(
            "schtasks.exe /create /tn PoolMon-Long /sc minute /mo 30 /ru SYSTEM /tr \"powershell.exe -NoProfile -Command & \
             c:\\perflogs\\poolmon.exe /b /n ('c:\\perflogs\\poolmon_{0:yyyyMMdd_HHmm}.txt' -f (Get-Date))\"",
        ),
    ));
}

/// Which driver uses the tags.
fn find_driver(steps: &mut Vec<NextStep>, leads: &[&Lead], scanned: bool) {
    // A tag of other characters could end the command, or begin another.
    let plain: Vec<&Lead> = leads.iter().copied().filter(|lead| lead.tag.is_plain()).collect();
    let others: Vec<String> =
        leads.iter().filter(|lead| !lead.tag.is_plain()).map(|lead| lead.tag.to_string()).collect();
    let note = match (&plain[..], &others[..]) {
        ([], []) => ", with your tag in place of Leak".to_owned(),
        ([], others) => format!(", with {} in place of Leak", others.join(" and ")),
        _ => String::new(),
    };
    let names: Vec<String> = plain.iter().map(|lead| lead.tag.to_string()).collect();
    let names = if names.is_empty() { "Leak".to_owned() } else { names.join(" ") };
    let (what, folder) = if scanned {
        (
            "Look further for the driver files that use it, which those that were scanned do not tell",
            r"%SystemRoot%\System32",
        )
    } else {
        ("Find the driver files that use it", r"%SystemRoot%\System32\drivers")
    };
    steps.push(step(
        format!("{what}{note}: this tells instructions from stray strings, and names the maker"),
        Some(&format!("perfverdict tag {names} --drivers {folder}")),
    ));
    let searched: Vec<String> = match &plain[..] {
        [] => vec!["/c:\"Leak\"".to_owned()],
        plain => plain.iter().map(|lead| format!("/c:\"{}\"", lead.tag.padded())).collect(),
    };
    steps.push(step(
        "Or with Windows' own means, which finds strings too",
        Some(&format!(r"findstr.exe /m /l /s {} %SystemRoot%\System32\drivers\*.sys", searched.join(" "))),
    ));
}

fn list_drivers(steps: &mut Vec<NextStep>) {
    steps.push(step(
        "List the drivers that are not Microsoft's, newest first; what was installed shortly before the growth began is \
         the first suspect",
        Some(
            "Get-ChildItem $env:windir\\System32\\drivers\\*.sys | Where-Object { $_.VersionInfo.CompanyName -notmatch \
             'Microsoft' } | Sort-Object LastWriteTime -Descending | Format-Table LastWriteTime, Name, @{n='Company'; \
             e={$_.VersionInfo.CompanyName}}",
        ),
    ));
}

/// Which code allocates.
fn trace(steps: &mut Vec<NextStep>, rate: f64, lead: Option<&Lead>) {
    let catches = if rate >= FAST {
        format!("a quarter of an hour of this leak is {}", units::bytes(rate / 4.0))
    } else {
        "while it grows".to_owned()
    };
    steps.push(step(
        format!(
            "Record pool allocations with their stacks ({catches}), stop, and look in Windows Performance Analyzer which stacks \
             allocate and are never freed. The trace takes some GB and sees only what is allocated while it runs: it is for fast \
             leaks, and for tags that Windows allocates for others"
        ),
        Some(r"wpr.exe -start Pool -filemode & timeout.exe /t 900 & wpr.exe -stop c:\perflogs\pool.etl"),
    ));
    if let Some(tag) = lead.map(|lead| lead.tag).filter(|tag| tag.is_plain()) {
        steps.push(step(
            format!("On Windows before 10, or for tag {tag} alone, with xperf of the Windows Performance Toolkit"),
            Some(&format!(
                "xperf.exe -on PROC_THREAD+LOADER+POOL -stackwalk PoolAlloc+PoolFree -PoolTag {tag} -BufferSize 1024 -MaxBuffers \
                 1024 & timeout.exe /t 900 & xperf.exe -d c:\\perflogs\\pool.etl"
            )),
        ));
    }
}

fn verifier(steps: &mut Vec<NextStep>, driver: Option<&str>) {
    let file = driver.and_then(plain).unwrap_or("suspect.sys");
    steps.push(step(
        format!(
            "On a test machine, or in a maintenance window: let Driver Verifier count what {} allocates, and look at it with \
             !verifier 3 in the debugger. The risk: the machine stops with a blue screen at the driver's first mistake, and is \
             slower. It begins with the next restart, and ends with verifier.exe /reset and another",
            if driver.is_some() { file } else { "a suspect (in place of suspect.sys)" }
        ),
        Some(&format!("verifier.exe /flags 0x8 /driver {file}")),
    ));
}

fn dump(steps: &mut Vec<NextStep>, pool: Pool) {
    let flag = match pool {
        Pool::Nonpaged => 2,
        Pool::Paged => 4,
    };
    steps.push(step(
        format!(
            "Last, before the restart that is due anyway: force a kernel memory dump while the pool is full (this sets its kind; \
             NotMyFault of Sysinternals or the hypervisor's NMI then stops the machine), and save what !vm 1 and !poolused {flag} \
             print: perfverdict reads the text, and the dump"
        ),
        Some(r"reg.exe add HKLM\SYSTEM\CurrentControlSet\Control\CrashControl /v CrashDumpEnabled /t REG_DWORD /d 2 /f"),
    ));
}
