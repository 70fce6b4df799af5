//! Reads the body of PDH text in pieces.

use super::header::{Header, shorten};
use super::rows::{Piece, Plan, RowReader, line_number};
use super::time;
use crate::base::time::{ClockZone, FileTime};
use crate::counters::known::Name;
use crate::log::error::{LogErrorKind, TimeColumn, WithoutSamples};
use crate::log::parallel;
use crate::log::sample_clock::{Odd, SampleClock};
use crate::log::select::{Picker, Query, Values};
use crate::log::sink::{Column, Contents, Sink, TimeLine};
use crate::log::warning::{Counted, LogWarning, RowDefect};
use crate::log::zone::Zone;

/// Rows that one core reads at a time if their positions are known.
const ROWS: usize = 1 << 12;
/// Bytes of the body that one core reads at a time.
const PIECE: usize = 2 << 20;

/// Reads all rows after the header. Calls `done` with the number of bytes of `text` that are not needed again.
pub fn read(
    header: &Header,
    text: &[u8],
    query: &Query<'_>,
    sink: &mut dyn Sink,
    done: &mut dyn FnMut(usize),
) -> Result<Contents, LogErrorKind> {
    let mut contents = Contents::default();
    let mut fields = columns(header, query, sink, &mut contents);
    if query.values == Values::None {
        fields.clear();
    }
    let body = text.get(header.body..).unwrap_or_default();
    let zone = header.zone.clone().unwrap_or_else(|| {
        contents.warnings.push(LogWarning::NoTimeZone);
        contents.zone = ClockZone::Unknown;
        Zone::fixed("", 0)
    });
    let width = header.columns.len() + 1;
    let (order, is_disordered) = probe(header, body, done);
    let mut plan = Plan { separator: header.separator, width, order, fields, is_cut: is_cut(body) };
    let sorted = is_disordered.then(|| in_order_of_time(&mut plan, body));
    let rows = RowReader::new(&plan);

    let mut clock = SampleClock::of_text(zone);
    let mut picker = Picker::new(query);
    let mut line = TimeLine::default();
    let mut found = Piece::default();
    let (mut repeated, mut set_back, mut set_forward) = (Counted::default(), Counted::default(), Counted::default());
    let mut pieces = 0;
    let count = sorted.as_ref().map_or(body.len().div_ceil(PIECE), |sorted| sorted.len().div_ceil(ROWS));
    parallel::in_order(
        count,
        |number| match &sorted {
            None => rows.read(body, number * PIECE..body.len().min((number + 1) * PIECE)),
            Some(sorted) => rows.read_at(body, &sorted[number * ROWS..sorted.len().min((number + 1) * ROWS)]),
        },
        |piece: Piece| {
            let mut begin = 0;
            for (at, local, end) in piece.rows {
                let (time, odd) = clock.zoned(local);
                match odd {
                    Some(Odd::Repeated) => repeated.add(at),
                    Some(Odd::SetBack) => set_back.add(at),
                    Some(Odd::SetForward) => set_forward.add(at),
                    None => {}
                }
                line.push(time);
                if picker.picks(time) {
                    sink.sample(time, &piece.cells[begin..end]);
                    line.pick(time);
                }
                begin = end;
            }
            found.timeless.append(piece.timeless);
            found.uneven.append(piece.uneven);
            found.no_number.append(piece.no_number);
            found.minus_one.append(piece.minus_one);
            found.longer += piece.longer;
            pieces += 1;
            done(if sorted.is_some() { text.len() } else { header.body + pieces * PIECE });
        },
    );
    if is_disordered {
        contents.warnings.push(LogWarning::RowsOutOfOrder);
    }
    for (defect, rows) in [
        (RowDefect::NoTime, &found.timeless),
        (RowDefect::Width { cells: width }, &found.uneven),
        (RowDefect::NotANumber, &found.no_number),
        (RowDefect::MinusOne, &found.minus_one),
        (RowDefect::SameTime, &repeated),
        (RowDefect::HourBack, &set_back),
        (RowDefect::HourForward, &set_forward),
    ] {
        let lines = rows.some(|at| line_number(body, *at));
        contents.warnings.extend(lines.map(|lines| LogWarning::Rows { defect, lines }));
    }
    if line.len() == 0 {
        return Err(match found.timeless.first.first() {
            Some(&at) => {
                let row = body[at..].split(|b| *b == b'\n').next().unwrap_or_default();
                let cell = row.split(|b| *b == plan.separator).next().unwrap_or_default();
                let cell = shorten(String::from_utf8_lossy(cell).trim().trim_matches('"'));
                LogErrorKind::NoTime { line: line_number(body, at) as u64, column: TimeColumn::First, found: cell }
            }
            None => LogErrorKind::NoSamples(WithoutSamples::Header(contents.counters)),
        });
    }
    if found.longer * 10 > line.len() as u64 * 9 && line.len() > 1 {
        return Err(LogErrorKind::HeaderTooShort { columns: width });
    }
    line.finish(&mut contents);
    if repeated.count > 0
        && let (Some(first), Some(last)) = (contents.first, contents.last)
    {
        // The median of invented steps has no meaning.
        contents.interval_seconds = Some(last.utc.seconds_since(first.utc) / (contents.samples.max(2) - 1) as f64);
    }
    Ok(contents)
}

