//! The rows of PDH text.

use super::header::Header;
use super::header::shorten;
use super::number::{NoNumber, parse_cell};
use super::{csv_reader, time};
use crate::counters::known::{self, Name};
use crate::log::LogErrorKind;
use crate::log::moment::{FileTime, Moment, TICKS_PER_SECOND};
use crate::log::sink::{Cell, Column, ColumnId, Contents, Selection, Sink, TimeLine};
use crate::log::zone::Zone;

/// Line numbers that a warning shows; the rest are counted.
const LINES_SHOWN: usize = 5;

/// Rows that share a defect.
#[derive(Default)]
struct Rows {
    count: u64,
    /// Where the first ones begin in the body.
    shown: Vec<u64>,
}

impl Rows {
    fn add(&mut self, at: u64) {
        self.count += 1;
        if self.shown.len() < LINES_SHOWN {
            self.shown.push(at);
        }
    }

    fn warn(&self, body: &[u8], warnings: &mut Vec<String>, what: &str) {
        if self.count > 0 {
            let lines: Vec<String> = self.shown.iter().map(|at| line_number(body, *at).to_string()).collect();
            let more = if self.count > self.shown.len() as u64 { ", …" } else { "" };
            warnings.push(format!("{} {what}: line {}{more}", self.count, lines.join(", ")));
        }
    }
}

/// The line, counted from the header's 1, at an offset in the body. The CSV reader's own count lags
/// behind on CRLF files, since it takes the LF for the next row's.
fn line_number(body: &[u8], at: u64) -> usize {
    let at = usize::try_from(at).unwrap_or(usize::MAX).min(body.len());
    let lines = memchr::memchr_iter(b'\n', &body[..at]).count() + 2;
    lines + usize::from(body.get(at) == Some(&b'\n'))
}

/// Reads all rows below the header.
pub fn read(header: &Header, text: &[u8], selection: Selection, sink: &mut dyn Sink) -> Result<Contents, LogErrorKind> {
    let mut contents = Contents::default();
    let wanted = columns(header, selection, sink, &mut contents);
    let body = text.get(header.body..).unwrap_or_default();
    let zone = header.zone.clone().unwrap_or_else(|| {
        contents.warnings.push("the header names no time zone: local times are taken for UTC".to_owned());
        Zone::fixed("", 0)
    });

    let order = date_order(header.separator, body);
    let mut clock = Clock { zone, back: 0, last: None, step: 0, repeats: 0 };
    let width = header.columns.len() + 1;
    let decimal_comma = header.separator == b';';
    let mut reader = csv_reader(header.separator).from_reader(body);
    let mut record = csv::ByteRecord::new();
    let mut line = TimeLine::default();
    let mut cells = Vec::with_capacity(wanted.len());
    let (mut timeless, mut uneven, mut no_number) = (Rows::default(), Rows::default(), Rows::default());
    let (mut repeated, mut set_back) = (Rows::default(), Rows::default());
    let mut first_timeless = None;
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(e) => {
                contents.warnings.push(format!("reading stopped: {e}"));
                break;
            }
        }
        let at = record.position().map_or(0, csv::Position::byte);
        let Some(local) = record.get(0).and_then(|cell| time::parse(cell, order)) else {
            if !record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                timeless.add(at);
                first_timeless.get_or_insert_with(|| shorten(&String::from_utf8_lossy(&record[0])));
            }
            continue;
        };
        if record.len() != width {
            uneven.add(at);
        }
        // The last cell of a file that was cut may lack digits.
        let whole =
            if is_cut(body) && reader.position().byte() >= body.len() as u64 { record.len() - 1 } else { record.len() };
        cells.clear();
        let mut bad = false;
        for &(field, column) in &wanted {
            match record.get(field).filter(|_| field < whole).map(|cell| parse_cell(cell, decimal_comma)) {
                Some(Ok(Some(value))) => cells.push(Cell { column, value }),
                Some(Err(NoNumber)) => bad = true,
                Some(Ok(None)) | None => {}
            }
        }
        if bad {
            no_number.add(at);
        }
        let (moment, odd) = clock.moment(local);
        match odd {
            Some(Odd::Repeated) => repeated.add(at),
            Some(Odd::SetBack) => set_back.add(at),
            None => {}
        }
        sink.sample(moment, &cells);
        line.push(moment);
    }
    timeless.warn(body, &mut contents.warnings, "rows do not begin with a time and were left out");
    uneven.warn(
        body,
        &mut contents.warnings,
        &format!("rows do not have the header's {width} cells; missing ones are blank"),
    );
    no_number.warn(body, &mut contents.warnings, "rows hold cells that are no numbers, taken as blank");
    repeated.warn(
        body,
        &mut contents.warnings,
        "rows have the time of the row before (a spreadsheet cuts seconds off); their times are about right only",
    );
    set_back.warn(body, &mut contents.warnings, "times went back by an hour, taken for the end of daylight time");
    if line.len() == 0 {
        return Err(match first_timeless {
            Some(found) => LogErrorKind::Text {
                line: timeless.shown.first().map_or(2, |at| line_number(body, *at) as u64),
                what: format!("expected a time such as 03/14/2026 02:10:00.000 first in each row, found \"{found}\""),
            },
            None => LogErrorKind::NoSamples { what: format!("a header of {} counters", contents.counters) },
        });
    }
    line.finish(&mut contents);
    if repeated.count > 0
        && let (Some(first), Some(last)) = (contents.first, contents.last)
    {
        // The median of steps that were made up says nothing.
        contents.interval_seconds = Some(last.utc.seconds_since(first.utc) / (contents.samples.max(2) - 1) as f64);
    }
    Ok(contents)
}

