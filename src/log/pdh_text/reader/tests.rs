use super::super::TextLog;
use super::*;
use crate::base::time::{TICKS_PER_SECOND, ZonedTime};
use crate::log::Selection;
use crate::log::sink::{Cell, ColumnId};

#[derive(Default)]
struct Table(Vec<Vec<(ColumnId, f64)>>);

impl Sink for Table {
    fn column(&mut self, _: ColumnId, _: &Column) {}
    fn sample(&mut self, _: ZonedTime, cells: &[Cell]) {
        self.0.push(cells.iter().map(|c| (c.column, c.value)).collect());
    }
}

fn read_all(text: &[u8]) -> (Table, Contents) {
    let mut rows = Table::default();
    let log = TextLog::open(text).unwrap();
    let contents = log.read(text, &Selection::All.into(), &mut rows, &mut |_| {}).unwrap();
    (rows, contents)
}

const HEADER: &str = "\"(PDH-CSV 4.0) (X)(0)\",\"\\\\S\\A\\x\",\"\\\\S\\A\\y\"\r\n";

#[test]
fn blanks_short_rows_and_rubbish() {
    let text = format!(
        "{HEADER}\"01/02/2026 00:00:00.000\",\"1\",\" \"\r\n\"01/02/2026 00:05:00.000\",\"2\"\r\n\
         \"Average\",\"1\",\"2\"\r\n,,\r\n\"01/02/2026 00:10:00.000\",\"x\",\"4\"\r\n"
    );
    let (rows, contents) = read_all(text.as_bytes());
    assert_eq!(rows.0, [vec![(0, 1.0)], vec![(0, 2.0)], vec![(1, 4.0)]]);
    assert_eq!((contents.samples, contents.counters, contents.interval_seconds), (3, 2, Some(300.0)));
    assert_eq!(contents.warnings.len(), 3, "{:?}", contents.warnings);
    let no_time = Counted { count: 1, first: vec![4] };
    assert_eq!(contents.warnings[0], LogWarning::Rows { defect: RowDefect::NoTime, lines: no_time });
}

fn minutes(rows: &str) -> Vec<i64> {
    let header = HEADER.replace("(0)", "(-120)");
    let (_, contents) = read_all(format!("{header}{rows}").as_bytes());
    let first = contents.first.unwrap();
    let last = contents.last.unwrap();
    vec![contents.samples as i64, (last.utc.0 - first.utc.0) / TICKS_PER_SECOND / 60, i64::from(last.offset_minutes)]
}

#[test]
fn the_hour_that_occurs_twice_is_two_hours() {
    let mut rows = String::new();
    for minute in (0..180).step_by(5).chain((120..240).step_by(5)) {
        rows += &format!("\"10/25/2026 {:02}:{:02}:00.000\",\"1\",\"2\"\n", minute / 60, minute % 60);
    }
    assert_eq!(minutes(&rows), [60, 295, 60]);
}

#[test]
fn rows_without_seconds_are_all_kept() {
    let rows: Vec<String> = (0..12).map(|i| format!("10/25/2026 01:{:02},1,2\n", i / 4)).collect();
    let rows = rows.concat();
    assert_eq!(minutes(&rows), [12, 2, 120]);
}

#[test]
fn days_before_months_are_told_by_any_row() {
    let rows: Vec<String> = (9..17).map(|day| format!("\"{day:02}/03/2026 00:00:00\",\"1\",\"2\"\n")).collect();
    assert_eq!(minutes(&rows.concat()), [8, 7 * 24 * 60, 120]);
}

/// The times of day and values of the first rows of a log in any form, without any warning.
fn clean(text: &[u8]) -> Vec<(String, Vec<f64>)> {
    #[derive(Default)]
    struct Rows(Vec<(String, Vec<f64>)>);
    impl Sink for Rows {
        fn column(&mut self, _: ColumnId, _: &Column) {}
        fn sample(&mut self, time: ZonedTime, cells: &[Cell]) {
            let time = time.utc.to_naive().unwrap().format("%m-%d %H:%M").to_string();
            self.0.push((time, cells.iter().map(|c| c.value).collect()));
        }
    }
    let log = TextLog::open(text).unwrap();
    let mut rows = Rows::default();
    let contents = log.read(text, &Selection::All.into(), &mut rows, &mut |_| {}).unwrap();
    let odd: Vec<_> = contents.warnings.iter().filter(|warning| **warning != LogWarning::NoTimeZone).collect();
    assert!(odd.is_empty(), "{odd:?} in {}", String::from_utf8_lossy(text));
    rows.0
}

