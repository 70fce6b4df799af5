//! Other evidence than counter logs: read whatever its form, joined to one verdict, and never the end of it.

#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "made counts and sizes")]

mod common;
mod made;

use std::fmt::Write;

use common::{finding, fixture, prime, real, run, tag, text_of};
use made::{driver, x64};
use perfverdict::TimeRange;
use perfverdict::analyze;
use perfverdict::demo::driver::Processor;
use perfverdict::evidence::collection::{Collection, EvidenceKind, Unused};
use perfverdict::evidence::drivers::{Occurrence, scan};
use perfverdict::evidence::dump::{Dump, DumpWarning, PoolTableError};
use perfverdict::evidence::events::{EventKind, parse_event_xml, parse_evtx};
use perfverdict::evidence::pooltag::{PoolTags, parse_pooltag};
use perfverdict::evidence::{Tag, windbg};
use perfverdict::inputs::Format;
use perfverdict::log::Bytes;
use perfverdict::model::{Origin, Severity, Subject, SuspectKind, Verdict};
use perfverdict::report::{to_html, to_text};
use perfverdict::{Extras, Options, Pool, analyze_with};

#[test]
fn an_incident_is_told_on_one_page() {
    let report = run(&[fixture("incident")]);
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    let pool = finding(&report, Subject::NonpagedPool);
    assert_eq!((pool.verdict, pool.origin), (Verdict::Leak, Some(Origin::Kernel)));
    assert_eq!(pool.severity, Severity::Critical);
    let suspect = |kind| pool.suspects.iter().find(|s| s.kind == kind).unwrap();
    let (leak, driver) = (suspect(SuspectKind::PoolTag), suspect(SuspectKind::Driver));
    assert_eq!((leak.name.as_str(), leak.drivers.first().map(String::as_str)), ("Leak", Some("myfault.sys")));
    assert!(leak.share > 0.97 && leak.confidence.unwrap() > 0.9, "{leak:?}");
    assert_eq!(driver.name, "myfault.sys");
    assert!(driver.vendor.as_ref().unwrap().contains("Sysinternals") && driver.confidence.unwrap() > 0.9, "{driver:?}");
    assert!(pool.suspects.iter().all(|s| s.name != "leakwatch.sys"), "it only speaks of leaks");
    assert!(pool.headline.contains("tag Leak → myfault.sys"), "{}", pool.headline);
    assert!(pool.headline.contains("allocated by drivers, not by processes"), "{}", pool.headline);
    let at = pool.exhaustion.as_ref().unwrap().at.unwrap().local();
    assert_eq!(at.format("%F %H").to_string(), "2026-03-03 17", "when event 2019 says so");
    let reasons = pool.reasons.join("\n");
    assert!(reasons.contains("Event 2019 (srv) on 3 March 2026 17:"), "{reasons}");
    assert!(reasons.contains("minutes after driver MyFault (myfault.sys) was installed (event 7045)"), "{reasons}");
    assert!(pool.disagreements.is_empty(), "{:?}", pool.disagreements);
    // All of it stands on the page, and events on the chart.
    let html = to_html(&report).unwrap();
    for part in
        ["tag</span> Leak", "driver</span> myfault.sys", "Crash Test Driver", "event 2019", "Events on the time line"]
    {
        assert!(html.contains(part) || part == "Crash Test Driver", "{part}");
    }
    let marks: Vec<&str> = pool.chart.as_ref().unwrap().marks.iter().map(|m| m.label.as_str()).collect();
    assert!(marks.contains(&"+ myfault.sys") && marks.contains(&"event 2019"), "{marks:?}");
    assert!(to_text(&report).contains("driver myfault.sys"));
    // What is known is not asked for again.
    let steps: Vec<&str> = pool.next_steps.iter().filter_map(|s| s.command.as_deref()).collect();
    assert!(!steps.iter().any(|s| s.contains("poolmon.exe") || s.contains("findstr")), "{steps:?}");
    assert!(steps.iter().any(|s| s.contains("verifier.exe") && s.contains("myfault.sys")), "{steps:?}");
}

