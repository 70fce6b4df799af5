//! Writes the table as PDH text, in the format of Windows.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use chrono::Datelike;

use super::plan::Plan;
use super::{ConvertError, ConvertWarning, check_columns, descriptions_left_out, warnings_of};
use crate::base::threads;
use crate::base::time::ClockZone;
use crate::counters::CounterPath;
use crate::counters::path::split_instance_number;
use crate::log::pdh_text::number::{DIGITS, push_g};
use crate::log::pdh_text::{YEARS, can_contain, shorten};
use crate::log::{Cell, Column, ColumnId, Log, Query, Sink, Values, ZonedTime};

/// Format options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Whether tabs are the separators instead of commas.
    pub tabs: bool,
    /// Significant digits of a value: [`DIGITS`] or [`DIGITS_2016`](crate::log::pdh_text::number::DIGITS_2016).
    pub digits: usize,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { tabs: false, digits: DIGITS }
    }
}

/// Writes the logs' samples. They are read twice, once for their columns and once row by row, so that memory use is
/// only a few rows. Returns warnings about the logs.
///
/// # Errors
/// If a log cannot be read or the output cannot be written.
pub fn write(
    logs: &[Log],
    query: &Query<'_>,
    dialect: Dialect,
    out: &mut dyn Write,
) -> Result<Vec<ConvertWarning>, ConvertError> {
    let plan = Plan::make(logs, &Query { values: Values::None, ..*query })?.with_something()?;
    let places = places(&plan);
    let separator = if dialect.tabs { b'\t' } else { b',' };
    let description = plan.contents.iter().find_map(|contents| contents.description.as_deref());
    check_columns(plan.columns.len() + usize::from(description.is_some()))?;
    let is_other = |odd: &ConvertWarning| match odd {
        ConvertWarning::DescriptionLeftOut { text, .. } => description.is_none_or(|kept| shorten(kept) != *text),
        _ => true,
    };
    let mut warnings: Vec<ConvertWarning> = descriptions_left_out(logs, &plan).filter(is_other).collect();
    out.write_all(&header(logs, &plan, &places, description, dialect, &mut warnings)?)?;

    let years_left_out = AtomicU64::new(0);
    let format = Format {
        dialect,
        separator,
        places: &places,
        cells: places.iter().flatten().count(),
        has_description: description.is_some(),
        years_left_out: &years_left_out,
    };
    let read = thread::scope(|scope| {
        let mut rows = RowWriter {
            out: &mut *out,
            format,
            formatters: format.spawn(scope),
            busy: VecDeque::new(),
            given: 0,
            rows_at_a_time: (CELLS_AT_A_TIME / places.len()).max(1),
            rows: Rows::default(),
            error: None,
        };
        let read = plan.read(logs, query, &mut rows)?;
        rows.finish()?;
        Ok::<_, ConvertError>(read)
    })?;
    out.flush()?;
    let count = years_left_out.into_inner();
    warnings.extend((count > 0).then_some(ConvertWarning::YearsLeftOut { count }));
    warnings.extend(warnings_of(logs, &read));
    Ok(warnings)
}

/// The first line.
fn header(
    logs: &[Log],
    plan: &Plan,
    places: &[Option<usize>],
    description: Option<&str>,
    dialect: Dialect,
    warnings: &mut Vec<ConvertWarning>,
) -> Result<Vec<u8>, ConvertError> {
    let separator = if dialect.tabs { '\t' } else { ',' };
    let format = if dialect.tabs { "TSV" } else { "CSV" };
    let mut header = format!("\"(PDH-{format} 4.0)");
    // A bias of 0 would mean UTC.
    if plan.contents[plan.first_log()].zone == ClockZone::Recorded {
        let zone = plan.zone(logs);
        let name = plan.first().map_or("", |first| zone.name_at(first));
        let bias = plan.first().map_or(0, |first| -first.offset_minutes);
        header += &format!(" ({})({bias})", zone_name(name));
    }
    header.push('"');
    let mut ordered: Vec<(usize, &CounterPath)> =
        plan.columns.iter().zip(places).filter_map(|(c, place)| Some(((*place)?, &c.column.path))).collect();
    ordered.sort_unstable_by_key(|(place, _)| *place);
    let mut replaced = 0;
    for name in ordered.iter().map(|(_, path)| path.to_string()).chain(description.map(str::to_owned)) {
        let clean = one_line(&name);
        replaced += u64::from(clean.is_some());
        // A quote within a path is doubled, as usual in CSV.
        header += &format!("{separator}\"{}\"", clean.unwrap_or(name).replace('"', "\"\""));
    }
    header += "\r\n";
    let left_out = (plan.columns.len() - ordered.len()) as u64;
    if ordered.is_empty() {
        return Err(ConvertError::NoNames);
    }
    warnings.extend((left_out > 0).then_some(ConvertWarning::NamesLeftOut { count: left_out }));
    warnings.extend((replaced > 0).then_some(ConvertWarning::CharactersReplaced { count: replaced }));
    Ok(header.into_bytes())
}