#[test]
fn what_programs_make_of_a_log() {
    let expected = [("03-02 08:00".to_owned(), vec![200.0, 300.0]), ("03-02 08:05".to_owned(), vec![201.0, 301.0])];
    let typeperf = "\r\n\"(PDH-CSV 4.0)\",\"\\\\S\\A\\x\",\"\\\\S\\A\\y\"\r\n\
        \"03/02/2026 08:00:00.000\",\"200.000000\",\"300.000000\"\r\n\"03/02/2026 08:05:00.000\",\"201.000000\",\"301.000000\"\r\n";
    for (name, text) in [
        ("typeperf", typeperf.to_owned()),
        ("its last words", format!("{typeperf}Exiting, please wait...          \r\nThe command completed successfully.\r\n")),
        ("in Russian", format!("{typeperf}\r\nКоманда выполнена успешно.\r\n")),
        ("marks and blanks", format!("\u{FEFF}\r\n\u{FEFF}{typeperf}")),
        ("a mark in the first cell", typeperf.replace("\"(PDH", "\"\u{FEFF}(PDH")),
        ("without machine", typeperf.replace(r"\\S\A\", r"\A\")),
        ("without backslash", typeperf.replace(r"\\S\A\", r"A\")),
        ("index column", "id,Timestamp,\\\\S\\A\\x,\\\\S\\A\\y\n0,2026-03-02 08:00:00.490,200,300\n1,2026-03-02 08:05:00.490,201,301\n".to_owned()),
        ("nameless index column", ",Timestamp,Memory\\Available Bytes,\\\\S\\A\\y\n0,2026-03-02 08:00:00,200,300\n1,2026-03-02 08:05:00,201,301\n".to_owned()),
        ("two columns", "\"Date \\\\S (PDH-CSV 4.0) (X)(0)\",\"Time\",\"\\A\\x\",\"\\A\\y\"\n03/02/2026,08:00:00,200,300\n03/02/2026,08:05:00,201,301\n".to_owned()),
        ("two columns, quoted", "Date,Time,\"\\\\S\\A\\x\",\"\\\\S\\A\\y\"\n\"2026-03-02\",\"8:00 AM\",\"200\",\"300\"\n\"2026-03-02\",\"8:05 AM\",\"201\",\"301\"\n".to_owned()),
        ("short years", "(PDH-CSV 4.0) (X)(0),\\\\S\\A\\x,\\\\S\\A\\y\n3/2/26 8:00,200,300\n3/2/26 8:05,201,301\n".to_owned()),
        ("Finland", "(PDH-CSV 4.0) (X)(0);\\\\S\\A\\x;\\\\S\\A\\y\n2.3.2026 8.00;200,0;300,0\n2.3.2026 8.05;201,0;301,0\n".to_owned()),
    ] {
        assert_eq!(clean(text.as_bytes()), expected, "{name}");
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(clean(&wide), expected, "{name}, UTF-16");
    }
}

#[test]
fn names_of_machines_are_kept_where_they_are() {
    for (header, machine) in [
        (r#""Date \\SRV1 (PDH-CSV 4.0) (X)(0)","\Memory\x","\Memory\y""#, Some("SRV1")),
        (r"(PDH-CSV 4.0) (X)(0),SRV1\Memory\Available Bytes,SRV1\Memory\Committed Bytes", Some("SRV1")),
        (r"(PDH-CSV 4.0) (X)(0),Memory\Available Bytes,Memory\Committed Bytes", None),
    ] {
        let text = format!("{header}\n03/02/2026 08:00:00,1,2\n");
        let (_, contents) = read_all(text.as_bytes());
        assert_eq!((contents.counters, contents.machines.first().map(String::as_str)), (2, machine), "{header}");
    }
}

#[test]
fn nothing_but_last_words_is_refused() {
    let refused = |text: &str| {
        TextLog::open(text.as_bytes())
            .and_then(|log| {
                log.read(text.as_bytes(), &Selection::All.into(), &mut Table::default(), &mut |_| {}).map(drop)
            })
            .unwrap_err()
            .to_string()
    };
    assert!(refused("\r\n \r\n").starts_with("is empty"));
    assert!(refused("\r\nThe command completed successfully.\r\n").contains("found \"The command"));
    assert!(
        refused(&format!("\r\n{HEADER}The command completed successfully.\r\n")).contains("a header of 2 counters")
    );
    let cut = refused(&format!("\r\n{HEADER}00:15.0,1,2\n00:30.0,1,2\n"));
    assert!(
        cut.starts_with("line 3: a spreadsheet saved only minutes and seconds") && cut.contains("00:15.0"),
        "{cut}"
    );
}

#[test]
fn rows_without_times_are_named() {
    let text = format!("{HEADER}yesterday,1,2\n");
    let log = TextLog::open(text.as_bytes()).unwrap();
    let error =
        log.read(text.as_bytes(), &Selection::All.into(), &mut Table::default(), &mut |_| {}).unwrap_err().to_string();
    assert!(error.starts_with("line 2: expected a time") && error.contains("yesterday"), "{error}");
}

#[test]
fn rows_in_any_order_are_sorted() {
    let rows: Vec<String> =
        (0..60).map(|i| format!("\"01/02/2026 00:{:02}:00.000\",\"{i}\",\"2\"\n", (i * 37) % 60)).collect();
    for rows in [rows.iter().rev().cloned().collect(), rows.clone()] {
        let rows: Vec<String> = rows;
        let (table, contents) = read_all(format!("{HEADER}{}", rows.concat()).as_bytes());
        let minutes: Vec<f64> =
            (0..60).map(|minute| f64::from((0..60).find(|i| i * 37 % 60 == minute).unwrap())).collect();
        assert_eq!(table.0.iter().map(|row| row[0].1).collect::<Vec<_>>(), minutes);
        assert!(contents.warnings.contains(&LogWarning::RowsOutOfOrder), "{:?}", contents.warnings);
        assert_eq!(contents.interval_seconds, Some(60.0));
    }
}

#[test]
fn a_header_that_lost_a_name_is_not_believed() {
    let header = HEADER.replace("\\x\",\"", "\\x,");
    let rows: Vec<String> = (0..9).map(|i| format!("\"01/02/2026 00:0{i}:00.000\",\"1\",\"2\"\n")).collect();
    let text = format!("{header}{}", rows.concat());
    let log = TextLog::open(text.as_bytes()).unwrap();
    let read = log.read(text.as_bytes(), &Selection::All.into(), &mut Table::default(), &mut |_| {});
    assert!(read.unwrap_err().to_string().contains("restore line 1"));
}

#[test]
fn one_line_without_end_costs_no_more_than_its_bytes() {
    let mut text = format!("{HEADER}\"01/02/2026 00:00:00.000\",\"1\",\"2\"\n").into_bytes();
    text.resize(24 << 20, 0);
    let (table, contents) = read_all(&text);
    assert_eq!(table.0.len(), 1);
    assert!(
        matches!(contents.warnings[..], [LogWarning::Rows { defect: RowDefect::NoTime, .. }, ..]),
        "{:?}",
        contents.warnings
    );
}

#[test]
fn a_last_line_without_its_end_is_whole_where_nothing_is_quoted() {
    let text = format!("{HEADER}01/02/2026 00:00:00,1,2\n01/02/2026 00:05:00,10,20");
    assert_eq!(read_all(text.as_bytes()).0.0[1], [(0, 10.0), (1, 20.0)]);
    let text = format!("{HEADER}\"01/02/2026 00:00:00.000\",\"1\",\"2\"\n\"01/02/2026 00:0");
    assert_eq!(read_all(text.as_bytes()).0.0.len(), 1, "a time without its end");
}

#[test]
fn a_cut_last_cell_is_not_believed() {
    let text = format!("{HEADER}\"01/02/2026 00:00:00.000\",\"1\",\"2\"\r\n\"01/02/2026 00:05:00.000\",\"10\",\"20");
    let (rows, _) = read_all(text.as_bytes());
    assert_eq!(rows.0, [vec![(0, 1.0), (1, 2.0)], vec![(0, 10.0)]]);
}

#[test]
fn utf16_is_read() {
    let text = format!("\u{FEFF}{HEADER}\"01/02/2026 00:00:00.000\",\"1\",\"2\"\r\n");
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read_all(&wide).0.0, [vec![(0, 1.0), (1, 2.0)]]);
}

#[test]
fn other_rows_tell_what_a_comma_means() {
    let row =
        |day: u32, first: &str, second: &str| format!("\"01/{day:02}/2026 00:00:00.000\",\"{first}\",\"{second}\"\n");
    let text = [HEADER, &row(2, "12.5", "0,5"), &row(3, "1,000", "1,000"), &row(4, "1,234.5", "1.234,5")].concat();
    let (rows, contents) = read_all(text.as_bytes());
    assert_eq!(rows.0[1], [(0, 1000.0), (1, 1.0)]);
    assert_eq!(rows.0[2], [(0, 1234.5), (1, 1234.5)]);
    let said = |wanted: RowDefect| {
        contents.warnings.iter().any(
            |warning| matches!(warning, LogWarning::Rows { defect, lines } if *defect == wanted && lines.first == [3]),
        )
    };
    assert!(said(RowDefect::CommaOfThousands) && said(RowDefect::DecimalComma), "{:?}", contents.warnings);
}
