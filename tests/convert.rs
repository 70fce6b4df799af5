//! Logs in other formats: what relog does, and that nothing is lost on the way.
#![allow(clippy::float_cmp, reason = "tests compare exact values")]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use common::{fixture, real};
use perfverdict::log::{Cell, Column, ColumnId, Log, Selection, Sink, ZonedTime};
use proptest::prelude::*;

fn convert(inputs: &[&Path], output: &Path, arguments: &[&str]) {
    let done = Command::cargo_bin("perfverdict")
        .unwrap()
        .arg("convert")
        .args(inputs)
        .arg("-o")
        .arg(output)
        .arg("--force")
        .args(arguments)
        .output();
    let done = done.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// By time and path: the value.
type Values = BTreeMap<(i64, String), f64>;

#[derive(Default)]
struct Table {
    paths: Vec<String>,
    values: Values,
}

impl Sink for Table {
    fn column(&mut self, _: ColumnId, column: &Column) {
        self.paths.push(column.path.to_string());
    }

    fn sample(&mut self, time: ZonedTime, cells: &[Cell]) {
        for cell in cells {
            self.values.insert((time.utc.0, self.paths[cell.column].clone()), cell.value);
        }
    }
}

fn values(path: &Path) -> Values {
    let mut table = Table::default();
    Log::open(path).unwrap_or_else(|e| panic!("{e}")).read(Selection::All, &mut table).unwrap();
    table.values
}

fn rows(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

/// A buffer's events: kind, part, parts, time and payload.
type Event = (u8, u32, u32, i64, Vec<u8>);

/// The events of a .blg, buffer by buffer, the log header apart.
fn events(path: &Path) -> Vec<Vec<Event>> {
    let bytes = std::fs::read(path).unwrap();
    let u32_at = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let buffers = (0..bytes.len()).step_by(0x1_0000);
    let parse = |start: usize| {
        let end = start + u32_at(start + 0x30) as usize;
        let mut at = start + 0x48;
        let mut found = Vec::new();
        while at < end {
            let is_header = bytes[at + 2] < 3;
            let size_at = if is_header { at + 4 } else { at };
            let size = usize::from(u16::from_le_bytes(bytes[size_at..size_at + 2].try_into().unwrap()));
            if !is_header {
                let time = i64::from_le_bytes(bytes[at + 16..at + 24].try_into().unwrap());
                found.push((
                    bytes[at + 4],
                    u32_at(at + 0x40),
                    u32_at(at + 0x44),
                    time,
                    bytes[at + 0x48..at + size].to_vec(),
                ));
            }
            at += size.next_multiple_of(8);
        }
        found
    };
    buffers.map(parse).collect()
}

#[test]
fn a_real_blg_written_anew_keeps_size_buffers_and_payloads() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["counters-win10", "multi-machine-win2003", "one-wildcard-win8", "whole-objects-vista"] {
        let Some(source) = real(&format!("blg/{name}.blg")) else { return };
        let copy = folder.path().join(format!("{name}.blg"));
        convert(&[&source], &copy, &[]);
        assert_eq!(std::fs::metadata(&copy).unwrap().len(), std::fs::metadata(&source).unwrap().len(), "{name}");
        for (number, (ours, theirs)) in events(&copy).iter().zip(events(&source)).enumerate() {
            assert_eq!(ours, &theirs, "{name}: buffer {number}");
        }
        assert_eq!(values(&copy), values(&source), "{name}");
    }
}

#[test]
fn counter_by_counter_a_real_blg_keeps_every_value() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["counters-win10", "multi-machine-win2003", "one-wildcard-win8", "whole-objects-vista"] {
        let Some(source) = real(&format!("blg/{name}.blg")) else { return };
        let picked = folder.path().join(format!("{name}.blg"));
        convert(&[&source], &picked, &["-c", r"\*(*)\*", "-c", r"\*\*"]);
        assert_eq!(values(&picked), values(&source), "{name}");
    }
}

