//! Writes the table as PDH text, in the format of Windows.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::plan::Plan;
use super::{ConvertError, ConvertWarning, warnings_of};
use crate::counters::path::split_instance_number;
use crate::log::pdh_text::number::{DIGITS, push_g};
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

    let zone = plan.zone(logs);
    let zone = plan.first().map_or("", |first| zone.name_at(first));
    let bias = plan.first().map_or(0, |first| -first.offset_minutes);
    let format = if dialect.tabs { "TSV" } else { "CSV" };
    let mut header = format!("\"(PDH-{format} 4.0) ({zone})({bias})\"").into_bytes();
    let mut ordered = vec![0; places.len()];
    for (column, place) in places.iter().enumerate() {
        ordered[*place] = column;
    }
    for column in ordered {
        header.push(separator);
        // A quote within a path is doubled, as usual in CSV.
        let path = plan.columns[column].column.path.to_string().replace('"', "\"\"");
        header.extend(format!("\"{path}\"").as_bytes());
    }
    header.extend(b"\r\n");
    out.write_all(&header)?;

    let format = Format { dialect, separator, places: &places };
    thread::scope(|scope| {
        let mut rows = RowWriter {
            out: &mut *out,
            formatters: format.spawn(scope),
            busy: VecDeque::new(),
            given: 0,
            rows_at_a_time: (CELLS_AT_A_TIME / places.len()).max(1),
            rows: Rows::default(),
            error: None,
        };
        plan.read(logs, query, &mut rows)?;
        Ok::<_, ConvertError>(rows.finish()?)
    })?;
    out.flush()?;
    Ok(warnings_of(logs, &plan))
}

/// By column: its position in a row. Log by log in catalog order, then by instance, then in definition order. Of equal
/// names in the first sample, the highest number comes first: `csrss#1`, `wininit`, `csrss`. Instances that appear
/// later are at the end of their group.
fn places(plan: &Plan) -> Vec<usize> {
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
    let mut order: Vec<ColumnId> = (0..plan.columns.len()).collect();
    order.sort_by_key(|&id| {
        let planned = &plan.columns[id];
        let (group, definition) = planned.column.order;
        let rank = planned.column.path.instance.as_deref().map_or(0, |i| ranks[&(planned.log, group, i)]);
        (planned.log, group, rank, definition, id)
    });
    let mut places = vec![0; order.len()];
    for (place, id) in order.into_iter().enumerate() {
        places[id] = place;
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
    places: &'p [usize],
}

/// A thread that formats rows.
struct Formatter {
    rows: SyncSender<Rows>,
    text: Receiver<Vec<u8>>,
}

impl<'p> Format<'p> {
    /// Starts one formatter per core.
    fn spawn<'scope>(self, scope: &'scope thread::Scope<'scope, '_>) -> Vec<Formatter>
    where
        'p: 'scope,
    {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let spawn = |_| {
            let (rows, receive) = sync_channel::<Rows>(1);
            let (send, text) = sync_channel(1);
            scope.spawn(move || {
                let mut row = vec![None; self.places.len()];
                for rows in receive {
                    if send.send(self.text(&rows, &mut row)).is_err() {
                        return; // Nobody wants it any more.
                    }
                }
            });
            Formatter { rows, text }
        };
        (0..cores).map(spawn).collect()
    }

    fn text(&self, rows: &Rows, row: &mut [Option<f64>]) -> Vec<u8> {
        let mut text = Vec::new();
        let mut begin = 0;
        for (time, end) in &rows.times {
            for cell in &rows.cells[begin..*end] {
                row[self.places[cell.column]] = Some(cell.value);
            }
            begin = *end;
            match time.local().to_naive() {
                Some(local) => text.extend(format!("\"{}\"", local.format("%m/%d/%Y %H:%M:%S%.3f")).as_bytes()),
                None => text.extend(b"\" \""),
            }
            for cell in row.iter_mut() {
                text.extend([self.separator, b'"']);
                match cell.take() {
                    Some(value) => push_g(&mut text, value, self.dialect.digits),
                    None => text.push(b' '),
                }
                text.push(b'"');
            }
            text.extend(b"\r\n");
        }
        text
    }
}

/// Passes rows to the formatters in turn, and writes their text in the same order.
struct RowWriter<'a> {
    out: &'a mut dyn Write,
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
        if self.error.is_none() {
            self.error = self.out.write_all(&text).err();
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