#[test]
fn without_drivers_and_events_the_tag_alone_is_named() {
    let mut files = vec![fixture("incident/APPSRV03_PerfLog-Long.blg")];
    files.extend((1..=10).map(|n| fixture(&format!("incident/poolmonlog{n}.txt"))));
    let report = run(&files);
    let pool = finding(&report, Subject::NonpagedPool);
    assert_eq!(prime(pool), ("Leak", Some("myfault.sys")), "the built-in table knows it");
    let steps: Vec<&str> = pool.next_steps.iter().filter_map(|s| s.command.as_deref()).collect();
    assert!(
        steps.iter().any(|s| s.starts_with("perfverdict tag Leak")) || steps.iter().any(|s| s.contains("myfault")),
        "{steps:?}"
    );
    assert!(report.machines[0].not_analysed.iter().any(|n| n.contains("--drivers")));
}

#[test]
fn without_snapshots_the_report_says_what_to_run() {
    let report = run(&[fixture("incident/APPSRV03_PerfLog-Long.blg")]);
    let pool = finding(&report, Subject::NonpagedPool);
    let steps: Vec<String> = pool.next_steps.iter().filter_map(|s| s.command.clone()).collect();
    let place =
        |part: &str| steps.iter().position(|s| s.contains(part)).unwrap_or_else(|| panic!("{part}: {steps:#?}"));
    let order = ["ForEach-Object", "collect script", "perfverdict tag", "findstr.exe", "verifier.exe", "CrashControl"]
        .map(place);
    assert!(order.is_sorted(), "in the order in which they narrow: {order:?}");
    assert!(!steps.iter().any(|s| s.contains("gflags")), "pool tagging is on since Server 2003");
    let fast = Options { release: perfverdict::Release::from_name("XP"), ..Options::default() };
    let report = analyze(&[fixture("incident/APPSRV03_PerfLog-Long.blg")], &fast, TimeRange::default());
    let pool = finding(&report, Subject::NonpagedPool);
    assert!(pool.next_steps[0].command.as_deref().is_some_and(|c| c.contains("gflags.exe /r +ptg")));
}

#[test]
fn bad_files_are_named_and_the_rest_is_analysed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::copy(fixture("incident/APPSRV03_PerfLog-Long.blg"), at("a.blg")).unwrap();
    for n in 1..=10 {
        std::fs::copy(fixture(&format!("incident/poolmonlog{n}.txt")), at(&format!("poolmonlog{n}.txt"))).unwrap();
    }
    // Cut off and torn in every way.
    std::fs::write(at("System.evtx"), b"ElfFile\0rubbish").unwrap();
    std::fs::write(at("events.xml"), "<Events><Event><System></Events>").unwrap();
    std::fs::write(at("MEMORY.DMP"), b"PAGEDU64 cut").unwrap();
    std::fs::create_dir(at("drivers")).unwrap();
    std::fs::write(at("drivers/torn.sys"), b"MZ torn off").unwrap();
    let torn = text_of(&at("poolmonlog4.txt"));
    std::fs::write(at("poolmonlog4.txt"), &torn[..torn.len() / 2]).unwrap();
    let report = run(&[folder.path().to_owned()]);
    let all = report.problems.join("\n");
    for name in ["System.evtx", "events.xml", "MEMORY.DMP", "torn.sys"] {
        assert!(all.contains(name), "{name}: {all}");
    }
    let pool = finding(&report, Subject::NonpagedPool);
    assert_eq!((pool.verdict, prime(pool).0), (Verdict::Leak, "Leak"));
}

#[test]
fn evidence_of_another_machine_is_ignored_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let events = text_of(&fixture("incident/System.xml")).replace("APPSRV03", "OTHER");
    let path = folder.path().join("System.xml");
    std::fs::write(&path, events).unwrap();
    let report = run(&[fixture("incident/APPSRV03_PerfLog-Long.blg"), path.clone()]);
    assert!(report.machines[0].events.is_empty());
    assert!(report.problems.iter().any(|p| p.contains("OTHER") && p.contains("APPSRV03")), "{:?}", report.problems);
    let mut evidence = Collection::default();
    evidence.add(EvidenceKind::EventXml, &path, Bytes::map(&path).unwrap(), None).unwrap();
    let logged = vec!["APPSRV03".to_owned()];
    let other = Unused::OtherMachines { machines: vec!["OTHER".to_owned()], reported: logged.clone() };
    assert_eq!(evidence.unused(&logged, &|_| true), [other]);
}