#[test]
fn a_real_blg_as_text_keeps_every_value() {
    let folder = tempfile::tempdir().unwrap();
    // Files, with the facts that are known of each: samples, columns, values.
    for (name, samples, columns, count) in [
        ("counters-win10", 25, 10, None),
        ("multi-machine-win2003", 275, 26, None),
        ("one-wildcard-win8", 601, 10, Some(6000)),
        ("whole-objects-vista", 11, 1832, None),
    ] {
        let Some(source) = real(&format!("blg/{name}.blg")) else { return };
        for extension in ["csv", "tsv"] {
            let text = folder.path().join(format!("{name}.{extension}"));
            convert(&[&source], &text, &["--digits", "20"]);
            let lines = rows(&text);
            let separator = if extension == "csv" { "\",\"" } else { "\"\t\"" };
            assert_eq!((lines.len() - 1, lines[0].matches(separator).count()), (samples, columns), "{name}");
            assert!(lines.iter().all(|line| line.matches(separator).count() == columns), "{name}");
            let (ours, theirs) = (values(&text), values(&source));
            assert!(count.is_none_or(|count| count == ours.len()), "{name}: {}", ours.len());
            // Text holds milliseconds, as do the samples of every real log.
            assert!(ours == theirs, "{name}");
        }
    }
}

#[test]
fn text_to_blg_and_back_keeps_every_value_but_the_last_bits_of_small_fractions() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["csv/seventeen-hours-drifting-interval.csv", "csv/spanish-cp1252.tsv", "csv/duplicate-instances.csv"] {
        let Some(source) = real(name) else { return };
        convert(&[&source], &at("made.blg"), &[]);
        let (made, original) = (values(&at("made.blg")), values(&source));
        assert_eq!(made.len(), original.len(), "{name}");
        for ((key, ours), (their_key, theirs)) in made.iter().zip(&original) {
            assert_eq!(key, their_key);
            assert!((ours - theirs).abs() <= 2e-9_f64.min(theirs.abs() * 1e-9), "{name} {key:?}: {ours} {theirs}");
            assert!(theirs.fract() != 0.0 || ours == theirs, "{name} {key:?}: {ours} {theirs}");
        }
    }
}

#[test]
fn text_is_the_same_from_the_blg_and_from_the_text() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["nonpaged-leak.blg", "process-leak.blg", "load.blg", "quiet.blg"] {
        convert(&[&fixture(name)], &at("1.csv"), &[]);
        convert(
            &[&at("1.csv")],
            &at("2.csv"),
            &["--digits", if name.starts_with("load") || name.starts_with("quiet") { "20" } else { "17" }],
        );
        assert!(rows(&at("1.csv")) == rows(&at("2.csv")), "{name}");
        convert(&[&at("1.csv")], &at("3.tsv"), &[]);
        assert!(values(&at("3.tsv")) == values(&at("1.csv")), "{name}");
    }
}

#[test]
fn counters_samples_and_times_are_picked() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("counters.txt"), "\\Memory\\Pool*Bytes\r\n\"\\process(w3wp*)\\handle count\"\r\n").unwrap();
    let file = at("counters.txt");
    let file = ["--counter-file", file.to_str().unwrap()];
    convert(&[&fixture("process-leak.blg")], &at("a.csv"), &file);
    let lines = rows(&at("a.csv"));
    assert_eq!(lines[0].matches(r"\Memory\Pool ").count(), 3, "{}", lines[0]);
    assert_eq!(lines[0].matches(r"\Process(w3wp").count() + 3, lines[0].matches(r"\\WEB02\").count());

    convert(&[&fixture("process-leak.blg")], &at("b.csv"), &["-c", r"\System\*", "--every", "3"]);
    assert_eq!(rows(&at("b.csv")).len() - 1, (lines.len() - 1).div_ceil(3));
    convert(
        &[&fixture("process-leak.blg")],
        &at("c.csv"),
        &["--from", "2026-02-11 08:00", "--to", "2026-02-11 09:00", "-c", r"\System\System Up Time"],
    );
    assert_eq!(rows(&at("c.csv")).len() - 1, 4, "every 20 minutes, both ends included");
    // Rates over three intervals, from the raw values, in text and in binary alike.
    convert(&[&fixture("process-leak.blg")], &at("d.blg"), &["--every", "3"]);
    convert(&[&at("d.blg")], &at("d.csv"), &["-c", r"\System\*"]);
    assert_eq!(rows(&at("d.csv")), rows(&at("b.csv")));

    let list = Command::cargo_bin("perfverdict")
        .unwrap()
        .args(["convert", "--list"])
        .arg(fixture("load.blg"))
        .args(["-c", r"\System\*"])
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(list.stdout).unwrap(),
        "\\\\FILES01\\System\\System Up Time\n\\\\FILES01\\System\\Processes\n"
    );
}

