//! Real logs, written by real Windows machines: read exactly, or refused in one line.
#![allow(
    clippy::float_cmp,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "tests compare exact values"
)]

mod common;

use std::path::Path;

use common::real;
use perfverdict::convert::{Dialect, write_text};
use perfverdict::counters::known::CounterId;
use perfverdict::log::pdh_text::number::DIGITS_2016;
use perfverdict::log::{Cell, Column, ColumnId, Contents, Format, Log, Selection, Sink, ZonedTime};

/// Everything a log holds.
#[derive(Default)]
struct Table {
    columns: Vec<Column>,
    times: Vec<ZonedTime>,
    rows: Vec<Vec<Cell>>,
}

impl Sink for Table {
    fn column(&mut self, id: ColumnId, column: &Column) {
        assert_eq!(id, self.columns.len());
        self.columns.push(column.clone());
    }

    fn sample(&mut self, time: ZonedTime, cells: &[Cell]) {
        self.times.push(time);
        self.rows.push(cells.to_vec());
    }
}

impl Table {
    fn column(&self, path: &str) -> Vec<Option<f64>> {
        let id = self
            .columns
            .iter()
            .position(|c| c.path.to_string().eq_ignore_ascii_case(path))
            .unwrap_or_else(|| panic!("no column {path}"));
        self.rows.iter().map(|row| row.iter().find(|c| c.column == id).map(|c| c.value)).collect()
    }
}

fn read(path: &Path) -> (Log, Table, Contents) {
    let log = Log::open(path).unwrap_or_else(|e| panic!("{e}"));
    let mut table = Table::default();
    let contents = log.read(Selection::All, &mut table).unwrap_or_else(|e| panic!("{e}"));
    (log, table, contents)
}

#[test]
fn the_win10_blg_renders_to_the_csv_that_windows_wrote() {
    let (Some(blg), Some(csv), Some(tsv)) =
        (real("blg/counters-win10.blg"), real("blg/counters-win10.csv"), real("blg/counters-win10.tsv"))
    else {
        return;
    };
    let log = [Log::open(&blg).unwrap()];
    for (tabs, expected) in [(false, csv), (true, tsv)] {
        let mut out = Vec::new();
        write_text(&log, &Selection::All.into(), Dialect { tabs, digits: DIGITS_2016 }, &mut out).unwrap();
        let ours = String::from_utf8(out).unwrap().replace("\r\n", "\n");
        let theirs = std::fs::read_to_string(expected).unwrap().replace("\r\n", "\n");
        for (number, (our, their)) in ours.lines().zip(theirs.lines()).enumerate() {
            assert_eq!(our, their, "line {}", number + 1);
        }
        assert_eq!(ours.lines().count(), theirs.lines().count());
    }
}

#[test]
fn the_vista_blg_has_whole_objects() {
    let Some(path) = real("blg/whole-objects-vista.blg") else { return };
    let (log, table, contents) = read(&path);
    assert_eq!(log.format(), Format::Blg);
    assert_eq!(log.info().os_version, Some((6, 0, 6000)));
    assert_eq!(log.info().pointer_bits, Some(32));
    assert_eq!(log.info().circular, Some(false));
    assert_eq!(contents.samples, 11);
    assert_eq!(contents.counters, 1832);
    assert_eq!(table.columns.len(), 1832);
    assert_eq!(contents.warnings, []);
    assert!((contents.interval_seconds.unwrap() - 60.0).abs() < 0.1);

    // Sums that Windows' own definitions demand.
    let machine = contents.machines.first().unwrap();
    let path = |tail: &str| format!(r"\\{machine}\{tail}");
    let threads = table.column(&path(r"System\Threads"));
    let total = table.column(&path(r"Process(_Total)\Thread Count"));
    assert_eq!(threads, total);
    let idle = table.column(&path(r"PhysicalDisk(_Total)\% Idle Time"));
    let busy = table.column(&path(r"PhysicalDisk(_Total)\% Disk Time"));
    assert!(idle[0].is_none() && idle[1..].iter().all(Option::is_some));
    assert_eq!(idle.len(), busy.len());
    let read_bytes = table.column(&path(r"PhysicalDisk(_Total)\Disk Read Bytes/sec"));
    let write_bytes = table.column(&path(r"PhysicalDisk(_Total)\Disk Write Bytes/sec"));
    let bytes = table.column(&path(r"PhysicalDisk(_Total)\Disk Bytes/sec"));
    for ((r, w), both) in read_bytes.iter().zip(&write_bytes).zip(&bytes).skip(1) {
        assert!((r.unwrap() + w.unwrap() - both.unwrap()).abs() < 1e-6);
    }
    let known = table.columns.iter().filter(|c| matches!(c.id, Some(CounterId::Memory(_)))).count();
    assert!(known >= 12, "{known} memory counters known by index");
}

