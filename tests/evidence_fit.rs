//! Evidence that does not fit: of another time, another machine, another level, in another order; cut off or hostile.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "made counts and sizes")]

mod common;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use common::fixture;
use perfverdict::Options;
use perfverdict::TimeRange;
use perfverdict::analyze;
use perfverdict::base::units::MB;
use perfverdict::demo::driver::{DriverFile, Processor};
use perfverdict::evidence::Tag;
use perfverdict::evidence::drivers::{Layout, look_at, scan};
use perfverdict::evidence::dump::{Dump, DumpWarning, PageMapError};
use perfverdict::evidence::windbg;
use perfverdict::log::Bytes;
use perfverdict::model::{Finding, Report, Severity, Subject, SuspectKind, Verdict};

const LOG: &str = "incident/APPSRV03_PerfLog-Long.blg";

fn run(paths: &[PathBuf]) -> Report {
    analyze(paths, &Options::default(), TimeRange::default())
}

fn pool(report: &Report) -> &Finding {
    report.machines[0].findings.iter().find(|f| f.subject == Subject::NonpagedPool).unwrap()
}

fn poolmon(number: u32) -> String {
    std::fs::read_to_string(fixture(&format!("incident/poolmonlog{number}.txt"))).unwrap()
}

/// The incident's log with its ten snapshots, each changed, in a folder.
fn with_snapshots(change: impl Fn(u32, String) -> String) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = vec![fixture(LOG)];
    for number in 1..=10 {
        let path = folder.path().join(format!("poolmonlog{number}.txt"));
        std::fs::write(&path, change(number, poolmon(number))).unwrap();
        paths.push(path);
    }
    run(&paths)
}

fn with_file(name: &str, content: &[u8]) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    run(&[fixture(LOG), path])
}

#[test]
fn snapshots_of_another_machine_accuse_nobody() {
    let report = with_snapshots(|_, text| {
        let at = text.find("Pool N:").unwrap() + 7;
        // Nine gigabytes more than the counters ever saw.
        let mut text = text;
        text.insert(at, '9');
        text
    });
    let pool = pool(&report);
    assert_eq!(pool.verdict, Verdict::Leak);
    assert!(pool.suspects.iter().all(|s| s.kind == SuspectKind::Process), "{:?}", pool.suspects);
    assert!(!pool.headline.contains("tag"), "{}", pool.headline);
    assert!(pool.disagreements.iter().any(|d| d.contains("counters show")), "{:?}", pool.disagreements);
}

#[test]
fn snapshots_taken_days_after_the_log_name_the_tag_if_it_grows_as_fast() {
    // As the report itself advises: the log first, PoolMon when it has shown a leak.
    let report = with_snapshots(|_, text| text.replace("03/03/2026", "03/08/2026"));
    let found = pool(&report);
    assert!(found.headline.contains("tag Leak"), "{}", found.headline);
    assert!(
        found.reasons.iter().any(|r| r.contains("not from the time") && r.contains("about as fast")),
        "{:?}",
        found.reasons
    );
    // A leak of 47 MB a day is not one of 2 GB a day.
    let mut paths = vec![fixture("process-leak.blg")];
    paths.extend((1..=10).map(|n| fixture(&format!("incident/poolmonlog{n}.txt"))));
    let report = run(&paths);
    let found = pool(&report);
    assert!(found.suspects.iter().all(|s| s.kind == SuspectKind::Process), "{:?}", found.suspects);
    assert!(found.disagreements.iter().any(|d| d.contains("another time")), "{:?}", found.disagreements);
    let ram = report.machines[0].physical_memory_bytes.unwrap();
    assert!(ram > 6 << 30, "RAM of another machine is not taken: {ram}");
}

#[test]
fn dates_are_read_one_way_over_all_files() {
    // British: the 3rd to the 4th of March, one snapshot a file.
    let report = with_snapshots(|number, text| {
        let line = format!("0{}/03/2026 {:02}:00:00", 3 + number / 10, if number == 10 { 1 } else { 2 + 2 * number });
        let (_, rest) = text.split_once('\n').unwrap();
        let rest = rest.replace("Pool N:", "Pool X:").replace("Memory:", "Mem:");
        format!("{line}\n{rest}")
    });
    let reasons = pool(&report).reasons.join("\n");
    assert!(reasons.contains("from 3 March 2026 04:00 to 4 March 2026 01:00"), "{reasons}");
}