/// Bytes after a probed position in which the next row must start.
const PROBED: usize = 1 << 18;
/// Number of positions in the file whose dates show the order of day and month.
const PROBES: usize = 2000;

/// From this many backward steps between probed rows on, the rows are unordered: not just a clock change or an appended
/// log.
const DISORDER: usize = 8;

/// The order of day and month, from rows all over the file: a file saved by a spreadsheet may have days first. Also
/// returns whether the rows are unordered, for example sorted newest first.
fn probe(header: &Header, body: &[u8], done: &mut dyn FnMut(usize)) -> (time::Order, bool) {
    let mut row_at = |at: usize| {
        // Reading one row can load much of the file around it.
        done(header.body + at);
        let near = &body[at..body.len().min(at + PROBED)];
        let begin = if at == 0 { 0 } else { memchr::memchr(b'\n', near)? + 1 };
        let row = &near[begin..];
        let end = memchr::memchr2(header.separator, b'\n', row)?;
        let cell = row[..end].trim_ascii();
        Some(cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell).to_vec())
    };
    let step = (body.len() / PROBES).max(1);
    // With rows of one length, equal steps would always hit the same phase of an alternating pattern.
    let places = (0..body.len()).step_by(step).enumerate().map(|(n, at)| at + n * 7919 % step);
    let cells: Vec<Vec<u8>> = places.filter(|at| *at < body.len()).filter_map(&mut row_at).collect();
    let order = time::order_of(&cells);
    let times: Vec<FileTime> = cells.iter().filter_map(|cell| time::parse(cell, order)).collect();
    (order, times.windows(2).filter(|pair| pair[1] < pair[0]).count() > DISORDER)
}

/// The starts of the rows, in order of time.
fn in_order_of_time(plan: &mut Plan, body: &[u8]) -> Vec<usize> {
    let fields = std::mem::take(&mut plan.fields);
    let rows = RowReader::new(plan);
    let mut found: Vec<(FileTime, usize)> = Vec::new();
    parallel::in_order(
        body.len().div_ceil(PIECE),
        |number| rows.read(body, number * PIECE..body.len().min((number + 1) * PIECE)),
        |piece: Piece| found.extend(piece.rows.iter().map(|(at, local, _)| (*local, *at))),
    );
    plan.fields = fields;
    found.sort_unstable();
    found.into_iter().map(|(_, at)| at).collect()
}

/// Announces the wanted columns; returns their positions in a row.
fn columns(header: &Header, query: &Query<'_>, sink: &mut dyn Sink, contents: &mut Contents) -> Vec<usize> {
    let mut wanted = Vec::new();
    for (place, path) in header.columns.iter().enumerate() {
        let Some(path) = path else { continue };
        contents.counters += 1;
        if let Some(machine) = &path.machine
            && !contents.machines.contains(&**machine)
        {
            contents.machines.insert(machine.to_string());
        }
        let machine = path.machine.as_deref().unwrap_or_default();
        contents.add_object(machine, &path.object);
        let (take, id) = query.selection.wants(machine, Name::text(&path.object), Name::text(&path.counter));
        if take && query.selection.wants_instance(path) {
            let order = (u32::try_from(place).unwrap_or(u32::MAX), 0);
            sink.column(wanted.len(), &Column { path: path.clone(), kind: None, time_base: 0, id, order });
            wanted.push(place + 1);
        }
    }
    if !header.odd_columns.is_empty() {
        contents.warnings.push(LogWarning::NotCounterPaths(header.odd_columns.iter().cloned().collect()));
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
        let error = log
            .read(text.as_bytes(), &Selection::All.into(), &mut Table::default(), &mut |_| {})
            .unwrap_err()
            .to_string();
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