#[test]
fn the_win8_blg_has_the_published_values() {
    let Some(path) = real("blg/one-wildcard-win8.blg") else { return };
    let (_, table, contents) = read(&path);
    assert_eq!((contents.samples, contents.interval_seconds.unwrap().round()), (601, 1.0));
    let cells: usize = table.rows.iter().map(Vec::len).sum();
    let machine = contents.machines.first().unwrap();
    let processor: Vec<Vec<Option<f64>>> = table
        .columns
        .iter()
        .filter(|c| c.path.object.eq_ignore_ascii_case("Processor"))
        .map(|c| table.column(&c.path.to_string()))
        .collect();
    assert_eq!(processor.iter().flatten().flatten().count(), 3000);
    assert!(processor.iter().all(|p| p.iter().flatten().count() == 600));
    assert_eq!(cells, 6000, "first values of rate counters are blank");
    let total: Vec<f64> =
        table.column(&format!(r"\\{machine}\Processor(_Total)\% Processor Time")).into_iter().flatten().collect();
    // Last, average, minimum and maximum as PerfMon's own window shows them, to 3 digits.
    let average = total.iter().sum::<f64>() / total.len() as f64;
    let (least, most) = total.iter().fold((f64::MAX, 0.0_f64), |(least, most), v| (least.min(*v), most.max(*v)));
    for (value, published) in [(total[599], 32.816), (average, 11.527), (least, 1.569), (most, 53.908)] {
        assert!((value - published).abs() < 5e-4, "{value} {published}");
    }
}

#[test]
fn the_windows_2003_blg_has_unreachable_machines() {
    let Some(path) = real("blg/multi-machine-win2003.blg") else { return };
    let (log, table, contents) = read(&path);
    assert_eq!(log.info().os_version, Some((5, 2, 3790)));
    assert_eq!((contents.samples, contents.counters, contents.machines.len()), (275, 26, 26));
    assert_eq!(contents.interval_seconds.unwrap().round(), 600.0);
    // 52 null records in 5 samples; a rate is blank where the sample itself or its neighbour is null.
    let blanks: Vec<usize> = table.rows.iter().map(|row| 26 - row.len()).collect();
    assert_eq!(blanks[0], 26);
    assert!(blanks[1..].iter().sum::<usize>() >= 52, "{blanks:?}");
    assert_eq!(contents.warnings, []);
}

#[test]
fn text_logs_have_the_facts_of_their_description() {
    // name, format, samples, counters, interval in seconds, machine
    for (name, format, samples, counters, interval, machine) in [
        ("blg/csv-named-blg.blg", Format::PdhCsv, 500, 9, 1.0, "CHANDSR-X86"),
        ("csv/many-processes-win11.csv", Format::PdhCsv, 16, 5963, 0.0, "E5270"),
        ("csv/spanish-cp1252.tsv", Format::PdhTsv, 323, 14, 1.0, "GI-AN-B3_08"),
        ("csv/spanish-cp1252-longer.tsv", Format::PdhTsv, 965, 14, 1.0, "GI-AN-B3_08"),
        ("csv/spanish-three-digit-exponents.csv", Format::PdhCsv, 42, 14, 1.0, "DESKTOP-OC6VVU5"),
        ("csv/spanish-resaved-semicolon-decimal-comma.csv", Format::PdhCsv, 42, 14, 1.0, "DESKTOP-OC6VVU5"),
        ("csv/japanese-cut-header-description-column.csv", Format::PdhCsv, 440, 107, 1.0, "TIERRA"),
        ("csv/excel-resaved-unquoted.csv", Format::PdhCsv, 61, 107, 1.0, "TIERRA"),
        ("csv/duplicate-instances.csv", Format::PdhCsv, 208, 8, 2.0, "7702-48817743"),
        ("csv/seventeen-hours-drifting-interval.csv", Format::PdhCsv, 2104, 105, 30.0, "WEBSERVER"),
        ("csv/no-time-zone-synthetic.csv", Format::PdhCsv, 30, 2, 60.0, "SERVER"),
        ("csv/logicaldisk-half-hour-zone.csv", Format::PdhCsv, 21, 12, 0.0, "IMPC3116"),
    ] {
        let Some(path) = real(name) else { return };
        let (log, _, contents) = read(&path);
        assert_eq!(log.format(), format, "{name}");
        assert_eq!((contents.samples, contents.counters), (samples, counters), "{name}: {:?}", contents.warnings);
        assert!(contents.machines.iter().eq([machine]), "{name}: {:?}", contents.machines);
        if interval > 0.0 {
            assert_eq!(contents.interval_seconds.unwrap().round(), interval, "{name}");
        }
    }
}

#[test]
fn a_hand_edited_header_is_refused_in_one_line() {
    let Some(path) = real("csv/typeperf-hand-edited.csv") else { return };
    let error = Log::open(&path).err().expect("no counter path in it").to_string();
    assert!(error.contains("typeperf-hand-edited.csv") && error.contains("line 1") && !error.contains('\n'), "{error}");
}

#[test]
fn no_cut_of_a_real_log_panics() {
    for name in ["blg/counters-win10.blg", "blg/whole-objects-vista.blg", "csv/duplicate-instances.csv"] {
        let Some(path) = real(name) else { return };
        let whole = std::fs::read(&path).unwrap();
        for cut in (0..whole.len()).step_by(1009) {
            if let Ok(log) = Log::from_vec(&path, whole[..cut].to_vec()) {
                let _ = log.read(Selection::All, &mut Table::default());
            }
        }
    }
}