#[test]
fn a_restart_between_snapshots_of_one_undated_file_is_seen() {
    let rows = |leak: u64, boot: u64| {
        let mut text = " Memory: 2097152K Avail: 956476K PageFlts: 1 InRam Krnl:1K P: 1K\n Commit: 1K Limit: 1K Peak: 1K  Pool N: 900000K P:1000K\n".to_owned();
        for (tag, base) in [("AAAA", 1000), ("BBBB", 5000), ("CCCC", 9000), ("DDDD", 700)] {
            let allocs = base * (boot + 1);
            writeln!(text, " {tag} Nonp {allocs} ( 0) 10 ( 0) {} {} ( 0) 64", allocs - 10, (allocs - 10) * 64).unwrap();
        }
        writeln!(text, " Leak Nonp {} ( 0) 0 ( 0) {leak} {} ( 0) 1024", leak, leak * 1024).unwrap();
        text
    };
    let falls = [
        rows(500_000, 50),
        rows(600_000, 60),
        rows(700_000, 70),
        rows(10_000, 1),
        rows(10_000, 2),
        rows(10_000, 3),
        rows(10_000, 4),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("poolmon.txt");
    std::fs::write(&path, falls.concat()).unwrap();
    let report = run(&[path]);
    assert_ne!(pool(&report).verdict, Verdict::SuspectedLeak, "{:#?}", pool(&report));
    assert!(
        report.machines[0].not_analysed.iter().any(|n| n.contains("restarted")),
        "{:?}",
        report.machines[0].not_analysed
    );
}

#[test]
fn snapshots_alone_say_how_fast() {
    let folder = tempfile::tempdir().unwrap();
    for number in 1..=10 {
        std::fs::write(folder.path().join(format!("poolmonlog{number}.txt")), poolmon(number)).unwrap();
    }
    let report = run(&[folder.path().to_owned()]);
    let found = pool(&report);
    assert_eq!(found.verdict, Verdict::SuspectedLeak);
    let rate = found.growth.as_ref().unwrap().rate_per_hour / MB;
    assert!((90.0..102.0).contains(&rate), "{rate} MB/hour");
    assert!(found.next_steps.iter().any(|s| s.command.as_deref().is_some_and(|c| c.starts_with("wpr.exe"))));
}

#[test]
fn an_empty_pool_that_does_not_grow_is_no_clean_bill() {
    let xml = std::fs::read_to_string(fixture("incident/System.xml")).unwrap();
    let xml = xml
        .replace("APPSRV03", "DC01")
        .replace("2026-03-03T16", "2026-01-13T12")
        .replace("2026-03-03T17", "2026-01-13T13");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("System.xml");
    std::fs::write(&path, xml).unwrap();
    let report = run(&[fixture("quiet.blg"), path]);
    let found = pool(&report);
    assert_eq!((found.verdict, found.severity), (Verdict::Stable, Severity::Warning));
    assert!(found.headline.contains("event 2019"), "{}", found.headline);
    assert!(found.next_steps[0].command.as_deref().is_some_and(|c| c.starts_with("reg.exe query")));
}

#[test]
fn an_early_event_does_not_become_the_verdict() {
    let event = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='srv'/><EventID>2019</EventID>\
        <TimeCreated SystemTime='2026-03-02T18:00:00Z'/><Computer>APPSRV03</Computer></System></Event>";
    let xml = std::fs::read_to_string(fixture("incident/System.xml"))
        .unwrap()
        .replace("</Events>", &format!("{event}</Events>"));
    let found = with_file("System.xml", xml.as_bytes());
    let found = pool(&found);
    assert!(found.headline.contains("was exhausted on 3 March 2026 17:"), "{}", found.headline);
    assert!(found.disagreements.iter().any(|d| d.contains("2 March 2026 19:00")), "{:?}", found.disagreements);
}

#[test]
fn a_powershell_list_keeps_each_event_s_time() {
    let list = "\nIndex          : 7\nEntryType      : Information\nInstanceId     : 1073748869\nMessage        : A service was installed in \
        the system.\n                 Service Name:  MyFault\n                 Service File Name:  C:\\t\\myfault.sys\nSource         : Service \
        Control Manager\nTimeGenerated  : 3/3/2026 2:06:00 AM\nTimeWritten    : 3/3/2026 2:06:01 AM\n\nIndex          : 9\nInstanceId     : \
        3221227491\nMessage        : The server was unable\nSource         : srv\nTimeGenerated  : 3/3/2026 5:47:00 PM\nTimeWritten    : \
        3/3/2026 5:47:01 PM\n";
    let report = with_file("sys.txt", list.as_bytes());
    let found = pool(&report);
    assert!(found.headline.contains("was exhausted on 3 March 2026 17:4"), "{}", found.headline);
    assert!(found.reasons.iter().any(|r| r.contains("minutes after driver MyFault")), "{:?}", found.reasons);
}

#[test]
fn drivers_in_an_archive_are_scanned() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    let mut put = |name: &str, from: &Path| {
        zip.start_file(name, options).unwrap();
        std::io::Write::write_all(&mut zip, &std::fs::read(from).unwrap()).unwrap();
    };
    put("log.blg", &fixture(LOG));
    (1..=10).for_each(|n| put(&format!("poolmonlog{n}.txt"), &fixture(&format!("incident/poolmonlog{n}.txt"))));
    put("drivers/myfault.sys", &fixture("incident/drivers/myfault.sys"));
    put("drivers/leakwatch.sys", &fixture("incident/drivers/leakwatch.sys"));
    zip.finish().unwrap();
    let report = run(&[path]);
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    let driver = pool(&report).suspects.iter().find(|s| s.kind == SuspectKind::Driver).unwrap();
    assert!(driver.name == "myfault.sys" && driver.basis.contains("operand of an instruction"), "{driver:?}");
}