#[test]
fn two_machines_keep_their_evidence_apart() {
    let folder = tempfile::tempdir().unwrap();
    for (machine, log) in [("a", "incident/APPSRV03_PerfLog-Long.blg"), ("b", "quiet.blg")] {
        std::fs::create_dir(folder.path().join(machine)).unwrap();
        std::fs::copy(fixture(log), folder.path().join(machine).join("log.blg")).unwrap();
    }
    for n in 1..=10 {
        let name = format!("poolmonlog{n}.txt");
        std::fs::copy(fixture(&format!("incident/{name}")), folder.path().join("a").join(name)).unwrap();
    }
    let report = run(&[folder.path().to_owned()]);
    let of = |machine: &str| report.machines.iter().find(|m| m.machine == machine).unwrap();
    assert_eq!(prime(&of("APPSRV03").findings[0]).0, "Leak");
    assert!(of("DC01").findings.iter().all(|f| f.suspects.iter().all(|s| s.kind == SuspectKind::Process)));
    assert!(of("DC01").findings.iter().all(|f| !f.reasons.join(" ").contains("PoolMon")));
}

#[test]
fn times_of_evidence_are_on_the_clock_of_its_machine() {
    let folder = tempfile::tempdir().unwrap();
    for (machine, bias) in [("A", "-60"), ("B", "300")] {
        let own = folder.path().join(machine);
        std::fs::create_dir(&own).unwrap();
        let row = |minute: u32| format!("\"03/03/2026 02:{minute:02}:00.000\",\"1048576\"\n");
        let head = format!("\"(PDH-CSV 4.0) (Zone)({bias})\",\"\\\\{machine}\\Memory\\Pool Nonpaged Bytes\"\n");
        std::fs::write(own.join("log.csv"), head + &row(0) + &row(30)).unwrap();
        // One file names its machine, one lies with its log.
        let named = text_of(&fixture("incident/System.xml")).replace("APPSRV03", machine);
        std::fs::write(folder.path().join(format!("{machine}.xml")), named).unwrap();
        std::fs::copy(fixture("incident/poolmonlog1.txt"), own.join("poolmonlog1.txt")).unwrap();
    }
    let report = run(&[folder.path().to_owned()]);
    let offset = |end: &str| {
        let input = report.inputs.iter().find(|i| i.path.replace('\\', "/").ends_with(end)).unwrap();
        input.first_sample.unwrap().offset().unwrap().to_string()
    };
    let of = |machine: &str| ["/log.csv", "/poolmonlog1.txt", ".xml"].map(|file| offset(&format!("{machine}{file}")));
    assert_eq!((of("A"), of("B")), (["+01:00"; 3].map(str::to_owned), ["-05:00"; 3].map(str::to_owned)));
}

#[test]
fn sources_that_disagree_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let other = driver(Processor::X64, &x64(*b"Leak"), b"ExAllocatePoolWithTag", "Acme Storage");
    std::fs::write(folder.path().join("acmestor.sys"), other).unwrap();
    let mut files = vec![fixture("incident/APPSRV03_PerfLog-Long.blg")];
    files.extend((1..=10).map(|n| fixture(&format!("incident/poolmonlog{n}.txt"))));
    let extras = Extras { drivers: vec![folder.path().to_owned()], ..Extras::default() };
    let report = analyze_with(&files, &extras, &Options::default(), TimeRange::default());
    let pool = finding(&report, Subject::NonpagedPool);
    assert_eq!(prime(pool), ("Leak", Some("acmestor.sys")), "what the files show weighs more");
    assert!(
        pool.disagreements.iter().any(|d| d.contains("myfault.sys") && d.contains("acmestor.sys")),
        "{:?}",
        pool.disagreements
    );
    assert!(to_html(&report).unwrap().contains("Where sources disagree"));
}