/// A zone's name without the characters that begin a path or end a cell.
fn zone_name(name: &str) -> String {
    let allowed = |c: char| match c {
        '"' => '\'',
        '\\' => '/',
        c if c.is_control() => ' ',
        c => c,
    };
    name.chars().map(allowed).collect()
}

/// A name without the characters that end a line or a text; `None` if it has none.
fn one_line(name: &str) -> Option<String> {
    let ends = |c: char| matches!(c, '\n' | '\r' | '\0');
    name.contains(ends).then(|| name.replace(ends, "\u{fffd}"))
}

/// By column: its position in a row; `None` if text logs cannot contain it. Log by log in catalog order, then by instance, then in definition order. Of equal
/// names in the first sample, the highest number comes first: `csrss#1`, `wininit`, `csrss`. Instances that appear
/// later are at the end of their group.
fn places(plan: &Plan) -> Vec<Option<usize>> {
    let mut ranks: HashMap<(usize, u32, &str), usize> = HashMap::new();
    let mut namesakes: HashMap<(usize, u32, &str), Vec<&str>> = HashMap::new();
    for planned in &plan.columns {
        let Some(instance) = planned.column.path.instance.as_deref() else { continue };
        let (log, group) = (planned.log, planned.column.order.0);
        let free = ranks.len();
        if *ranks.entry((log, group, instance)).or_insert(free) == free && planned.in_first_sample {
            let base = split_instance_number(instance).0;
            namesakes.entry((log, group, base)).or_default().push(instance);
        }
    }
    for ((log, group, _), mut names) in namesakes {
        let mut own: Vec<usize> = names.iter().map(|name| ranks[&(log, group, *name)]).collect();
        own.sort_unstable();
        names.sort_by_key(|name| std::cmp::Reverse(split_instance_number(name).1));
        for (name, rank) in names.iter().zip(own) {
            ranks.insert((log, group, name), rank);
        }
    }
    let is_held = |id: &ColumnId| can_contain(&plan.columns[*id].column.path);
    let mut order: Vec<ColumnId> = (0..plan.columns.len()).filter(is_held).collect();
    order.sort_by_key(|&id| {
        let planned = &plan.columns[id];
        let (group, definition) = planned.column.order;
        let rank = planned.column.path.instance.as_deref().map_or(0, |i| ranks[&(planned.log, group, i)]);
        (planned.log, group, rank, definition, id)
    });
    let mut places = vec![None; plan.columns.len()];
    for (place, id) in order.into_iter().enumerate() {
        places[id] = Some(place);
    }
    places
}

/// Number of cells that are formatted at a time, including blank ones.
const CELLS_AT_A_TIME: usize = 1 << 16;

/// Samples to format.
#[derive(Default)]
struct Rows {
    /// Times, each with the end of its cells.
    times: Vec<(ZonedTime, usize)>,
    cells: Vec<Cell>,
}

/// Format of rows.
#[derive(Clone, Copy)]
struct Format<'p> {
    dialect: Dialect,
    separator: u8,
    places: &'p [Option<usize>],
    /// Number of cells in a row, without the time and the description.
    cells: usize,
    has_description: bool,
    years_left_out: &'p AtomicU64,
}