#[test]
fn each_session_of_a_file_has_its_own_time() {
    let session = |time: &str, leak: u64| {
        format!(
            "Debug session time: Tue Mar  3 {time} 2026 (UTC + 1:00)\nkd> !poolused 2\n Tag Allocs Used Allocs Used\n Leak {} {leak} 0 0 x\n",
            leak / 16384
        )
    };
    let text = session("02:10:00.000", 500_000_000) + &session("08:10:00.000", 900_000_000);
    let parsed = windbg::parse(&text, "kd.txt");
    let times: Vec<String> = parsed.pools.iter().map(|p| p.time.unwrap().utc(0).format("%H:%M").to_string()).collect();
    assert_eq!(times, ["01:10", "07:10"]);
}

#[test]
fn hostile_files_take_neither_time_nor_memory() {
    // Sections over each other, as many as a header can hold.
    let version = ["", "", "", "", ""];
    let code = [0x90_u8; 2000];
    let mut file = DriverFile { processor: Processor::Arm64, code: &code, data: b"x", version, signed: false }.bytes();
    let header = 0x98 + 240;
    let text: Vec<u8> = file[header..header + 40].to_vec();
    file[0x86..0x88].copy_from_slice(&8_u16.to_le_bytes());
    for section in 0..8 {
        file[header + 40 * section..header + 40 * (section + 1)].copy_from_slice(&text);
    }
    assert_eq!(look_at(&file, Layout::File, &[Tag(*b"Leak")]), Ok(Vec::new()));
    // A file that is cut off has not been scanned.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cut.sys"), &file[..0x500]).unwrap();
    std::fs::write(folder.path().join("pagefile.sys"), [0; 100]).unwrap();
    std::fs::write(folder.path().join("text.sys"), "no driver").unwrap();
    let scan = scan(&[folder.path().to_owned()], &[Tag(*b"Leak")]);
    assert_eq!((scan.files, scan.problems.len()), (0, 2), "{:?}", scan.problems);
    // A bitmap that names more pages than the file has.
    let mut dump = vec![0xFF_u8; 0x8000];
    dump[..8].copy_from_slice(b"PAGEDU64");
    dump[0xF98..0xF9C].copy_from_slice(&5_u32.to_le_bytes());
    dump[0x2000..0x2008].copy_from_slice(b"SDMPDUMP");
    dump[0x2020..0x2028].fill(0);
    dump[0x2030..0x2038].copy_from_slice(&(1_u64 << 12).to_le_bytes());
    let dump = Dump::open(Bytes::Owned(dump)).unwrap();
    let forged = &dump.warnings[0];
    assert!(matches!(forged, DumpWarning::Memory(PageMapError::TooManyPages { .. })), "{forged:?}");
}

#[test]
fn a_driver_that_came_just_before_is_a_suspect_of_its_own() {
    let report = run(&[fixture(LOG), fixture("incident/System.xml")]);
    let found = pool(&report);
    let driver = found.suspects.iter().find(|s| s.kind == SuspectKind::Driver).unwrap();
    assert!(driver.name == "myfault.sys" && driver.confidence == Some(0.4), "{driver:?}");
    assert!(
        found
            .next_steps
            .iter()
            .any(|s| s.command.as_deref().is_some_and(|c| c == "verifier.exe /flags 0x8 /driver myfault.sys"))
    );
}