#[test]
fn drivers_are_told_by_how_the_tag_stands_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: Vec<u8>| std::fs::write(folder.path().join(name), bytes).unwrap();
    let imports = b"\0\0ExAllocatePoolWithTag\0";
    let words = |words: &[u32]| words.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>();
    let (low, high) = (0x654C_u32, 0x6B61_u32);
    let arm64 = words(&[0x5280_0000 | low << 5 | 2, 0x72A0_0000 | high << 5 | 2, 0xD65F_03C0]);
    write("arm.sys", driver(Processor::Arm64, &arm64, imports, "Acme"));
    write("decoy.sys", driver(Processor::X64, &x64(*b"Dcoy"), b"ExAllocatePoolWithTag Memory Leak found", "Acme"));
    write("intel.sys", driver(Processor::X86, &[&[0x68][..], b"Leak", &[0xE8]].concat(), imports, "Acme"));
    write("ms.sys", driver(Processor::X64, &x64(*b"Leak"), imports, "Microsoft Corporation"));
    write("reverse.sys", driver(Processor::X64, &x64(*b"kaeL"), imports, "Acme"));
    write("third.sys", driver(Processor::X64, &x64(*b"Leak"), imports, "Acme"));
    write("nothing.sys", driver(Processor::X64, &x64(*b"Abcd"), imports, "Acme"));
    write("pagefile.sys", vec![0; 4096]);
    let scan = scan(&[folder.path().to_owned()], &[tag("Leak")]);
    assert!(scan.problems.is_empty(), "{:?}", scan.problems);
    let found: Vec<(&str, Occurrence)> = scan.found.iter().map(|f| (f.name.as_str(), f.best().unwrap().0)).collect();
    assert_eq!(
        found,
        [
            ("arm.sys", Occurrence::Immediate),
            ("intel.sys", Occurrence::Immediate),
            ("third.sys", Occurrence::Immediate),
            ("ms.sys", Occurrence::Immediate),
            ("decoy.sys", Occurrence::Text),
            ("reverse.sys", Occurrence::Immediate),
        ]
    );
    assert!(scan.found.iter().all(|f| f.reversed == (f.name == "reverse.sys")));
    let third = scan.found.iter().find(|f| f.name == "third.sys").unwrap();
    assert_eq!(
        (third.version.company.as_str(), third.version.version.as_str(), third.signed),
        ("Acme", "1.2.3.4", Some(true))
    );
}

#[test]
fn the_debugger_s_list_of_tags() {
    let Some(path) = real("pooltag/pooltag.txt") else { return };
    let (entries, odd) = parse_pooltag(&text_of(&path));
    assert_eq!(entries.len(), 4571);
    assert_eq!(odd, 2, "an entry without a tag, and a remark without a mark");
    let mut tags = PoolTags::default();
    tags.add("pooltag.txt", entries);
    for (name, file) in [("AfdB", "afd.sys"), ("8042", "i8042prt.sys"), ("NtFC", "ntfs.sys"), ("PdcC", "pdc.sys")] {
        assert_eq!(tags.find(tag(name))[0].file.as_deref(), Some(file), "{name}");
    }
}

