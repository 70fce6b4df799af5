//! What convert writes it reads: every counter and every sample again, and the same text the second time.
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "small counts")]

mod common;

use std::io::Cursor;
use std::path::Path;

use perfverdict::convert::{ConvertWarning, Dialect, write_blg, write_text};
use perfverdict::counters::{CounterType, Raw};
use perfverdict::log::blg::writer::{BlgWriter, Entry, Record, WriterOptions};
use perfverdict::log::zone::Zone;
use perfverdict::log::{Contents, FileTime, Log, Query, Selection, ZonedTime};
use proptest::prelude::*;

use common::Table;

const TICKS: i64 = 10_000_000;

/// Converts to text; `None` if there is nothing to write.
fn text(log: Log, dialect: Dialect) -> Option<(Vec<u8>, Vec<ConvertWarning>)> {
    let mut out = Vec::new();
    let warnings = write_text(&[log], &Query::from(Selection::All), dialect, &mut out).ok()?;
    Some((out, warnings))
}

fn open(bytes: Vec<u8>) -> Log {
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).into_owned();
    Log::from_vec(Path::new("made"), bytes).unwrap_or_else(|e| panic!("{e}: {shown:?}"))
}

fn read(log: &Log) -> (Table, Contents) {
    let mut table = Table::default();
    let contents = log.read(Selection::All, &mut table).unwrap_or_else(|e| panic!("{e}"));
    (table, contents)
}

/// Converts a log to text, that to text and .blg, and that to text again.
fn check(bytes: Vec<u8>, dialect: Dialect) {
    let (before, _) = read(&open(bytes.clone()));
    let Some((first, warnings)) = text(open(bytes), dialect) else { return };
    let (mut lost_columns, mut lost_samples) = (0, 0);
    for warning in &warnings {
        match warning {
            ConvertWarning::NamesLeftOut { count } => lost_columns += *count as usize,
            ConvertWarning::YearsLeftOut { count } => lost_samples += *count as usize,
            _ => {}
        }
    }
    if before.rows.len() == lost_samples {
        return;
    }
    let (after, contents) = read(&open(first.clone()));
    let shown = || String::from_utf8_lossy(&first).into_owned();
    assert_eq!(after.paths.len() + lost_columns, before.paths.len(), "{}", shown());
    assert_eq!(after.rows.len() + lost_samples, before.rows.len(), "{} {:?}", shown(), contents.warnings);
    if lost_columns + lost_samples == 0 {
        for ((_, before), (_, after)) in before.rows.iter().zip(&after.rows) {
            let values = |cells: &[(String, f64)]| cells.iter().map(|(_, value)| *value).collect::<Vec<_>>();
            let (mut before, mut after) = (values(before), values(after));
            before.sort_by(f64::total_cmp);
            after.sort_by(f64::total_cmp);
            assert_eq!(before, after, "{}", shown());
        }
    }
    let (second, _) = text(open(first.clone()), dialect).unwrap();
    let (third, _) = text(open(second.clone()), dialect).unwrap();
    assert_eq!(String::from_utf8_lossy(&second), String::from_utf8_lossy(&third), "{}", shown());
    let mut blg = Cursor::new(Vec::new());
    write_blg(&[open(first.clone())], &Query::from(Selection::All), "x.blg", &mut blg).unwrap();
    let (last, _) = read(&open(blg.into_inner()));
    assert_eq!(last.rows.len(), after.rows.len(), "{}", shown());
}

