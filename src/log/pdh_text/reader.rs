//! The rows of PDH text.

use super::header::Header;
use super::number::{NoNumber, parse_cell};
use super::{csv_reader, time};
use crate::counters::known::{self, Name};
use crate::log::LogErrorKind;
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

    let width = header.columns.len() + 1;
    let decimal_comma = header.separator == b';';
    let mut reader = csv_reader(header.separator).from_reader(body);
    let mut record = csv::ByteRecord::new();
    let mut line = TimeLine::default();
    let mut last = None;
    let mut cells = Vec::with_capacity(wanted.len());
    let (mut timeless, mut uneven, mut no_number) = (Rows::default(), Rows::default(), Rows::default());
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
        let Some(local) = record.get(0).and_then(time::parse) else {
            if !record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                timeless.add(at);
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
        let moment = zone.moment(local, last);
        last = Some(moment.utc);
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
    if line.len() == 0 {
        return Err(LogErrorKind::NoSamples { what: format!("a header of {} counters", contents.counters) });
    }
    line.finish(&mut contents);
    Ok(contents)
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
