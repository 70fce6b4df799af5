//! The fixtures: the same bytes as the program writes, and the verdicts that their scenarios need.
#![allow(
    clippy::float_cmp,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "tests compare exact values"
)]

mod common;

use std::path::PathBuf;
use std::slice::from_ref;

use common::fixture;
use perfverdict::Options;
use perfverdict::analyze;
use perfverdict::base::units::{GB, MB};
use perfverdict::demo::logs;
use perfverdict::model::{Finding, Origin, Report, Severity, Subject, Verdict};
use perfverdict::{Ram, RamSource, TimeRange};

fn judged(names: &[&str]) -> Report {
    let paths: Vec<PathBuf> = names.iter().map(|name| fixture(name)).collect();
    let report = analyze(&paths, &Options::default(), TimeRange::default());
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    report
}

fn finding(report: &Report, subject: Subject) -> &Finding {
    let of = |f: &&Finding| f.subject == subject;
    assert_eq!(report.machines[0].findings.iter().filter(of).count(), 1, "exactly one finding a pool");
    report.machines[0].findings.iter().find(of).unwrap()
}

#[test]
fn the_incident_is_what_the_demo_command_writes() {
    let files = perfverdict::demo::incident::files().unwrap();
    assert_eq!(files.len(), 17);
    for (name, bytes) in files {
        let same = bytes == std::fs::read(fixture(&name.display().to_string())).unwrap();
        assert!(same, "{}: run `cargo run --release -- demo fixtures`", name.display());
    }
}

#[test]
fn the_fixtures_are_what_the_demo_command_writes() {
    for (name, made) in logs().unwrap() {
        let name = name.display().to_string();
        assert!(std::fs::read(fixture(&name)).unwrap() == made, "{name}: run `cargo run --release -- demo fixtures`");
    }
}

#[test]
fn a_leaking_driver() {
    let report = judged(&["nonpaged-leak.blg"]);
    let pool = finding(&report, Subject::NonpagedPool);
    assert_eq!((pool.verdict, pool.origin, pool.severity), (Verdict::Leak, Some(Origin::Kernel), Severity::Critical));
    assert!(pool.suspects.is_empty(), "no process holds it: {:?}", pool.suspects);
    let growth = pool.growth.as_ref().unwrap();
    assert!((growth.rate_per_hour / MB - 25.5).abs() < 1.0, "{growth:?}");
    let [low, high] = growth.rate_per_hour_ci95.unwrap();
    assert!(low < growth.rate_per_hour && growth.rate_per_hour < high);
    // It began at 02:10, between two samples.
    let since = growth.since.unwrap().local();
    let minutes = (since.and_utc().timestamp() - 1_772_503_800) / 60;
    assert!(minutes.abs() <= 20, "began at {since}");
    let exhaustion = pool.exhaustion.as_ref().unwrap();
    assert!(exhaustion.limit_basis.contains("available memory"), "nearer than 75 % of RAM: {exhaustion:?}");
    let at = exhaustion.at.unwrap();
    assert!(at > report.machines[0].last_sample.unwrap());
    let ram = report.machines[0].physical_memory_bytes.unwrap() as f64 / GB;
    assert!((ram - 1.0).abs() < 1.0 / 6.0, "estimated RAM {ram} GB");
    assert_eq!(finding(&report, Subject::PagedPool).verdict, Verdict::Stable);
}

#[test]
fn ram_that_is_given_sets_the_limit() {
    let ram = Ram { bytes: 900 << 20, source: RamSource::User };
    let options = Options { ram: Some(ram), ..Options::default() };
    let report = analyze(&[fixture("nonpaged-leak.blg")], &options, TimeRange::default());
    let exhaustion = finding(&report, Subject::NonpagedPool).exhaustion.as_ref().unwrap();
    assert_eq!(exhaustion.limit_bytes, Some(0.75 * 900.0 * MB), "nearer than what is available");
    assert!(exhaustion.limit_basis.contains("75 % of RAM") && exhaustion.share_of_physical_memory.unwrap() > 0.55);
    assert_eq!(report.machines[0].physical_memory_basis.as_deref(), Some("set with --ram"));
}

