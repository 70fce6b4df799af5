//! Any log as the PDH text that Windows would write of it.

use std::collections::HashMap;
use std::io::{self, Write};

use super::number::{DIGITS, format_g};
use crate::counters::path::split_instance_number;
use crate::log::moment::Moment;
use crate::log::sink::{Cell, Column, ColumnId, Selection, Sink};
use crate::log::{Log, LogError};

/// How to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Tabs instead of commas.
    pub tabs: bool,
    /// Significant digits of a value: [`DIGITS`] or [`super::number::DIGITS_2016`].
    pub digits: usize,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { tabs: false, digits: DIGITS }
    }
}

/// Why a log was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The output could not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Writes the selected counters of a log. The log is read twice, once for its columns and once row
/// by row, so that memory holds one row only.
///
/// # Errors
/// When the log cannot be read or the output not written.
pub fn write(log: &Log, selection: Selection, dialect: Dialect, out: impl Write) -> Result<(), WriteError> {
    let mut layout = Layout::default();
    let contents = log.read(selection, &mut layout)?;
    let places = layout.places();
    let separator = if dialect.tabs { "\t" } else { "," };

    let mut rows = RowWriter { out, dialect, separator, row: vec![None; places.len()], places: &places, error: None };
    let zone = log.info().zone.as_ref().zip(contents.first).map_or("", |(zone, first)| zone.name_at(first));
    let bias = contents.first.map_or(0, |first| -first.offset_minutes);
    let format = if dialect.tabs { "TSV" } else { "CSV" };
    write!(rows.out, "\"(PDH-{format} 4.0) ({zone})({bias})\"")?;
    let mut ordered: Vec<&str> = vec![""; places.len()];
    for (id, place) in places.iter().enumerate() {
        ordered[*place] = &layout.columns[id].path;
    }
    for path in ordered {
        // A quote within a path is doubled, as everywhere in CSV.
        write!(rows.out, "{separator}\"{}\"", path.replace('"', "\"\""))?;
    }
    rows.out.write_all(b"\r\n")?;
    log.read(selection, &mut rows)?;
    match rows.error {
        Some(error) => Err(error.into()),
        None => Ok(rows.out.flush()?),
    }
}

struct LaidOut {
    path: String,
    catalog_place: u32,
    definition_place: u32,
    instance: Option<String>,
    in_first_sample: bool,
}

/// The columns of a log, to be brought into Windows' order.
#[derive(Default)]
struct Layout {
    columns: Vec<LaidOut>,
    samples: u64,
}

impl Sink for Layout {
    fn column(&mut self, _: ColumnId, column: &Column) {
        self.columns.push(LaidOut {
            path: column.path.to_string(),
            catalog_place: column.order.0,
            definition_place: column.order.1,
            instance: column.path.instance.as_deref().map(str::to_owned),
            in_first_sample: self.samples == 0,
        });
    }

    fn sample(&mut self, _: Moment, _: &[Cell]) {
        self.samples += 1;
    }
}

impl Layout {
    /// By column: its place in a row. Catalog order, then instance by instance, then in definition
    /// order. Of equal names in the first sample the highest number comes first: `csrss#1`,
    /// `wininit`, `csrss`. Instances that appear later stand at the end of their group.
    fn places(&self) -> Vec<usize> {
        let mut ranks: HashMap<(u32, &str), usize> = HashMap::new();
        let mut namesakes: HashMap<(u32, &str), Vec<&str>> = HashMap::new();
        for column in &self.columns {
            let Some(instance) = column.instance.as_deref() else { continue };
            let free = ranks.len();
            if *ranks.entry((column.catalog_place, instance)).or_insert(free) == free && column.in_first_sample {
                let base = split_instance_number(instance).0;
                namesakes.entry((column.catalog_place, base)).or_default().push(instance);
            }
        }
        for ((group, _), names) in namesakes {
            let own: Vec<usize> = names.iter().map(|name| ranks[&(group, *name)]).collect();
            for (name, rank) in names.iter().rev().zip(own) {
                ranks.insert((group, name), rank);
            }
        }
        let mut order: Vec<ColumnId> = (0..self.columns.len()).collect();
        order.sort_by_key(|&id| {
            let column = &self.columns[id];
            let rank = column.instance.as_deref().map_or(0, |i| ranks[&(column.catalog_place, i)]);
            (column.catalog_place, rank, column.definition_place, id)
        });
        let mut places = vec![0; order.len()];
        for (place, id) in order.into_iter().enumerate() {
            places[id] = place;
        }
        places
    }
}

struct RowWriter<'a, W> {
    out: W,
    dialect: Dialect,
    separator: &'static str,
    row: Vec<Option<f64>>,
    places: &'a [usize],
    error: Option<io::Error>,
}

impl<W: Write> RowWriter<'_, W> {
    fn write_row(&mut self, time: Moment) -> io::Result<()> {
        match time.local().to_naive() {
            Some(local) => write!(self.out, "\"{}\"", local.format("%m/%d/%Y %H:%M:%S%.3f"))?,
            None => write!(self.out, "\" \"")?,
        }
        for cell in &self.row {
            match cell {
                Some(value) => write!(self.out, "{}\"{}\"", self.separator, format_g(*value, self.dialect.digits))?,
                None => write!(self.out, "{}\" \"", self.separator)?,
            }
        }
        self.out.write_all(b"\r\n")
    }
}

impl<W: Write> Sink for RowWriter<'_, W> {
    fn column(&mut self, _: ColumnId, _: &Column) {}

    fn sample(&mut self, time: Moment, cells: &[Cell]) {
        if self.error.is_some() {
            return;
        }
        self.row.fill(None);
        for cell in cells {
            self.row[self.places[cell.column]] = Some(cell.value);
        }
        self.error = self.write_row(time).err();
    }
}