#[test]
fn real_debugger_texts() {
    let session = |name: &str| real(&format!("windbg/{name}")).map(|p| (windbg::parse(&text_of(&p), name), p));
    let Some((win7, path)) = session("vm-and-poolused-win7.txt") else { return };
    assert_eq!(Format::of(&std::fs::read(&path).unwrap(), &path), Some(Format::DebuggerText));
    let vm = &win7.memory[0];
    assert_eq!((vm.physical, vm.nonpaged), (Some(1_048_446 * 4096), Some(9111 * 4096)));
    assert_eq!(vm.nonpaged_max, Some(774_140 * 4096), "3 GB of 4");
    assert_eq!(vm.paged_max, None, "128 GB on a machine of 4");
    assert_eq!(win7.pools.len(), 2);
    assert_eq!(win7.pools[0].find(Pool::Nonpaged, tag("Cont")).unwrap().bytes, 6_525_216);
    assert_eq!(win7.pools[1].find(Pool::Paged, tag("CM31")).unwrap().outstanding, 19_797);

    let (win11, _) = session("vm-win11.txt").unwrap();
    let vm = &win11.memory[0];
    assert_eq!(vm.nonpaged, Some((227 + 31_727) * 4096), "both kinds");
    assert_eq!((vm.nonpaged_max, vm.paged_max), (None, None), "2^44 KB is no limit");
    assert_eq!(win11.modules[0].file(), "EvilDriver.sys");
    let (negative, _) = session("vm-win11-negative-commit.txt").unwrap();
    assert_eq!(negative.memory[0].committed, Some(2_355_436 * 4096));
    assert_eq!(session("vm21-win10.txt").unwrap().0.memory[0].physical, Some(6_270_331 * 4096));
    assert_eq!(session("-vm.md").unwrap().0.memory[0].nonpaged_max, Some(6252 * 4096));

    for (name, rows, of, bytes) in [
        ("poolused2-win10-with-chatter.txt", 20, "ConT", 5_935_104),
        ("poolused-w2003-collapsed-blanks.txt", 8, "8042", 3944),
        ("poolused-verbose.txt", 4, "ALPC", 1_440_624),
        ("-poolused.md", 20, "AGP", 344),
    ] {
        let (session, _) = session(name).unwrap();
        let pool = &session.pools[0];
        let tags: std::collections::BTreeSet<Tag> = pool.tags.iter().map(|t| t.tag).collect();
        assert!(tags.len() >= rows, "{name}: {}", tags.len());
        assert_eq!(pool.find(Pool::Nonpaged, tag(of)).unwrap().bytes, bytes, "{name}");
        assert!(pool.find(Pool::Nonpaged, tag("TOTA")).is_none(), "{name}");
    }
    let (kd, _) = session("using-kd-leak.md").unwrap();
    assert_eq!(kd.pools[0].find(Pool::Paged, tag("Abc")).unwrap().bytes, 33_930_272);
}

#[test]
fn real_events() {
    let (Some(xml), Some(evtx)) =
        (real("events/event-2004-win11.xml"), real("events/resource-exhaustion-detector-operational.evtx"))
    else {
        return;
    };
    let events = parse_event_xml(&std::fs::read(&xml).unwrap()).unwrap().events;
    assert_eq!(events.len(), 1);
    let EventKind::LowMemory(low) = &events[0].kind else { panic!("{events:?}") };
    assert_eq!(low.tags[0], (Pool::Nonpaged, tag("smNp"), 64_679_936));
    assert_eq!((low.processes[0].name.as_str(), low.processes[0].handles), ("explorer.exe", Some(359_617)));
    let log = parse_evtx(&std::fs::read(&evtx).unwrap()).unwrap();
    assert!(log.records > 0 && log.events.is_empty() && log.warnings.is_empty(), "{log:?}");
    let report = run(&[xml]);
    let timeline = &report.machines[0].events;
    assert!(
        timeline[0].text.contains("explorer.exe (PID 30876)") && timeline[0].text.contains("359,617 handles"),
        "{timeline:?}"
    );
}