#[test]
fn a_leaking_process_whose_number_changes() {
    let report = judged(&["process-leak.blg"]);
    for subject in [Subject::NonpagedPool, Subject::PagedPool] {
        let pool = finding(&report, subject);
        assert_eq!((pool.verdict, pool.origin), (Verdict::Leak, Some(Origin::User)), "{:?}", pool.reasons);
        let suspect = &pool.suspects[0];
        assert_eq!((suspect.name.as_str(), suspect.pid), ("w3wp", Some(4712)));
        assert!(suspect.share > 0.9 && suspect.basis.contains("handles"), "{suspect:?}");
        assert_eq!(pool.suspects.len(), 1, "the other two w3wp are innocent");
    }
}

#[test]
fn load_and_quiet_are_no_leaks() {
    let load = judged(&["load.blg"]);
    assert_eq!(finding(&load, Subject::NonpagedPool).verdict, Verdict::Load);
    assert_eq!(finding(&load, Subject::PagedPool).verdict, Verdict::Load);
    let quiet = judged(&["quiet.blg"]);
    for subject in [Subject::NonpagedPool, Subject::PagedPool] {
        let pool = finding(&quiet, subject);
        assert_eq!((pool.verdict, pool.severity), (Verdict::Stable, Severity::Ok), "{:?}", pool.reasons);
        assert!(pool.exhaustion.is_none() && pool.origin.is_none() && pool.suspects.is_empty());
        let growth = pool.growth.as_ref().unwrap();
        assert!(growth.since.is_none() && growth.rate_per_hour.abs() < 0.05 * MB, "{growth:?}");
    }
}

#[test]
fn several_machines_are_told_apart_and_the_gravest_comes_first() {
    let report = judged(&["quiet.blg", "load.blg", "nonpaged-leak.blg"]);
    let names: Vec<&str> = report.machines.iter().map(|m| m.machine.as_str()).collect();
    assert_eq!(names, ["APPSRV01", "DC01", "FILES01"]);
}

#[test]
fn a_log_and_its_csv_give_the_same_verdict_and_together_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let blg = fixture("process-leak.blg");
    let csv = folder.path().join("process-leak.csv");
    let log = [perfverdict::log::Log::open(&blg).unwrap()];
    let mut out = Vec::new();
    let all = perfverdict::log::Selection::All.into();
    perfverdict::convert::write_text(&log, &all, perfverdict::convert::Dialect::default(), &mut out).unwrap();
    std::fs::write(&csv, out).unwrap();
    let facts = |paths: &[PathBuf]| {
        let report = analyze(paths, &Options::default(), TimeRange::default());
        let machine = &report.machines[0];
        let pools = machine.findings.iter().map(|f| {
            (
                f.subject,
                f.verdict,
                f.origin,
                f.growth.as_ref().map(|g| g.rate_per_hour),
                f.suspects.first().map(|s| s.pid),
            )
        });
        (machine.samples, pools.collect::<Vec<_>>())
    };
    let (from_blg, from_csv, both) = (facts(from_ref(&blg)), facts(from_ref(&csv)), facts(&[csv, blg.clone()]));
    assert_eq!(from_blg, from_csv);
    assert_eq!(from_blg, both, "the same samples twice are one history");
}

#[test]
fn a_time_window_leaves_out_the_rest() {
    use perfverdict::log::FileTime;
    let local = chrono::NaiveDate::from_ymd_opt(2026, 3, 3).and_then(|d| d.and_hms_opt(2, 0, 0)).unwrap();
    let window = TimeRange { from: None, to: FileTime::from_naive(local) };
    let report = analyze(&[fixture("nonpaged-leak.blg")], &Options::default(), window);
    assert_eq!(report.machines[0].samples, 19);
    assert_eq!(finding(&report, Subject::NonpagedPool).verdict, Verdict::InsufficientData);
}