/// Places in the file whose dates are looked at to tell months from days.
const PROBES: usize = 2000;

/// The order of dates, from rows all over the file: what a spreadsheet has saved again may have days first.
fn date_order(separator: u8, body: &[u8]) -> time::Order {
    let row_at = |at: usize| {
        let begin = if at == 0 { 0 } else { at + memchr::memchr(b'\n', &body[at..])? + 1 };
        let row = &body[begin..];
        let end = memchr::memchr2(separator, b'\n', row).unwrap_or(row.len());
        let cell = row[..end].trim_ascii();
        Some(cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell))
    };
    let step = (body.len() / PROBES).max(1);
    time::order_of((0..body.len()).step_by(step).filter_map(row_at))
}

/// What is odd about a row's time.
#[derive(Clone, Copy)]
enum Odd {
    Repeated,
    SetBack,
}

/// From the rows' local times to moments. A header has one bias, though daylight time may end within.
struct Clock {
    zone: Zone,
    /// Minutes that the clock was set back since the first row.
    back: i32,
    last: Option<FileTime>,
    step: i64,
    repeats: i64,
}

/// Rows of one time are set apart by so much: just more than what counts as one sample, so that
/// the sixty of a minute still stand within it.
const REPEAT_TICKS: i64 = 6 * TICKS_PER_SECOND / 10;
const HOUR_TICKS: i64 = 3600 * TICKS_PER_SECOND;

impl Clock {
    fn moment(&mut self, local: FileTime) -> (Moment, Option<Odd>) {
        let mut odd = None;
        if let Some(last) = self.last {
            let step = local.0.saturating_sub(last.0);
            self.repeats = if step == 0 { self.repeats + 1 } else { 0 };
            // A usual step, but an hour back.
            let off = step.saturating_add(HOUR_TICKS).saturating_sub(self.step).saturating_abs();
            if step <= 0 && self.step > 0 && off <= self.step / 2 + 5 * TICKS_PER_SECOND {
                self.back += 60;
                self.repeats = 0;
                odd = Some(Odd::SetBack);
            } else if step == 0 {
                odd = Some(Odd::Repeated);
            } else {
                self.step = step;
            }
        }
        self.last = Some(local);
        let usual = self.zone.moment(local, None);
        let minutes = i16::try_from(self.back).unwrap_or(0);
        let utc = usual.utc.plus_minutes(self.back).0.saturating_add(self.repeats.saturating_mul(REPEAT_TICKS));
        (Moment { utc: FileTime(utc), offset_minutes: usual.offset_minutes.saturating_sub(minutes) }, odd)
    }
}