#[test]
fn what_poolfind_lists_bounds_the_growth() {
    let mut text = "kd> !poolfind Leak 0\n".to_owned();
    for number in 0..90_000_u64 {
        writeln!(
            text,
            "{:016x} : tag Leak, size     0x4000, Nonpaged pool",
            0xFFFF_E000_0000_0000_u64 + number * 0x4000
        )
        .unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kd.txt");
    std::fs::write(&path, text).unwrap();
    let report = run(&[fixture("incident/APPSRV03_PerfLog-Long.blg"), path]);
    let pool = finding(&report, Subject::NonpagedPool);
    let leak = pool.suspects.iter().find(|s| s.kind == SuspectKind::PoolTag).unwrap();
    assert!(leak.share > 0.8 && leak.basis.contains("!poolfind in kd.txt"), "{leak:?}");
}

#[test]
fn a_debugger_s_limits_and_tags_join_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let session = "Windows 7 Kernel Version 7601 MP (4 procs) Free x64\nMachine Name: \"APPSRV03\"\n\
        Debug session time: Tue Mar  3 17:50:00.000 2026 (UTC + 1:00)\n0: kd> !vm 1\nPhysical Memory: 524288 ( 2097152 Kb)\n\
        NonPagedPool Usage: 393000 ( 1572000 Kb)\nNonPagedPool Max: 393216 ( 1572864 Kb)\n********** Excessive NonPaged Pool Usage *****\n\
        0: kd> !poolused 2\n Sorting by NonPaged Pool Consumed\n\n  NonPaged  Paged\n Tag     Allocs         Used     Allocs         Used\n\n \
        Leak     95000   1556480000          0            0\tUNKNOWN pooltag 'Leak', please update pooltag.txt\n \
        EtwB       128      5041136          4       163840\tEtw Buffer , Binary: nt!etw\n\
        0: kd> !for_each_module s -a @#Base @#End \"Leak\"\n\
        fffff807`84da1010  4c 65 61 6b ff 15 00 00-00 00 c3 00 00 00 00 00  Leak............\n\
        0: kd> lm a fffff807`84da1010\nfffff807`84da0000 fffff807`84da7000   myfault    (deferred)\n";
    let path = folder.path().join("kd.txt");
    std::fs::write(&path, session).unwrap();
    let report = run(&[fixture("incident/APPSRV03_PerfLog-Long.blg"), path]);
    let pool = finding(&report, Subject::NonpagedPool);
    assert!(pool.headline.contains("perhaps tag Leak → myfault.sys"), "one snapshot: {}", pool.headline);
    assert!(pool.reasons.iter().any(|r| r.contains("!vm in kd.txt") && r.contains("excessive")), "{:#?}", pool.reasons);
    assert_eq!(report.machines[0].physical_memory_bytes, Some(2 << 30));
    let driver = pool.suspects.iter().find(|s| s.kind == SuspectKind::Driver).unwrap();
    assert!(driver.basis.contains("debugger found the tag"), "{driver:?}");
    assert!(
        pool.next_steps.iter().any(|s| s.command.as_deref().is_some_and(|c| c.contains("poolmon.exe"))),
        "a series is still wanted"
    );
}

#[test]
fn a_kernel_dump_names_tag_and_driver() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("MEMORY.DMP");
    std::fs::write(&path, made::dump()).unwrap();
    let report = run(&[fixture("incident/APPSRV03_PerfLog-Long.blg"), path.clone()]);
    // The kernel of a made dump has no code.
    assert!(
        matches!(&report.problems[..], [one] if one.contains("1 driver was not searched")),
        "{:?}",
        report.problems
    );
    let input = report.inputs.iter().find(|i| i.path.ends_with("DMP")).unwrap();
    assert!(input.warnings.is_empty() && input.samples == 2, "two drivers: {input:?}");
    let pool = finding(&report, Subject::NonpagedPool);
    assert_eq!(prime(pool), ("Leak", Some("myfault.sys")));
    let leak = pool.suspects.iter().find(|s| s.kind == SuspectKind::PoolTag).unwrap();
    assert!(leak.basis.contains("703 MB"), "both processors' 44,997 of 16 KB: {}", leak.basis);
    let driver = pool.suspects.iter().find(|s| s.kind == SuspectKind::Driver).unwrap();
    assert!(
        driver.vendor.as_ref().is_some_and(|m| m.contains("Sysinternals")) && driver.basis.contains("operand"),
        "{driver:?}"
    );
    assert_eq!(report.machines[0].physical_memory_basis.as_deref(), Some("the header of MEMORY.DMP"));

    // Where a table is missing the rest is said, and what to do.
    let mut cut = made::dump();
    let array = 0x2000 + 16 * 4096 + 0x4_2000;
    cut[array..array + 16].fill(0);
    std::fs::write(&path, &cut).unwrap();
    let missing = Dump::open(Bytes::Owned(cut)).unwrap().pools("x").unwrap_err();
    assert_eq!(missing, PoolTableError::NotAllTables { processors: 2 });
    let report = run(&[fixture("incident/APPSRV03_PerfLog-Long.blg"), path.clone()]);
    let input = report.inputs.iter().find(|i| i.path.ends_with("DMP")).unwrap();
    assert_eq!(input.warnings, [DumpWarning::Pools(missing).to_string()]);

    // A list that runs in circles ends.
    let mut circle = made::dump();
    let entry = 0x2000 + 16 * 4096 + 0x1300;
    circle[entry..entry + 8].copy_from_slice(&(made::KERNEL + 0x1100).to_le_bytes());
    let dump = Dump::open(Bytes::Owned(circle)).unwrap();
    assert_eq!((dump.warnings, dump.drivers.len()), (vec![DumpWarning::DriverListEnds { read: 2 }], 2));
}