#[test]
fn several_logs_become_one_in_order_of_time() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let whole = fixture("process-leak.blg");
    for (name, arguments) in [
        ("late.blg", ["--from", "2026-02-11 06:00"]),
        ("early.csv", ["--to", "2026-02-11 04:00"]),
        ("middle.csv", ["--from", "2026-02-11 03:00"]),
    ] {
        convert(&[&whole], &at(name), &arguments);
    }
    let inputs: Vec<PathBuf> = ["late.blg", "middle.csv", "early.csv"].map(at).to_vec();
    let inputs: Vec<&Path> = inputs.iter().map(PathBuf::as_path).collect();
    let levels = ["-c", r"\Memory\*", "-c", r"\Process(*)\Handle Count"];
    convert(&[&whole], &at("whole.csv"), &levels);
    for output in ["joined.csv", "joined.blg"] {
        convert(&inputs, &at(output), &levels);
        let (joined, original) = (values(&at(output)), values(&at("whole.csv")));
        let rates: Vec<_> = joined.keys().filter(|key| !original.contains_key(key)).collect();
        assert!(rates.is_empty(), "{rates:?}");
        // A rate needs the sample before, which the parts lack at their beginnings.
        for (key, value) in &original {
            match joined.get(key) {
                Some(ours) => assert!((ours - value).abs() <= value.abs() * 1e-9, "{key:?}"),
                None => assert!(key.1.ends_with("/sec"), "{key:?}"),
            }
        }
    }
    // Appending is the same by and by.
    convert(&[&at("early.csv")], &at("appended.csv"), &levels);
    convert(&[&at("middle.csv")], &at("appended.csv"), &["--append"]);
    let counters = |values: &Values| values.keys().map(|(time, _)| *time).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(counters(&values(&at("appended.csv"))), counters(&values(&at("whole.csv"))));
}

#[test]
fn what_is_appended_is_picked_and_what_was_there_stays() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let whole = fixture("load.blg");
    let early = ["--to", "2026-01-19 12:00"];
    for kind in ["csv", "blg"] {
        let (out, late) = (at(&format!("out.{kind}")), at(&format!("late.{kind}")));
        convert(&[&whole], &out, &early);
        convert(&[&whole], &late, &["--from", "2026-01-19 12:30"]);
        let before = values(&out);
        convert(&[&late], &out, &["--append", "--every", "4", "-c", r"\Memory\Pool*"]);
        let after = values(&out);
        assert!(before.iter().all(|(key, value)| after.get(key) == Some(value)), "{kind}");
        let added: Vec<_> = after.keys().filter(|key| !before.contains_key(*key)).collect();
        assert!(!added.is_empty() && added.iter().all(|(_, path)| path.contains(r"\Memory\Pool ")), "{kind}");
    }
    // One more day is appended to a .blg at its own size.
    let (out, late) = (at("grown.blg"), at("late.blg"));
    convert(&[&whole], &out, &early);
    let size = |path: &Path| std::fs::metadata(path).unwrap().len();
    let (before, own) = (size(&out), size(&late));
    convert(&[&late], &out, &["--append"]);
    assert!(size(&out) <= before + own, "{} {before} {own}", size(&out));
    assert!(values(&out).len() >= values(&whole).len() - 1000);
}