/// A thread that formats rows.
struct Formatter {
    rows: SyncSender<Rows>,
    text: Receiver<Vec<u8>>,
}

impl<'p> Format<'p> {
    /// Starts one formatter per core, or as many as the system allows.
    fn spawn<'scope>(self, scope: &'scope thread::Scope<'scope, '_>) -> Vec<Formatter>
    where
        'p: 'scope,
    {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let spawn = |_| {
            let (rows, receive) = sync_channel::<Rows>(1);
            let (send, text) = sync_channel(1);
            threads::spawn(scope, move || {
                let mut row = vec![None; self.cells];
                for rows in receive {
                    if send.send(self.text(&rows, &mut row)).is_err() {
                        return; // Nobody wants it any more.
                    }
                }
            })?;
            Some(Formatter { rows, text })
        };
        (0..cores).map_while(spawn).collect()
    }

    fn text(&self, rows: &Rows, row: &mut [Option<f64>]) -> Vec<u8> {
        let mut text = Vec::new();
        let mut begin = 0;
        for (time, end) in &rows.times {
            let cells = &rows.cells[begin..*end];
            begin = *end;
            let Some(local) = time.local().to_naive().filter(|local| YEARS.contains(&local.year())) else {
                self.years_left_out.fetch_add(1, Ordering::Relaxed);
                continue;
            };
            for cell in cells {
                if let Some(place) = self.places[cell.column] {
                    row[place] = Some(cell.value);
                }
            }
            text.extend(format!("\"{}\"", local.format("%m/%d/%Y %H:%M:%S%.3f")).as_bytes());
            for cell in row.iter_mut() {
                text.extend([self.separator, b'"']);
                match cell.take() {
                    Some(value) => push_g(&mut text, value, self.dialect.digits),
                    None => text.push(b' '),
                }
                text.push(b'"');
            }
            if self.has_description {
                text.extend([self.separator, b'"', b' ', b'"']);
            }
            text.extend(b"\r\n");
        }
        text
    }
}

/// Passes rows to the formatters in turn, and writes their text in the same order.
struct RowWriter<'a> {
    out: &'a mut dyn Write,
    format: Format<'a>,
    formatters: Vec<Formatter>,
    /// Formatters with work, in the order of that work; each up to twice, so that it continues while we write.
    busy: VecDeque<usize>,
    given: usize,
    /// Number of rows per package of work.
    rows_at_a_time: usize,
    rows: Rows,
    error: Option<io::Error>,
}

impl RowWriter<'_> {
    fn give(&mut self) {
        if self.formatters.is_empty() {
            let text = self.format.text(&std::mem::take(&mut self.rows), &mut vec![None; self.format.cells]);
            return self.write(&text);
        }
        if self.busy.len() == 2 * self.formatters.len() {
            self.take();
        }
        let next = self.given % self.formatters.len();
        // A formatter ends early only if it panics, which ends the scope.
        let _ = self.formatters[next].rows.send(std::mem::take(&mut self.rows));
        self.busy.push_back(next);
        self.given += 1;
    }

    /// Writes the oldest outstanding text.
    fn take(&mut self) {
        let Some(Ok(text)) = self.busy.pop_front().map(|first| self.formatters[first].text.recv()) else { return };
        self.write(&text);
    }

    fn write(&mut self, text: &[u8]) {
        if self.error.is_none() {
            self.error = self.out.write_all(text).err();
        }
    }

    fn finish(mut self) -> io::Result<()> {
        self.give();
        while !self.busy.is_empty() {
            self.take();
        }
        self.error.map_or(Ok(()), Err)
    }
}

impl Sink for RowWriter<'_> {
    fn column(&mut self, _: ColumnId, _: &Column) {}

    fn sample(&mut self, time: ZonedTime, cells: &[Cell]) {
        self.rows.cells.extend_from_slice(cells);
        self.rows.times.push((time, self.rows.cells.len()));
        if self.rows.times.len() >= self.rows_at_a_time {
            self.give();
        }
    }
}