/// A .blg with one counter a name.
fn blg(names: &[[String; 4]], times: &[i64], zone: &str) -> Option<Vec<u8>> {
    let entry = |[machine, object, instance, counter]: &[String; 4]| Entry {
        kind: CounterType::LARGE_RAWCOUNT,
        time_base: 0,
        scale: 0,
        machine: machine.clone(),
        object: object.clone(),
        instance: (!instance.is_empty()).then(|| instance.clone()),
        counter: counter.clone(),
    };
    let entries: Vec<Entry> = names.iter().map(entry).collect();
    let moment = |ticks: i64| ZonedTime { utc: FileTime(ticks), offset_minutes: 60 };
    let options = WriterOptions {
        os_version: (10, 0, 17763),
        zone: Zone::fixed(zone, -60),
        boot: FileTime(0),
        perf_frequency: 1000,
        log_guid: [7; 16],
        file_name: "made.blg".into(),
        circular_bytes: None,
    };
    let first = moment(*times.first()?);
    let mut writer = BlgWriter::new(Cursor::new(Vec::new()), options, &[], &entries, first).ok()?;
    for &time in times {
        let single = |first| Record::Single(Some(Raw { first, second: 0, multi: 1 }));
        let records: Vec<Record<'_>> =
            (0..entries.len() as i64).map(|n| single(n * 1000 + time / TICKS % 97)).collect();
        writer.sample(moment(time), &records).ok()?;
    }
    Some(writer.finish().ok()?.into_inner())
}

/// Names with all that separators, quotes and controls can do.
fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z #%/.-]{1,12}", "[\\x00-\\x1f\"',;\t()\\\\*a-z\u{e9}\u{4e2d}\u{fffd} ]{0,8}", "\\PC{0,6}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_blg_with_any_names(
        names in prop::collection::vec([name(), name(), name(), name()], 1..5),
        steps in prop::collection::vec(1_i64..4000, 1..6),
        zone in name(),
        tabs: bool,
    ) {
        let mut at = 134_000_000_000_000_000;
        let times: Vec<i64> = steps.iter().map(|step| { at += step * TICKS; at }).collect();
        if let Some(bytes) = blg(&names, &times, &zone) {
            check(bytes, Dialect { tabs, ..Dialect::default() });
        }
    }

    #[test]
    fn a_text_with_any_cells(
        names in prop::collection::vec("[ -~]{0,10}", 1..4),
        cells in prop::collection::vec(prop_oneof!["[0-9]{1,7}", "[0-9]{1,3}[.,][0-9]{1,3}", "[-0-9e., x]{0,8}"], 1..20),
        tabs: bool,
    ) {
        let separator = if tabs { "\t" } else { "," };
        let columns = names.iter().map(|name| format!("{separator}\"\\\\S\\Object\\{}x\"", name.replace('"', "\"\"")));
        let header = columns.collect::<Vec<_>>().concat();
        let mut text = format!("\"(PDH-CSV 4.0) (UTC)(0)\"{header}\r\n");
        for (number, row) in cells.chunks(names.len()).enumerate() {
            text += &format!("\"01/01/2026 00:{number:02}:00.000\"");
            row.iter().for_each(|cell| text += &format!("{separator}\"{cell}\""));
            text += "\r\n";
        }
        check(text.into_bytes(), Dialect { tabs, ..Dialect::default() });
    }
}

#[test]
fn years_that_text_cannot_hold_are_left_out_and_said() {
    let year = 365 * 86_400 * TICKS;
    let names = [["S", "Memory", "", "x"].map(str::to_owned)];
    let bytes = blg(&names, &[425 * year, 426 * year, 20_000 * year], "UTC").unwrap();
    let (out, warnings) = text(open(bytes.clone()), Dialect::default()).unwrap();
    assert_eq!(String::from_utf8_lossy(&out).lines().count(), 3);
    assert!(warnings.contains(&ConvertWarning::YearsLeftOut { count: 1 }), "{warnings:?}");
    check(bytes, Dialect::default());
}

