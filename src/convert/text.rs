//! The table as PDH text, as Windows would write it.

use std::collections::HashMap;
use std::io::{self, Write};

use super::plan::Plan;
use super::{ConvertError, warn_of};
use crate::counters::path::split_instance_number;
use crate::log::pdh_text::number::{DIGITS, push_g};
use crate::log::{Cell, Column, ColumnId, Log, Moment, Query, Sink};

/// How to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Tabs instead of commas.
    pub tabs: bool,
    /// Significant digits of a value: [`DIGITS`] or [`DIGITS_2016`](crate::log::pdh_text::number::DIGITS_2016).
    pub digits: usize,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { tabs: false, digits: DIGITS }
    }
}

/// Writes the logs' samples. They are read twice, once for their columns and once row by row, so that
/// memory holds few rows only. Returns what was odd about them.
///
/// # Errors
/// When a log cannot be read or the output not written.
pub fn write(
    logs: &[Log],
    query: &Query<'_>,
    dialect: Dialect,
    out: &mut dyn Write,
) -> Result<Vec<String>, ConvertError> {
    let plan = Plan::make(logs, query)?.with_something()?;
    let places = places(&plan);
    let separator = if dialect.tabs { b'\t' } else { b',' };

    let first_log =
        (0..logs.len()).min_by_key(|log| plan.contents[*log].picked.1.map_or(i64::MAX, |first| first.utc.0));
    let zone = first_log.and_then(|log| logs[log].info().zone.as_ref()).zip(plan.first());
    let zone = zone.map_or("", |(zone, first)| zone.name_at(first));
    let bias = plan.first().map_or(0, |first| -first.offset_minutes);
    let format = if dialect.tabs { "TSV" } else { "CSV" };
    let mut header = format!("\"(PDH-{format} 4.0) ({zone})({bias})\"").into_bytes();
    let mut ordered = vec![0; places.len()];
    for (column, place) in places.iter().enumerate() {
        ordered[*place] = column;
    }
    for column in ordered {
        header.push(separator);
        // A quote within a path is doubled, as everywhere in CSV.
        let path = plan.columns[column].column.path.to_string().replace('"', "\"\"");
        header.extend(format!("\"{path}\"").as_bytes());
    }
    header.extend(b"\r\n");
    out.write_all(&header)?;

    let mut rows = RowWriter {
        out,
        dialect,
        separator,
        row: vec![None; places.len()],
        places: &places,
        text: header,
        error: None,
    };
    plan.read(logs, query, &mut rows)?;
    if let Some(error) = rows.error {
        return Err(error.into());
    }
    out.flush()?;
    Ok(warn_of(logs, &plan))
}

/// By column: its place in a row. Log by log in catalog order, then instance by instance, then in
/// definition order. Of equal names in the first sample the highest number comes first: `csrss#1`,
/// `wininit`, `csrss`. Instances that appear later stand at the end of their group.
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
    for ((log, group, _), names) in namesakes {
        let own: Vec<usize> = names.iter().map(|name| ranks[&(log, group, *name)]).collect();
        for (name, rank) in names.iter().rev().zip(own) {
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

struct RowWriter<'a> {
    out: &'a mut dyn Write,
    dialect: Dialect,
    separator: u8,
    row: Vec<Option<f64>>,
    places: &'a [usize],
    text: Vec<u8>,
    error: Option<io::Error>,
}

impl RowWriter<'_> {
    fn write_row(&mut self, time: Moment) -> io::Result<()> {
        let text = &mut self.text;
        text.clear();
        match time.local().to_naive() {
            Some(local) => text.extend(format!("\"{}\"", local.format("%m/%d/%Y %H:%M:%S%.3f")).as_bytes()),
            None => text.extend(b"\" \""),
        }
        for cell in &mut self.row {
            text.extend([self.separator, b'"']);
            match cell.take() {
                Some(value) => push_g(text, value, self.dialect.digits),
                None => text.push(b' '),
            }
            text.push(b'"');
        }
        text.extend(b"\r\n");
        self.out.write_all(text)
    }
}

impl Sink for RowWriter<'_> {
    fn column(&mut self, _: ColumnId, _: &Column) {}

    fn sample(&mut self, time: Moment, cells: &[Cell]) {
        if self.error.is_some() {
            return;
        }
        for cell in cells {
            self.row[self.places[cell.column]] = Some(cell.value);
        }
        self.error = self.write_row(time).err();
    }
}
