//! PoolMon's snapshots: read in every form, and judged with and without a log.

#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "made counts and sizes")]

mod common;

use std::fmt::Write;

use common::{finding, prime, real, run, tag, text_of};
use perfverdict::Pool;
use perfverdict::base::units::KB;
use perfverdict::evidence::poolmon::{SnapshotWarning, parse_display, parse_table};
use perfverdict::inputs::Format;
use perfverdict::model::{Report, Subject, Verdict};

/// PoolMon rows of tags that grow with the hours: tag, base and hourly allocations, bytes each.
fn snapshots(hours: &[f64], tags: &[(&str, f64, f64, f64)], dated: bool) -> String {
    let mut text = String::new();
    for hour in hours {
        let minutes = (*hour * 60.0) as u32 + 160;
        if dated {
            let _ = writeln!(text, "2026-03-{:02} {:02}:{:02}:00", 3 + minutes / 1440, minutes / 60 % 24, minutes % 60);
        }
        let total: f64 = tags.iter().map(|(_, base, rate, each)| (base + rate * hour) * each).sum();
        let _ = writeln!(text, " Memory: 2097152K Avail: 1000000K  PageFlts:   100   InRam Krnl:56708K P:90227K");
        let _ = writeln!(
            text,
            " Commit: 1005476K Limit: 4194304K Peak: 1106024K  Pool N:{:6}K P: 100252K",
            (total / KB) as u64
        );
        let _ = writeln!(text, " Tag  Type     Allocs            Frees            Diff   Bytes       Per Alloc\n");
        for (tag, base, rate, each) in tags {
            let outstanding = (base + rate * hour) as u64;
            let bytes = outstanding * *each as u64;
            let _ = writeln!(
                text,
                " {tag:<4} Nonp {:10} (   0) {:10} (   0) {outstanding:8} {:10} (     0) {each:6}",
                outstanding + 5000 + (100.0 * hour) as u64,
                5000 + (100.0 * hour) as u64,
                bytes % (1 << 32)
            );
        }
    }
    text
}

fn analysed(text: &str) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool.txt");
    std::fs::write(&path, text).unwrap();
    run(&[path])
}

#[test]
fn snapshots_alone_tell_what_grows() {
    let hours: Vec<f64> = (0..40).map(|n| f64::from(n) * 0.5).collect();
    let text = snapshots(&hours, &[("Leak", 100.0, 4000.0, 4096.0), ("File", 20_000.0, 0.0, 300.0)], true);
    let report = analysed(&text);
    let pool = finding(&report, Subject::NonpagedPool);
    assert_eq!((pool.verdict, prime(pool).0), (Verdict::Leak, "Leak"), "{:#?}", pool.reasons);
    assert!(pool.suspects[0].share > 0.95);
    // Without dates the order is known and the rate is not.
    let report =
        analysed(&snapshots(&[0.0, 1.0, 2.0], &[("Leak", 100.0, 4000.0, 4096.0), ("File", 2000.0, 0.0, 300.0)], false));
    let pool = finding(&report, Subject::NonpagedPool);
    assert_eq!(pool.verdict, Verdict::InsufficientData);
    assert_eq!(pool.suspects[0].name, "Leak");
    assert!(pool.suspects[0].rate_per_hour.is_none());
    assert!(pool.reasons.iter().any(|r| r.contains("ordered by")), "{:?}", pool.reasons);
}

#[test]
fn tags_in_step_have_one_cause() {
    // One open file each: the record, the file object and its name; two extensions.
    let tags = [
        ("NtFC", 2000.0, 9000.0, 144.0),
        ("File", 9000.0, 9000.0, 350.0),
        ("IoFE", 8000.0, 18_000.0, 60.0),
        ("Even", 9000.0, 20.0, 128.0),
    ];
    let hours: Vec<f64> = (0..10).map(f64::from).collect();
    let report = analysed(&snapshots(&hours, &tags, true));
    let pool = finding(&report, Subject::NonpagedPool);
    let step = pool.reasons.iter().find(|r| r.contains("in step")).unwrap_or_else(|| panic!("{:#?}", pool.reasons));
    assert!(step.contains("NtFC") && step.contains("IoFE") && !step.contains("Even"), "{step}");
    assert_eq!(pool.prime_suspect.as_deref(), Some("tag NtFC"), "a driver's tag before Windows' own");
    assert!(pool.reasons.iter().any(|r| r.contains("on behalf of others")));
}