#[test]
fn cells_that_are_lost_or_read_in_one_of_two_ways_are_said() {
    let rows = ["1", "oops", "1e999", "1,000", "12.5"];
    let mut log = "\"(PDH-CSV 4.0) (UTC)(0)\",\"\\\\S\\Memory\\Pool Nonpaged Bytes\"\r\n".to_owned();
    for (day, cell) in rows.iter().enumerate() {
        log += &format!("\"01/{:02}/2026 02:00:00.000\",\"{cell}\"\r\n", day + 13);
    }
    let (out, warnings) = text(open(log.into_bytes()), Dialect::default()).unwrap();
    assert!(String::from_utf8_lossy(&out).contains("\"01/16/2026 02:00:00.000\",\"1000\""));
    let said: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert!(said[0].contains("2 rows with cells that are not numbers, left blank (lines 3, 4)"), "{said:?}");
    assert!(said[1].contains("thousands separator (1000) (line 5)"), "{said:?}");
}

#[test]
fn a_row_of_a_year_with_five_digits_is_said() {
    let text = "\"(PDH-CSV 4.0) (UTC)(0)\",\"\\\\S\\Memory\\Pool Nonpaged Bytes\"\r\n\
                \"01/13/2026 02:00:00.000\",\"1\"\r\n\"01/13/22026 02:00:00.000\",\"2\"\r\n";
    let (table, contents) = read(&open(text.as_bytes().to_vec()));
    assert_eq!(table.rows.len(), 1);
    assert!(contents.warnings[0].to_string().contains("without a readable time (line 3)"), "{:?}", contents.warnings);
}

#[test]
fn control_characters_in_names_stay_where_a_line_can_hold_them() {
    let names = [["S", "Process", "svc\u{1}", "Private Bytes"], ["S", "Process", "a\nb\r", "Private Bytes"]];
    let bytes = blg(&names.map(|name| name.map(str::to_owned)), &[134_000_000_000_000_000], "UTC").unwrap();
    let (out, warnings) = text(open(bytes), Dialect::default()).unwrap();
    let (table, _) = read(&open(out));
    assert_eq!(table.paths[0], "\\\\S\\Process(svc\u{1})\\Private Bytes");
    assert_eq!(table.paths[1], "\\\\S\\Process(a\u{fffd}b\u{fffd})\\Private Bytes");
    assert!(warnings.contains(&ConvertWarning::CharactersReplaced { count: 1 }), "{warnings:?}");
}

#[test]
fn a_description_stays_in_text_and_is_said_elsewhere() {
    let log = "\"(PDH-CSV 4.0) (UTC)(0)\",\"\\\\S\\Memory\\x\",\"Why, and \"\"how\"\"\"\r\n\
               \"01/13/2026 02:00:00.000\",\"1\",\" \"\r\n";
    let bytes = log.as_bytes().to_vec();
    let (out, _) = text(open(bytes.clone()), Dialect::default()).unwrap();
    assert_eq!(String::from_utf8_lossy(&out), log);
    let mut blg = Cursor::new(Vec::new());
    let warnings = write_blg(&[open(bytes)], &Query::from(Selection::All), "x.blg", &mut blg).unwrap();
    assert!(
        matches!(&warnings[..], [ConvertWarning::DescriptionLeftOut { text, .. }] if text.starts_with("Why")),
        "{warnings:?}"
    );
    let other = log.replace("\" \"", "\"said\"");
    let (out, warnings) = text(open(other.clone().into_bytes()), Dialect::default()).unwrap();
    assert!(!String::from_utf8_lossy(&out).contains("Why") && warnings.len() == 1, "{warnings:?}");
    let (_, contents) = read(&open(other.into_bytes()));
    assert!(contents.description.is_none() && contents.warnings.len() == 1, "values are no description");
}

#[test]
fn a_zone_that_is_not_recorded_is_not_written_as_utc() {
    let log = "\"(PDH-CSV 4.0)\",\"\\\\S\\Memory\\x\"\r\n\"01/13/2026 02:00:00.000\",\"1\"\r\n";
    let (out, _) = text(open(log.as_bytes().to_vec()), Dialect::default()).unwrap();
    assert_eq!(String::from_utf8_lossy(&out), log);
}