/// A made dump whose entry of myfault.sys is changed: its fields begin at offset 0x1300.
fn drivers_with(change: impl Fn(&mut [u8])) -> (Vec<String>, Vec<DumpWarning>) {
    let mut dump = made::dump();
    change(&mut dump[0x2000 + 16 * 4096 + 0x1300..]);
    let dump = Dump::open(Bytes::Owned(dump)).unwrap();
    let _ = dump.find(&[Tag(*b"Leak")], "x");
    let _ = dump.pools("x");
    (dump.drivers.into_iter().map(|driver| driver.name).collect(), dump.warnings)
}

#[test]
fn names_and_addresses_in_a_dump_are_not_trusted() {
    let kernel = "ntoskrnl.exe";
    // No name, which has no address; a name that is not a number of characters; a name that is too long for its page.
    assert_eq!(drivers_with(|entry| entry[0x48..0x4A].fill(0)), (vec![kernel.to_owned()], vec![]));
    let odd = drivers_with(|entry| entry[0x48] = 5);
    assert_eq!(odd, (vec![kernel.to_owned(), "?".to_owned()], vec![]));
    let (long, warnings) = drivers_with(|entry| entry[0x48..0x4A].fill(0xFF));
    assert!(long.len() == 2 && warnings.is_empty(), "{long:?} {warnings:?}");
    // Half a character.
    let (half, _) = drivers_with(|entry| entry[0x80 + 30..0x80 + 32].copy_from_slice(&0xD800_u16.to_le_bytes()));
    assert_eq!(half[1], "my\u{FFFD}ault.sys");
    // A name at the end of memory, and an image that ends there.
    assert_eq!(drivers_with(|entry| entry[0x50..0x58].fill(0xFF)).0, [kernel]);
    assert_eq!(drivers_with(|entry| entry[0x30..0x38].fill(0xFF)).0.len(), 2);
    assert_eq!(drivers_with(|entry| entry[0x40..0x44].fill(0xFF)).0.len(), 2);
    // An entry that leads nowhere.
    let (cut, warnings) = drivers_with(|entry| entry[..8].fill(0xFF));
    assert_eq!((cut.len(), warnings), (2, vec![DumpWarning::DriverListEnds { read: 2 }]));
}

#[test]
fn a_driver_larger_than_the_dump_is_not_searched() {
    let mut dump = made::dump();
    // Each large page of kernel memory is the same one, and a driver has 240 MB of them.
    let tables = 0x2000 + 3 * 4096;
    let first = dump[tables..tables + 8].to_vec();
    dump[tables..tables + 4096].chunks_mut(8).for_each(|entry| entry.copy_from_slice(&first));
    let size = 0x2000 + 16 * 4096 + 0x1300 + 0x40;
    dump[size..size + 4].copy_from_slice(&(240_u32 << 20).to_le_bytes());
    let dump = Dump::open(Bytes::Owned(dump)).unwrap();
    assert_eq!(dump.drivers[1].size, 240 << 20);
    let scan = dump.find(&[Tag(*b"Leak")], "x");
    assert_eq!((scan.found.len(), scan.not_searched), (0, 2), "nor is the kernel, which has no code");
}
