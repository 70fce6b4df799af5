//! The samples of a log in memory, for logs that fit. For larger logs implement a [`Sink`].

use super::sink::{Cell, Column, ColumnId, Contents, Sink};
use crate::base::time::ZonedTime;
use crate::counters::CounterPath;

/// The samples of a log; see [`Log::samples`](super::Log::samples).
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// The counters, one column per instance.
    pub columns: Vec<Column>,
    /// Summary of the log, with everything that is lost or damaged in it.
    pub contents: Contents,
    cells: Vec<Cell>,
    /// By sample: its time, and the end of its cells.
    ends: Vec<(ZonedTime, usize)>,
}

/// One sample.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'s> {
    /// Time of the sample.
    pub time: ZonedTime,
    columns: &'s [Column],
    cells: &'s [Cell],
}

impl Samples {
    /// The samples, in order of time within each logging session.
    pub fn iter(&self) -> impl Iterator<Item = Sample<'_>> {
        let begins = std::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        let sample = |(&(time, end), begin)| Sample { time, columns: &self.columns, cells: &self.cells[begin..end] };
        self.ends.iter().zip(begins).map(sample)
    }

    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

impl<'s> Sample<'s> {
    /// Counter paths with their values, without counters that have no value in this sample.
    pub fn values(self) -> impl Iterator<Item = (&'s CounterPath, f64)> {
        self.cells.iter().map(move |cell| (&self.columns[cell.column].path, cell.value))
    }
}

impl Sink for Samples {
    fn column(&mut self, _: ColumnId, column: &Column) {
        self.columns.push(column.clone());
    }

    fn sample(&mut self, time: ZonedTime, cells: &[Cell]) {
        self.cells.extend_from_slice(cells);
        self.ends.push((time, self.cells.len()));
    }
}
