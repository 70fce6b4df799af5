//! Findings beside the pools, and what they say: from small logs, by the whole road.

use perfverdict::TimeRange;
use perfverdict::analyze;
use perfverdict::base::units::MB;
use perfverdict::model::{Finding, MachineReport, Origin, Passed, Role, Severity, Subject, Unit, Verdict};
use perfverdict::{MeasuredBy, MeasuredLimit, Options, Pool};

/// A counter path without machine, and its value at an hour; `None` is blank.
type Column<'a> = (&'a str, &'a dyn Fn(f64) -> Option<f64>);

/// A log of samples ten minutes apart.
fn judged_with(hours: u32, columns: &[Column<'_>], options: &Options) -> MachineReport {
    let mut text = String::from("\"(PDH-CSV 4.0) (UTC)(0)\"");
    for (path, _) in columns {
        text += &format!(",\"\\\\SRV\\{path}\"");
    }
    for minute in (0..=hours * 60).step_by(10) {
        let (day, hour) = (1 + minute / 1440, minute / 60 % 24);
        text += &format!("\n\"03/{day:02}/2026 {hour:02}:{:02}:00.000\"", minute % 60);
        for (_, value) in columns {
            match value(f64::from(minute) / 60.0) {
                Some(value) => text += &format!(",\"{value}\""),
                None => text += ",\" \"",
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("srv.csv");
    std::fs::write(&path, text).unwrap();
    analyze(&[path], options, TimeRange::default()).machines.remove(0)
}

fn judged(hours: u32, columns: &[Column<'_>]) -> MachineReport {
    judged_with(hours, columns, &Options::default())
}

fn finding(report: &MachineReport, subject: Subject) -> &Finding {
    report.findings.iter().find(|f| f.subject == subject).unwrap_or_else(|| panic!("{subject:?} in {report:#?}"))
}

/// A ripple, so that nothing stands still.
fn ripple(hour: f64) -> f64 {
    (hour * 1.7).sin() + (hour * 0.61).cos()
}

#[test]
fn a_process_that_leaks_memory_handles_or_threads() {
    let report = judged(
        72,
        &[
            (r"Memory\Pool Nonpaged Bytes", &|h| Some((200.0 + ripple(h)) * MB)),
            (r"Process(app)\ID Process", &|_| Some(77.0)),
            (r"Process(app)\Private Bytes", &|h| Some((300.0 + 2.0 * h + ripple(h)) * MB)),
            (r"Process(app)\Handle Count", &|h| Some((900.0 + 40.0 * h + ripple(h)).floor())),
            (r"Process(app)\Thread Count", &|h| Some((40.0 + h).floor())),
            (r"Process(calm)\ID Process", &|_| Some(78.0)),
            (r"Process(calm)\Private Bytes", &|h| Some((300.0 + 3.0 * ripple(h)) * MB)),
            (r"Process(calm)\Handle Count", &|h| Some((900.0 + 9.0 * ripple(h)).floor())),
        ],
    );
    let about: Vec<(Subject, Unit)> = report
        .findings
        .iter()
        .filter(|f| f.process.is_some())
        .map(|f| {
            assert_eq!((f.process.as_deref(), f.pid, f.verdict), (Some("app"), Some(77), Verdict::Leak), "{f:#?}");
            (f.subject, f.growth.as_ref().unwrap().unit)
        })
        .collect();
    assert_eq!(
        about,
        [
            (Subject::ProcessPrivateBytes, Unit::Bytes),
            (Subject::ProcessHandles, Unit::Handles),
            (Subject::ProcessHandles, Unit::Threads)
        ]
    );
    let handles = finding(&report, Subject::ProcessHandles);
    assert!((handles.growth.as_ref().unwrap().rate_per_hour - 40.0).abs() < 4.0, "{handles:#?}");
    assert!(
        handles.headline.starts_with("app (PID 77) has been leaking 9") && handles.headline.contains("handles/day")
    );
    assert_eq!(finding(&report, Subject::NonpagedPool).verdict, Verdict::Stable);
    assert!(report.not_analysed.iter().any(|n| n.contains("there are findings on 1")), "{:?}", report.not_analysed);
}

#[test]
fn a_working_set_alone_is_suspected_at_most() {
    let report = judged(
        72,
        &[
            (r"Process(app)\ID Process", &|_| Some(77.0)),
            (r"Process(app)\Private Bytes", &|h| Some((300.0 + ripple(h)) * MB)),
            (r"Process(app)\Working Set", &|h| Some((300.0 + 4.0 * h + ripple(h)) * MB)),
        ],
    );
    assert_eq!(finding(&report, Subject::ProcessPrivateBytes).verdict, Verdict::SuspectedLeak);
}

#[test]
fn committed_memory_says_who_holds_it_and_what_runs_out_first() {
    let report = judged(
        72,
        &[
            (r"Memory\Pool Nonpaged Bytes", &|h| Some((200.0 + ripple(h)) * MB)),
            (r"Memory\Committed Bytes", &|h| Some((3000.0 + 20.0 * h + 2.0 * ripple(h)) * MB)),
            (r"Memory\Commit Limit", &|_| Some(6000.0 * MB)),
            (r"Paging File(_Total)\% Usage", &|h| Some(60.0 + h / 3.0)),
            (r"Process(_Total)\Private Bytes", &|h| Some((2500.0 + 19.0 * h + 2.0 * ripple(h)) * MB)),
            (r"Process(app)\ID Process", &|_| Some(77.0)),
            (r"Process(app)\Private Bytes", &|h| Some((800.0 + 19.0 * h + ripple(h)) * MB)),
        ],
    );
    let commit = finding(&report, Subject::Commit);
    assert_eq!(
        (commit.verdict, commit.origin, commit.severity),
        (Verdict::Leak, Some(Origin::User), Severity::Critical)
    );
    assert_eq!((commit.suspects[0].name.as_str(), commit.suspects[0].role), ("app", Role::Holder));
    let all = commit.reasons.join("\n");
    for part in [
        "private memory of processes",
        "exhausted before the pools",
        "paging file was up to 84 % full",
        "of the commit limit",
    ] {
        assert!(all.contains(part), "{part}: {all}");
    }
    // 1,560 MB are left at 20 MB an hour.
    let at = commit.exhaustion.as_ref().unwrap().at.unwrap();
    let hours = at.hours_since(report.last_sample.unwrap());
    assert!((75.0..=81.0).contains(&hours), "{hours}");
    assert!(commit.next_steps[0].command.as_deref().unwrap().starts_with("procdump.exe"), "{:?}", commit.next_steps);
}

#[test]
fn page_table_entries_of_a_32_bit_system() {
    let column = r"Memory\Free System Page Table Entries";
    let lost = judged(72, &[(column, &|h| Some((90_000.0 - 1000.0 * h + 20.0 * ripple(h)).floor()))]);
    let found = finding(&lost, Subject::FreeSystemPtes);
    assert_eq!((found.verdict, found.growth.as_ref().unwrap().unit), (Verdict::Leak, Unit::Entries), "{found:#?}");
    assert!(found.headline.contains("18,0") && found.headline.contains("left"), "{}", found.headline);
    let (first, last) = (found.growth.as_ref().unwrap().first, found.growth.as_ref().unwrap().last);
    assert!(first > 89_000.0 && last < 19_000.0, "as the counter has them");
    let few = judged(72, &[(column, &|h| Some((7000.0 + 20.0 * ripple(h)).floor()))]);
    assert_eq!(finding(&few, Subject::FreeSystemPtes).severity, Severity::Critical);
    // Nonsense, and what 64 bits have.
    for value in [4_294_967_295.0, 33_556_000.0] {
        let none = judged(72, &[(column, &move |_| Some(value))]);
        assert!(none.findings.iter().all(|f| f.subject != Subject::FreeSystemPtes));
    }
}

#[test]
fn load_that_grows_is_named() {
    let day = |h: f64| (1.0 - ((h % 24.0 - 13.0) / 6.0).powi(2)).max(0.0);
    let users = move |h: f64| (20.0 + 200.0 * (1.0 + h / 168.0) * (0.3 + day(h))).round();
    let report = judged(
        168,
        &[
            (r"Server\Server Sessions", &move |h| Some(users(h))),
            (r"Memory\Pool Nonpaged Bytes", &move |h| Some((150.0 + 0.2 * users(h) + 0.3 * ripple(h)) * MB)),
        ],
    );
    let pool = finding(&report, Subject::NonpagedPool);
    assert_eq!(pool.verdict, Verdict::Load, "{pool:#?}");
    let load = &pool.loads[0];
    assert!(load.counter == r"\Server\Server Sessions" && load.share > 0.9, "{load:?}");
    assert!(pool.reasons.iter().any(|r| r.contains("Server Sessions") && r.contains("explain")), "{:?}", pool.reasons);
}

#[test]
fn a_driver_that_leaks_while_a_process_runs() {
    let pool = |h: f64| (200.0 + 2.0 * (h.clamp(30.0, 75.0) - 30.0) + 0.2 * ripple(h)) * MB;
    let runs = |h: f64| (30.0..=75.0).contains(&h);
    let report = judged(
        120,
        &[
            (r"Memory\Pool Nonpaged Bytes", &move |h| Some(pool(h))),
            (r"Process(_Total)\Pool Nonpaged Bytes", &|h| Some((4.0 + 0.01 * ripple(h)) * MB)),
            (r"Process(scanner)\ID Process", &move |h| runs(h).then_some(900.0)),
            (r"Process(scanner)\Pool Nonpaged Bytes", &move |h| runs(h).then_some(50_000.0)),
        ],
    );
    let pool = finding(&report, Subject::NonpagedPool);
    assert_eq!((pool.verdict, pool.origin), (Verdict::Leak, Some(Origin::Kernel)), "{pool:#?}");
    let trigger = &pool.suspects[0];
    assert_eq!((trigger.role, trigger.name.as_str(), trigger.pid), (Role::Correlated, "scanner", Some(900)));
    assert!(pool.headline.contains("leaked") && pool.headline.contains("scanner"), "{}", pool.headline);
    assert!(pool.exhaustion.as_ref().unwrap().at.is_none(), "it has not grown since");
}

#[test]
fn gates_are_told_and_what_would_change_the_verdict() {
    let morning = judged(6, &[(r"Memory\Pool Nonpaged Bytes", &|h| Some((200.0 + 8.0 * h + 0.3 * ripple(h)) * MB))]);
    let pool = finding(&morning, Subject::NonpagedPool);
    assert_eq!(pool.verdict, Verdict::SuspectedLeak);
    let doubtful: Vec<&str> =
        pool.gates.iter().filter(|g| g.passed == Passed::Doubtful).map(|g| g.asks.as_str()).collect();
    assert_eq!(doubtful, ["Observed long enough"], "{pool:#?}");
    assert!(pool.would_change[0].contains("over a second night"), "{:?}", pool.would_change);
    let short = judged(2, &[(r"Memory\Pool Nonpaged Bytes", &|h| Some((200.0 + 40.0 * h) * MB))]);
    let pool = finding(&short, Subject::NonpagedPool);
    assert_eq!(pool.verdict, Verdict::InsufficientData);
    let collect = pool.collect.unwrap();
    assert!((collect.interval_seconds - 15.0).abs() < 1e-9 && collect.hours > 1.0, "it rises fast");
    assert!(pool.next_steps[0].command.as_deref().unwrap().ends_with("--interval 15s"));
}

#[test]
fn a_measured_limit_stands_in_for_the_documented_one() {
    let limit = MeasuredLimit { pool: Pool::Nonpaged, bytes: 255 << 20, by: MeasuredBy::User };
    let options = Options { measured_limits: vec![limit], ..Options::default() };
    let columns: [Column<'_>; 1] = [(r"Memory\Pool Nonpaged Bytes", &|h| Some((100.0 + h + 0.1 * ripple(h)) * MB))];
    let report = judged_with(72, &columns, &options);
    let exhaustion = finding(&report, Subject::NonpagedPool).exhaustion.as_ref().unwrap();
    assert_eq!((exhaustion.limit_bytes, exhaustion.limit_basis.contains("measured")), (Some(255.0 * MB), true));
    assert!(exhaustion.at.is_some());
}

#[test]
fn a_last_sample_that_stands_alone_is_set_apart() {
    let glitch = |h: f64| if h > 71.95 { 100.0 } else { 1.0 };
    let report = judged(
        72,
        &[
            (r"Memory\Pool Nonpaged Bytes", &move |h| Some(glitch(h) * (300.0 + 2.0 * ripple(h)) * MB)),
            (r"Memory\Committed Bytes", &move |h| Some(glitch(h) * (2000.0 + 5.0 * ripple(h)) * MB)),
            (r"Memory\Commit Limit", &|_| Some(8000.0 * MB)),
        ],
    );
    let pool = finding(&report, Subject::NonpagedPool);
    let growth = pool.growth.as_ref().unwrap();
    assert!(growth.last < 310.0 * MB && growth.maximum < 310.0 * MB, "{growth:?}");
    assert!(pool.reasons.iter().any(|r| r.starts_with("One value is far from its neighbors")), "{:?}", pool.reasons);
    let commit = finding(&report, Subject::Commit);
    assert_eq!(commit.severity, Severity::Ok, "{}", commit.headline);
    assert!(commit.headline.contains("25 % of its limit"), "{}", commit.headline);
}

#[test]
fn one_wrong_time_stamp_and_dead_counters_cost_nothing() {
    let dead =
        judged(72, &[(r"Memory\Pool Nonpaged Bytes", &|_| Some(0.0)), (r"Memory\Committed Bytes", &|_| Some(0.0))]);
    let pool = finding(&dead, Subject::NonpagedPool);
    assert_eq!(pool.verdict, Verdict::InsufficientData);
    assert!(pool.headline.contains("reads 0"), "{}", pool.headline);
    assert!(dead.findings.iter().all(|f| !f.headline.contains("NaN")));
    let mut text = String::from("\"(PDH-CSV 4.0) (UTC)(0)\",\"\\\\SRV\\Memory\\Pool Nonpaged Bytes\"");
    for year in 1990..2050 {
        text += &format!("\n\"03/01/{year} 00:00:00.000\",\"{}\"", 1e8 + f64::from(year));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sparse.csv");
    std::fs::write(&path, text).unwrap();
    assert_eq!(analyze(&[path], &Options::default(), TimeRange::default()).machines.len(), 1);
}

#[test]
fn zeros_of_counters_that_are_never_zero_are_blanks() {
    let failed = |hour: f64| ((hour * 6.0).round() % 17.0 - 3.0).abs() < 0.5;
    let read = |value: f64, hour: f64| Some(if failed(hour) { 0.0 } else { value });
    let nonpaged: Column<'_> = (r"Memory\Pool Nonpaged Bytes", &|h| read((200.0 + 2.0 * h + ripple(h)) * MB, h));
    let committed: Column<'_> = (r"Memory\Committed Bytes", &|h| read((3000.0 + 2.0 * h + 5.0 * ripple(h)) * MB, h));
    let limit: Column<'_> = (r"Memory\Commit Limit", &|h| read(6000.0 * MB, h));
    let report = judged(96, &[nonpaged, committed, limit]);
    for subject in [Subject::NonpagedPool, Subject::Commit] {
        let finding = finding(&report, subject);
        assert_eq!(finding.verdict, Verdict::Leak, "{finding:?}");
        assert!(finding.reasons.iter().any(|reason| reason.contains("reads 0 in 34 samples")), "{:?}", finding.reasons);
        assert!((finding.growth.as_ref().unwrap().rate_per_hour / MB - 2.0).abs() < 0.2, "{finding:?}");
    }
}

#[test]
fn a_counter_without_a_value_is_not_said_to_be_missing() {
    let available: Column<'_> = (r"Memory\Available Bytes", &|hour| Some((3000.0 + ripple(hour)) * MB));
    let blank: Column<'_> = (r"Memory\Pool Nonpaged Bytes", &|_| None);
    let report = judged(48, &[available, blank]);
    let nonpaged = finding(&report, Subject::NonpagedPool);
    assert!(
        nonpaged.headline.contains(r"the log has no value of \Memory\Pool Nonpaged Bytes"),
        "{}",
        nonpaged.headline
    );
    assert_eq!(nonpaged.counter.as_deref(), Some(r"\\SRV\Memory\Pool Nonpaged Bytes"));
    let paged = finding(&report, Subject::PagedPool);
    assert!(paged.headline.contains(r"the log does not contain \Memory\Pool Paged Bytes"), "{}", paged.headline);
    assert!(
        is_noted(&report, "Pool Paged Bytes") && !is_noted(&report, "Pool Nonpaged Bytes"),
        "{:?}",
        report.not_analysed
    );

    // Of what is not known, nothing is said to be exhausted later.
    let committed: Column<'_> = (r"Memory\Committed Bytes", &|h| Some((3000.0 + 20.0 * h + 2.0 * ripple(h)) * MB));
    let limit: Column<'_> = (r"Memory\Commit Limit", &|_| Some(6000.0 * MB));
    let report = judged(72, &[committed, limit, blank]);
    let commit = finding(&report, Subject::Commit);
    assert!(commit.exhaustion.is_some() && !commit.reasons.join("\n").contains("before the pools"), "{commit:?}");
}

/// Whether a note says this.
fn is_noted(report: &MachineReport, part: &str) -> bool {
    report.not_analysed.iter().any(|note| note.contains(part))
}

#[test]
fn namesakes_without_ids_are_judged_each_where_none_came_or_went() {
    let report = judged(
        72,
        &[
            (r"Process(svc)\Private Bytes", &|h| Some((50.0 + ripple(h)) * MB)),
            (r"Process(svc#1)\Private Bytes", &|h| Some((50.0 + 1.2 * h + ripple(h)) * MB)),
        ],
    );
    let found = finding(&report, Subject::ProcessPrivateBytes);
    assert_eq!((found.process.as_deref(), found.verdict), (Some("svc#1"), Verdict::Leak), "{found:#?}");
    assert!(is_noted(&report, "each was judged on its own"), "{:?}", report.not_analysed);
    assert!(!is_noted(&report, "Kernel pools") && is_noted(&report, "only counters of processes"));
}

#[test]
fn namesakes_without_ids_are_judged_together_where_one_came_or_went() {
    let report = judged(
        72,
        &[
            (r"Memory\Pool Nonpaged Bytes", &|h| Some((200.0 + ripple(h)) * MB)),
            (r"Process(svc)\Private Bytes", &|h| Some((50.0 + 2.0 * h + ripple(h)) * MB)),
            (r"Process(svc#1)\Private Bytes", &|h| (h < 50.0).then(|| (30.0 + ripple(h)) * MB)),
            (r"Process(svc#2)\Private Bytes", &|h| (h > 20.0).then(|| (30.0 + ripple(h)) * MB)),
        ],
    );
    let found = finding(&report, Subject::ProcessPrivateBytes);
    assert_eq!((found.process.as_deref(), found.verdict), (Some("svc"), Verdict::SuspectedLeak), "{found:#?}");
    assert!(found.counter.as_deref().is_some_and(|path| path.contains("svc*")), "{:?}", found.counter);
    assert!(is_noted(&report, "svc: they cannot be told apart"), "{:?}", report.not_analysed);
}

#[test]
fn private_working_sets_and_addresses_are_judged_where_nothing_says_more() {
    for counter in [r"Process(app)\Working Set - Private", r"Process(app)\Virtual Bytes"] {
        let report = judged(72, &[(counter, &|h| Some((500.0 + 8.0 * h + ripple(h)) * MB))]);
        let found = finding(&report, Subject::ProcessPrivateBytes);
        assert_eq!(found.verdict, Verdict::SuspectedLeak, "{found:#?}");
        assert!(found.reasons.iter().any(|reason| reason.starts_with("The log does not contain its private bytes")));
        let with_private = judged(
            72,
            &[
                (counter, &|h| Some((500.0 + 8.0 * h + ripple(h)) * MB)),
                (r"Process(app)\Private Bytes", &|h| Some((300.0 + ripple(h)) * MB)),
            ],
        );
        assert!(with_private.findings.is_empty(), "{:#?}", with_private.findings);
    }
}

#[test]
fn available_memory_and_the_share_of_the_commit_limit_are_judged_where_committed_bytes_are_not_logged() {
    let falling =
        judged(72, &[(r"Memory\Available MBytes", &|h| Some((9000.0 - 120.0 * h + 9.0 * ripple(h)).round()))]);
    let found = finding(&falling, Subject::CounterRule);
    assert_eq!(found.verdict, Verdict::SuspectedLeak, "{found:#?}");
    assert!(found.headline.starts_with("Available memory has been falling by 120 MB/hour"), "{}", found.headline);
    let gone = judged(72, &[(r"Memory\Available MBytes", &|h| Some((9000.0 - 124.4 * h + 9.0 * ripple(h)).round()))]);
    assert_eq!(finding(&gone, Subject::CounterRule).severity, Severity::Critical);

    let steady = judged(72, &[(r"Memory\Available MBytes", &|h| Some((9000.0 + 90.0 * ripple(h)).round()))]);
    let found = finding(&steady, Subject::CounterRule);
    assert_eq!((found.severity, found.verdict.is_growth()), (Severity::Ok, false), "{found:#?}");

    let share = judged(72, &[(r"Memory\% Committed Bytes In Use", &|h| Some(30.0 + 0.8 * h + 0.2 * ripple(h)))]);
    let found = finding(&share, Subject::Commit);
    assert!(found.verdict == Verdict::Leak && found.growth.is_none(), "{found:#?}");
    assert!(found.headline.contains("% of its limit"), "{}", found.headline);

    let both = judged(
        72,
        &[
            (r"Memory\Available MBytes", &|h| Some((9000.0 - 120.0 * h + 9.0 * ripple(h)).round())),
            (r"Memory\Committed Bytes", &|h| Some((9000.0 + 120.0 * h + 9.0 * ripple(h)) * MB)),
        ],
    );
    assert!(both.findings.iter().all(|f| f.subject != Subject::CounterRule), "committed bytes say more");
}

#[test]
fn a_language_is_unknown_only_where_it_is() {
    let unknown = judged(
        24,
        &[
            (r"Memoria\Octeti zona nepaginata", &|h| Some((200.0 + h) * MB)),
            (r"Memoria\Octeti zona paginata", &|_| Some(200.0 * MB)),
        ],
    );
    let found = finding(&unknown, Subject::NonpagedPool);
    assert!(found.headline.contains("a language that is not known. Use the .blg"), "{}", found.headline);
    assert!(is_noted(&unknown, "in a language that is not known"), "{:?}", unknown.not_analysed);
    for known in [r"Memory\Available MBytes", r"Memoria\Bytes de caché", r".NET CLR Memory(w3wp)\# Bytes in all Heaps"]
    {
        let report = judged(24, &[(known, &|h| Some((200.0 + h) * MB))]);
        assert!(!is_noted(&report, "language"), "{known}: {:?}", report.not_analysed);
        assert!(report.findings.iter().all(|f| !f.headline.contains("language")), "{known}");
    }
}

#[test]
fn a_log_of_too_many_machines_fills_no_report() {
    let machines = perfverdict::MOST_MACHINES + 100;
    let mut paths = String::new();
    (0..machines).for_each(|number| paths += &format!(",\"\\\\S{number}\\Memory\\Available Bytes\""));
    let values = ",\"4000000000\"".repeat(machines);
    let text = format!(
        "\"(PDH-CSV 4.0) (UTC)(0)\"{paths}\n\"03/03/2026 10:00:00.000\"{values}\n\"03/03/2026 10:05:00.000\"{values}\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.csv");
    std::fs::write(&path, text).unwrap();
    let report = analyze(&[path], &Options::default(), TimeRange::default());
    assert_eq!(report.machines.len(), perfverdict::MOST_MACHINES);
    let left_out = "100 machines left out: a report has at most 2,000 machines; analyze fewer logs at a time";
    assert_eq!(report.problems, [left_out]);
}
