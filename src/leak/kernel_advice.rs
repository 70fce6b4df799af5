//! What to do about a pool that drivers hold, in the order in which it narrows: the tag, the driver, the code.

use super::advice::{plain, step};
use super::finding::Subjects;
use super::judge::Judgement;
use super::tags::{Lead, Tags};
use super::{Pool, Release};
use crate::verdict::NextStep;

/// A trace of allocations with their stacks takes some GB an hour, and whatever is allocated before it is not in it: it
/// catches leaks of this rate, bytes an hour, in a quarter of an hour.
const FAST: f64 = 200.0 * 1024.0 * 1024.0;
/// A driver that is named this surely is acted on first.
const SURE: f64 = 0.6;

/// The steps.
pub fn steps(steps: &mut Vec<NextStep>, of: &Subjects<'_>, pool: Pool, judgement: &Judgement, tags: &Tags) {
    let lead = tags.lead.as_ref();
    let driver = lead.and_then(|lead| lead.driver.as_ref());
    let sure = driver.filter(|(_, _, confidence)| *confidence >= SURE && lead.is_some_and(|l| l.sure));
    if let Some((file, maker, _)) = sure {
        act(steps, file, maker);
    }
    if !tags.is_series {
        poolmon(steps, of, pool);
    }
    if driver.is_none_or(|(.., confidence)| *confidence < SURE) {
        find_driver(steps, lead);
    }
    if sure.is_none() {
        list_drivers(steps);
    }
    let rate = judgement.trend.map_or(0.0, |t| t.slope);
    trace(steps, rate, lead);
    verifier(steps, driver.map(|(file, ..)| file.as_str()));
    dump(steps, pool);
    if sure.is_none() {
        steps.push(step(
            "Update or disable the driver that is found, and restart: only a restart gives leaked pool back",
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
             StartMode, PathName; (Get-Item \"$env:windir\\System32\\drivers\\{file}\").VersionInfo | Format-List CompanyName, \
             ProductName, FileVersion"
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
            "Find the tag that grows: take PoolMon snapshots half an hour apart over at least five hours, here into c:\\perflogs, \
             and analyse them with this log (PoolMon is in the Windows Driver Kit; {name} is what to look at)"
        ),
        Some(r"for /l %n in (1,1,48) do (poolmon.exe /b /n c:\perflogs\poolmonlog%n.txt & timeout.exe /t 1800 /nobreak)"),
    ));
    steps.push(step(
        "Or the same as a scheduled task, which needs nobody logged on; with poolmon.exe in c:\\perflogs",
        Some(
            "schtasks.exe /create /tn PoolMon-Long /sc minute /mo 30 /ru SYSTEM /tr \"powershell.exe -NoProfile -Command & \
             c:\\perflogs\\poolmon.exe /b /n ('c:\\perflogs\\poolmon_{0:yyyyMMdd_HHmm}.txt' -f (Get-Date))\"",
        ),
    ));
}

/// Which driver uses the tag.
fn find_driver(steps: &mut Vec<NextStep>, lead: Option<&Lead>) {
    let tag = lead.map(|lead| lead.tag);
    let shown = tag.filter(|tag| tag.is_plain()).map(|tag| tag.to_string());
    let (name, note) = match (&shown, tag) {
        (Some(name), _) => (name.as_str(), String::new()),
        (None, Some(tag)) => ("Leak", format!(", with tag {tag} in place of Leak")),
        (None, None) => ("Leak", ", with your tag in place of Leak".to_owned()),
    };
    steps.push(step(
        format!("Find the driver files that use the tag{note}: this tells instructions from stray strings, and names the maker"),
        Some(&format!(r"perfverdict tag {name} --drivers %SystemRoot%\System32\drivers")),
    ));
    steps.push(step(
        "Or with Windows' own means, which finds strings too",
        Some(&format!(r"findstr.exe /m /l /s {name} %SystemRoot%\System32\drivers\*.sys")),
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
    if rate < FAST {
        return;
    }
    steps.push(step(
        "The leak is fast enough to be traced: record pool allocations with their stacks for a quarter of an hour, stop, and look \
         in Windows Performance Analyzer which stacks allocate and are never freed. The trace needs some GB, and is for fast \
         leaks alone",
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
             slower until verifier.exe /reset and a restart",
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