#[test]
fn event_2004_tells_the_ram_of_its_machine() {
    let folder = tempfile::tempdir().unwrap();
    let event = |computer: &str| {
        format!(
            r#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider
            Name="Microsoft-Windows-Resource-Exhaustion-Detector"/><EventID>2004</EventID><TimeCreated
            SystemTime="2026-03-03T19:17:15.5785479Z"/><Computer>{computer}</Computer></System><UserData>
            <MemoryExhaustionInfo><SystemInfo><PhysicalMemorySize>1073213440</PhysicalMemorySize></SystemInfo>
            </MemoryExhaustionInfo></UserData></Event>"#
        )
    };
    for (computer, known) in [("appsrv01.example.com", true), ("other.example.com", false)] {
        let xml = folder.path().join(format!("{computer}.xml"));
        std::fs::write(&xml, event(computer)).unwrap();
        let report = analyze(&[fixture("nonpaged-leak.blg"), xml], &Options::default(), TimeRange::default());
        let basis = report.machines[0].physical_memory_basis.as_deref().unwrap();
        assert_eq!(basis.starts_with("event 2004 of 2026-03-03"), known, "{basis}");
        assert_eq!(report.machines[0].physical_memory_bytes == Some(1_073_213_440), known);
    }
}

/// Rows of a CSV: System Up Time in hours, and the pool in MB, by hour of the log.
fn csv(hours: std::ops::Range<u32>, row: impl Fn(f64) -> (f64, f64)) -> String {
    let mut text =
        r#""(PDH-CSV 4.0) (UTC)(0)","\\SRV\System\System Up Time","\\SRV\Memory\Pool Nonpaged Bytes""#.to_owned();
    for minute in (hours.start * 60..hours.end * 60).step_by(10) {
        let (up, pool) = row(f64::from(minute) / 60.0);
        let (day, hour) = (1 + minute / 1440, minute / 60 % 24);
        text += &format!(
            "\n\"03/{day:02}/2026 {hour:02}:{:02}:00.000\",\"{}\",\"{}\"",
            minute % 60,
            up * 3600.0,
            pool * MB
        );
    }
    text
}

fn judged_csv(text: &str) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("srv.csv");
    std::fs::write(&path, text).unwrap();
    analyze(&[path], &Options::default(), TimeRange::default())
}

#[test]
fn a_restart_hides_no_leak() {
    // 100 hours of leak, a restart, a few quiet hours.
    let report = judged_csv(&csv(0..106, |h| if h < 100.0 { (h + 9.0, 200.0 + 5.0 * h) } else { (h - 99.95, 200.0) }));
    assert_eq!(report.machines[0].boots.len(), 1);
    let pool = finding(&report, Subject::NonpagedPool);
    assert_eq!(pool.verdict, Verdict::Leak, "{:?}", pool.reasons);
    assert!(
        pool.headline.contains("leaked") && pool.headline.contains("until the restart on 5 March"),
        "{}",
        pool.headline
    );
    assert!(pool.exhaustion.as_ref().unwrap().at.is_none(), "the pool was given back");
}

#[test]
fn a_leak_that_goes_on_after_a_restart_is_told_of_the_present_boot() {
    let report =
        judged_csv(&csv(0..120, |h| if h < 60.0 { (h + 9.0, 200.0 + 5.0 * h) } else { (h - 59.95, 5.0 * h - 100.0) }));
    let pool = finding(&report, Subject::NonpagedPool);
    assert_eq!(pool.verdict, Verdict::Leak);
    let growth = pool.growth.as_ref().unwrap();
    assert!((growth.rate_per_hour / MB - 5.0).abs() < 0.1 && growth.first < 220.0 * MB, "{growth:?}");
    assert!(pool.headline.contains("since 3 March 2026 12:00"), "{}", pool.headline);
}

#[test]
fn who_holds_it_is_not_said_of_a_partial_list() {
    let report = judged_csv(&csv(0..60, |h| (h, 200.0 + 2.0 * h)));
    let pool = finding(&report, Subject::NonpagedPool);
    assert_eq!((pool.verdict, pool.origin), (Verdict::Leak, Some(Origin::Unknown)));
    assert!(!pool.headline.contains("held by"), "{}", pool.headline);
}
