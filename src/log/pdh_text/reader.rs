//! Reads the body of PDH text in pieces.

use std::collections::HashSet;

use super::header::{Header, shorten};
use super::probe::{Probed, probe};
use super::rows::{ODD_CELLS, Piece, Plan, RowReader, line_number};
use super::time;
use crate::base::time::{ClockZone, FileTime};
use crate::counters::CounterPath;
use crate::counters::known::{CounterId, WindowsLanguage};
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
    let body = without_closing_words(text.get(header.body..).unwrap_or_default());
    let line_number = |at: usize| line_number(body, at) + header.blank_lines;
    let zone = zone_of(header, &mut contents);
    let width = header.columns.len() + 1;
    let Probed { order, is_disordered, styles } = probe(header, body, &fields, done);
    let mut plan = Plan {
        separator: header.separator,
        width,
        order,
        time: header.time,
        fields,
        styles,
        is_cut: is_cut(body),
        ends_in_description: header.description.is_some(),
    };
    let sorted = is_disordered.then(|| in_order_of_time(&mut plan, body));
    let rows = RowReader::new(&plan);

    let mut clock = SampleClock::of_text(zone, contents.zone);
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
            found.add_defects(Piece { rows: Vec::new(), cells: Vec::new(), ..piece });
            pieces += 1;
            done(if sorted.is_some() { text.len() } else { header.body + pieces * PIECE });
        },
    );
    note_other_columns(header, found.described, &mut contents);
    if is_disordered {
        contents.warnings.push(LogWarning::RowsOutOfOrder);
    }
    let rows = [(RowDefect::NoTime, &found.timeless), (RowDefect::Width { cells: width }, &found.uneven)];
    let odd_cells = ODD_CELLS.into_iter().zip(&found.odd_cells);
    let clock =
        [(RowDefect::SameTime, &repeated), (RowDefect::HourBack, &set_back), (RowDefect::HourForward, &set_forward)];
    for (defect, rows) in rows.into_iter().chain(odd_cells).chain(clock) {
        let lines = rows.some(|at| line_number(*at));
        contents.warnings.extend(lines.map(|lines| LogWarning::Rows { defect, lines }));
    }
    if line.len() == 0 {
        return Err(match found.timeless.first.first() {
            Some(&at) => no_time(&body[at..], plan.separator, line_number(at) as u64),
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

/// The zone of the times, which may not be recorded.
fn zone_of(header: &Header, contents: &mut Contents) -> Zone {
    let Some(zone) = &header.zone else {
        contents.warnings.push(LogWarning::NoTimeZone);
        contents.zone = ClockZone::Unknown;
        return Zone::fixed("", 0);
    };
    if header.is_zone_cut {
        contents.warnings.push(LogWarning::ZoneNameCut { name: zone.name.clone() });
    }
    zone.clone()
}

/// Notes the columns that are not counters. The last of them is a description if it has no values.
fn note_other_columns(header: &Header, described: bool, contents: &mut Contents) {
    let (description, column) = header
        .description
        .clone()
        .map_or((None, None), |name| if described { (None, Some(shorten(&name))) } else { (Some(name), None) });
    contents.description = description;
    let odd_columns: Counted<String> = header.odd_columns.iter().cloned().chain(column).collect();
    if odd_columns.count > 0 {
        contents.warnings.push(LogWarning::NotCounterPaths(odd_columns));
    }
}

/// The error for a row that does not begin with a time.
fn no_time(body: &[u8], separator: u8, line: u64) -> LogErrorKind {
    let row = body.split(|b| *b == b'\n').next().unwrap_or_default();
    let cell = row.split(|b| *b == separator).next().unwrap_or_default().trim_ascii();
    let cell = cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell);
    let found = shorten(String::from_utf8_lossy(cell).trim().trim_matches('"'));
    if time::is_minutes_and_seconds(cell) {
        return LogErrorKind::TimeCut { line, found };
    }
    LogErrorKind::NoTime { line, column: TimeColumn::First, found }
}

/// Bytes at the end of a file that what a program prints last fits into.
const CLOSING_WORDS: usize = 1 << 10;

/// The rows without the lines at the end that typeperf prints last, in any language: they have neither quotes nor digits.
fn without_closing_words(body: &[u8]) -> &[u8] {
    let mut end = body.len();
    loop {
        let begin = memchr::memrchr(b'\n', body[..end].trim_ascii_end()).map_or(0, |at| at + 1);
        let line = &body[begin..end];
        let is_data = line.iter().any(|b| *b == b'"' || b.is_ascii_digit());
        if is_data || body.len() - begin > CLOSING_WORDS || !line.iter().any(|b| b.is_ascii_alphabetic() || *b >= 0x80)
        {
            return &body[..end];
        }
        end = begin;
    }
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
    let windows = WindowsLanguage::of_zone(header.zone.as_ref().map(|zone| &*zone.name));
    let mut logged: HashSet<CounterId> = HashSet::new();
    let mut wanted = Vec::new();
    for (place, path) in header.columns.iter().enumerate() {
        let Some(path) = path else { continue };
        let (is_wanted, id) = contents.add_counter(path, windows, query.selection);
        logged.extend(id);
        if is_wanted {
            wanted.push((place, path, id));
        }
    }
    wanted.retain(|(.., id)| query.selection.needs(*id, |better| logged.contains(&better)));
    for (column, (place, path, id)) in wanted.iter().enumerate() {
        let order = (u32::try_from(*place).unwrap_or(u32::MAX), 0);
        let path = CounterPath::clone(path);
        sink.column(column, &Column { path, kind: None, time_base: 0, id: *id, order });
    }
    wanted.into_iter().map(|(place, ..)| place + 1).collect()
}

/// Whether the text ends within a row: with neither a line end nor a closing quote.
fn is_cut(body: &[u8]) -> bool {
    !matches!(body.last(), Some(b'\n' | b'\r' | b'"') | None)
}

#[cfg(test)]
mod tests;