/// Announces the wanted columns; returns their places in a row.
fn columns(
    header: &Header,
    selection: Selection,
    sink: &mut dyn Sink,
    contents: &mut Contents,
) -> Vec<(usize, ColumnId)> {
    let mut wanted = Vec::new();
    for (place, path) in header.columns.iter().enumerate() {
        let Some(path) = path else { continue };
        contents.counters += 1;
        if let Some(machine) = &path.machine
            && !contents.machines.contains(&**machine)
        {
            contents.machines.insert(machine.to_string());
        }
        if known::is_memory(Name::text(&path.object)) {
            let machine = path.machine.as_deref().unwrap_or_default();
            if !contents.memory_machines.contains(machine) {
                contents.memory_machines.insert(machine.to_owned());
            }
        }
        let (take, known) = selection.wants(Name::text(&path.object), Name::text(&path.counter));
        if take {
            let order = (u32::try_from(place).unwrap_or(u32::MAX), 0);
            sink.column(wanted.len(), &Column { path: path.clone(), kind: None, known, order });
            wanted.push((place + 1, wanted.len()));
        }
    }
    if !header.odd_columns.is_empty() {
        let shown: Vec<&str> = header.odd_columns.iter().take(LINES_SHOWN).map(String::as_str).collect();
        contents.warnings.push(format!(
            "{} columns are no counter paths and were left out: {}",
            header.odd_columns.len(),
            shown.join("; ")
        ));
    }
    wanted
}

/// Whether the text ends within a row: with neither a line end nor a closing quote.
fn is_cut(body: &[u8]) -> bool {
    !matches!(body.last(), Some(b'\n' | b'\r' | b'"') | None)
}

#[cfg(test)]
mod tests {
    use super::super::TextLog;
    use super::*;
    use crate::log::moment::Moment;

    #[derive(Default)]
    struct Table(Vec<Vec<(ColumnId, f64)>>);

    impl Sink for Table {
        fn column(&mut self, _: ColumnId, _: &Column) {}
        fn sample(&mut self, _: Moment, cells: &[Cell]) {
            self.0.push(cells.iter().map(|c| (c.column, c.value)).collect());
        }
    }

    fn read_all(text: &[u8]) -> (Table, Contents) {
        let mut rows = Table::default();
        let log = TextLog::open(text).unwrap();
        let contents = log.read(text, Selection::All, &mut rows).unwrap();
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
        assert!(contents.warnings[0].ends_with("line 4"), "{:?}", contents.warnings);
    }

    fn minutes(rows: &str) -> Vec<i64> {
        let (_, contents) = read_all(format!("{HEADER}{rows}").as_bytes());
        let first = contents.first.unwrap();
        let last = contents.last.unwrap();
        vec![
            contents.samples as i64,
            (last.utc.0 - first.utc.0) / TICKS_PER_SECOND / 60,
            i64::from(last.offset_minutes),
        ]
    }

    #[test]
    fn the_hour_that_occurs_twice_is_two_hours() {
        let mut rows = String::new();
        for minute in (0..180).step_by(5).chain((120..240).step_by(5)) {
            rows += &format!("\"10/25/2026 {:02}:{:02}:00.000\",\"1\",\"2\"\n", minute / 60, minute % 60);
        }
        assert_eq!(minutes(&rows), [60, 295, -60]);
    }

    #[test]
    fn rows_without_seconds_are_all_kept() {
        let rows: Vec<String> = (0..12).map(|i| format!("10/25/2026 01:{:02},1,2\n", i / 4)).collect();
        let rows = rows.concat();
        assert_eq!(minutes(&rows), [12, 2, 0]);
    }

    #[test]
    fn days_before_months_are_told_by_any_row() {
        let rows: Vec<String> = (9..17).map(|day| format!("\"{day:02}/03/2026 00:00:00\",\"1\",\"2\"\n")).collect();
        assert_eq!(minutes(&rows.concat()), [8, 7 * 24 * 60, 0]);
    }

    #[test]
    fn rows_without_times_are_named() {
        let text = format!("{HEADER}yesterday,1,2\n");
        let log = TextLog::open(text.as_bytes()).unwrap();
        let error = log.read(text.as_bytes(), Selection::All, &mut Table::default()).unwrap_err().to_string();
        assert!(error.starts_with("line 2: expected a time") && error.contains("yesterday"), "{error}");
    }

    #[test]
    fn a_cut_last_cell_is_not_believed() {
        let text =
            format!("{HEADER}\"01/02/2026 00:00:00.000\",\"1\",\"2\"\r\n\"01/02/2026 00:05:00.000\",\"10\",\"20");
        let (rows, _) = read_all(text.as_bytes());
        assert_eq!(rows.0, [vec![(0, 1.0), (1, 2.0)], vec![(0, 10.0)]]);
    }

    #[test]
    fn utf16_is_read() {
        let text = format!("\u{FEFF}{HEADER}\"01/02/2026 00:00:00.000\",\"1\",\"2\"\r\n");
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read_all(&wide).0.0, [vec![(0, 1.0), (1, 2.0)]]);
    }
}