#[test]
fn logs_of_other_time_zones_stand_on_one_clock() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let text = |zone: &str, hour: u32, counter: &str| {
        let row = |minute: u32| format!("\r\n\"01/02/2026 {hour:02}:{minute:02}:00.000\",\"{minute}\"");
        let rows: String = (0..5).map(row).collect();
        format!("\"(PDH-CSV 4.0) {zone}\",\"\\\\M\\A\\{counter}\"{rows}\r\n")
    };
    std::fs::write(at("pacific.csv"), text("(Pacific Standard Time)(480)", 0, "x")).unwrap();
    std::fs::write(at("utc.csv"), text("(Coordinated Universal Time)(0)", 8, "y")).unwrap();
    for output in ["both.csv", "both.blg"] {
        convert(&[&at("pacific.csv"), &at("utc.csv")], &at(output), &[]);
        let mut expected = values(&at("pacific.csv"));
        expected.extend(values(&at("utc.csv")));
        assert_eq!(values(&at(output)), expected, "{output}");
    }
    assert_eq!(rows(&at("both.csv")).len(), 6, "what was logged at one time is one row");
}

#[test]
fn a_log_of_any_language_can_be_judged_after_it_was_put_together() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // Names of the same length in a language that nobody knows.
    let mut bytes = std::fs::read(fixture("nonpaged-leak.blg")).unwrap();
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for (name, other) in
        [("Memory\0", "Yromem\0"), ("Process\0", "Ssecorp\0"), ("Pool Nonpaged Bytes", "Setyb Degapnon Loop")]
    {
        let (name, other) = (wide(name), wide(other));
        for at in 0..bytes.len() - name.len() {
            if bytes[at..].starts_with(&name) {
                bytes[at..at + name.len()].copy_from_slice(&other);
            }
        }
    }
    std::fs::write(at("whole.blg"), bytes).unwrap();
    convert(&[&at("whole.blg")], &at("picked.blg"), &["-c", r"\*(*)\*", "-c", r"\*\*"]);
    let done = Command::cargo_bin("perfverdict").unwrap().arg("analyze").arg(at("picked.blg")).output().unwrap();
    let out = String::from_utf8(done.stdout).unwrap();
    assert!(out.contains("Nonpaged pool has been leaking"), "{out}");
}

#[test]
fn what_cannot_be_done_is_said_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.csv");
    let load = fixture("load.blg");
    for (arguments, message) in [
        (vec!["-c", "Memory"], "not a valid counter path"),
        (vec!["-c", r"\Nothing\*"], "no counter matches; --list"),
        (vec!["--from", "2030-01-01"], "in the time range; check --from and --to"),
        (vec!["--counter-file", "/no/such/file"], "/no/such/file"),
    ] {
        let done = Command::cargo_bin("perfverdict")
            .unwrap()
            .arg("convert")
            .arg(&load)
            .arg("-o")
            .arg(&out)
            .args(&arguments)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.code() == Some(2) && text.contains(message), "{arguments:?}: {text}");
        assert!(!out.exists());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// There and back: any table of whole and broken numbers, with blanks and instances that come and go.
    #[test]
    fn text_to_blg_to_text_loses_nothing(
        cells in prop::collection::vec(prop::collection::vec(prop::option::of(prop_oneof![
            (0_u32..u32::MAX).prop_map(f64::from), (0_u32..u32::MAX).prop_map(|n| f64::from(n) / 4096.0),
        ]), 6), 1..20),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let paths = [r"\\M\A\x", r"\\M\A\y", r"\\M\P(a)\n", r"\\M\P(a#1)\n", r"\\M\P(b/c)\n", r"\\M\P(a)\m"];
        let mut text = "\"(PDH-CSV 4.0) (Z)(0)\"".to_owned();
        paths.iter().for_each(|path| text += &format!(",\"{path}\""));
        for (minute, row) in cells.iter().enumerate() {
            text += &format!("\r\n\"01/02/2026 03:{minute:02}:00.000\"");
            row.iter().for_each(|cell| text += &cell.map_or(",\" \"".to_owned(), |value| format!(",\"{value}\"")));
        }
        std::fs::write(at("1.csv"), text + "\r\n").unwrap();
        convert(&[&at("1.csv")], &at("2.blg"), &[]);
        convert(&[&at("2.blg")], &at("3.csv"), &[]);
        prop_assert_eq!(values(&at("1.csv")), values(&at("3.csv")));
    }
}