#[test]
fn more_than_4_gb_is_made_whole() {
    let hours: Vec<f64> = (0..8).map(f64::from).collect();
    let text = snapshots(&hours, &[("EtwD", 1e6, 5e6, 160.0), ("File", 9e3, 0.0, 350.0)], true);
    let report = analysed(&text);
    let pool = finding(&report, Subject::NonpagedPool);
    let etw = pool.suspects.iter().find(|s| s.name == "EtwD").unwrap();
    assert!((etw.rate_per_hour.unwrap() / (5e6 * 160.0) - 1.0).abs() < 0.01, "{etw:?}");
    let warnings = parse_display("p", &text).warnings;
    assert!(matches!(warnings[..], [SnapshotWarning::Beyond32Bits(_)]), "{warnings:?}");
    assert_eq!(report.inputs[0].warnings, [warnings[0].to_string()]);
}

#[test]
fn real_poolmon_texts() {
    let (Some(snapshot), Some(rows), Some(table)) = (
        real("poolmon/snapshot-16GB-server.txt"),
        real("poolmon/rows-w2003.txt"),
        real("poolmon/whole-tag-table-win10.tsv"),
    ) else {
        return;
    };
    let parsed = parse_display("s", &text_of(&snapshot));
    let one = &parsed.snapshots[0];
    assert_eq!((parsed.snapshots.len(), one.tags.len()), (1, 13));
    assert_eq!((one.totals.physical, one.totals.nonpaged), (Some(16_468_560 << 10), Some(710_920 << 10)));
    assert_eq!(one.find(Pool::Nonpaged, tag("EtwB")).unwrap().bytes, 163_418_368);
    let parsed = parse_display("r", &text_of(&rows));
    assert_eq!(parsed.snapshots[0].find(Pool::Nonpaged, tag("File")).unwrap().outstanding, 85_283);
    let parsed = parse_table("t", &text_of(&table));
    assert_eq!((parsed.snapshots.len(), parsed.warnings.len()), (1, 0), "{:?}", parsed.warnings);
    // "Io" and "SLS" stand there twice, once with zeros for blanks.
    assert_eq!(parsed.snapshots[0].tags.len(), 3048);
    assert_eq!(parsed.mapped.iter().find(|(t, _)| *t == tag("PdcC")).unwrap().1, "pdc.sys");
    let formats =
        [(&snapshot, Format::PoolMonDisplay), (&rows, Format::PoolMonDisplay), (&table, Format::PoolTagTable)];
    for (path, format) in formats {
        assert_eq!(Format::of(&std::fs::read(path).unwrap(), path), Some(format), "{}", path.display());
    }
}

#[test]
fn the_displays_in_microsoft_s_documents_are_read() {
    for (name, snapshots, rows) in [
        ("poolmon-display.md", 1, 8),
        ("example-9-detecting-a-pool-memory-leak.md", 1, 4),
        ("poolmon-examples.md", 5, 26),
    ] {
        let Some(path) = real(&format!("poolmon/{name}")) else { return };
        let parsed = parse_display(name, &text_of(&path));
        let all: usize = parsed.snapshots.iter().map(|s| s.tags.len()).sum();
        assert_eq!(parsed.snapshots.len(), snapshots, "{name}");
        assert!(all >= rows, "{name}: {all}");
        let unreadable = parsed.warnings.iter().any(|w| matches!(w, SnapshotWarning::UnreadableLines(_)));
        assert!(!unreadable, "{:?}", parsed.warnings);
    }
}
