//! The columns of a log, with the raw values of the previous sample.

use std::num::NonZeroUsize;

use crate::base::time::ZonedTime;
use crate::counters::{CounterType, Raw, cook};
use crate::log::select::Values;
use crate::log::sink::{Cell, Column, ColumnId, RawCell, Sink};

/// The column of an instance, or none if the instance is not wanted; no larger than a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(Option<NonZeroUsize>);

impl Slot {
    /// The slot of an instance that is not wanted.
    pub const UNWANTED: Self = Self(None);

    fn column(self) -> Option<ColumnId> {
        self.0.map(|next| next.get() - 1)
    }
}

impl From<ColumnId> for Slot {
    fn from(column: ColumnId) -> Self {
        Self(NonZeroUsize::new(column + 1))
    }
}

/// Columns, their last raw values, and the cells of the current sample.
pub struct Columns<'s> {
    sink: &'s mut dyn Sink,
    /// By column: number of the sample with its last valid raw value, and that value.
    before: Vec<(u64, Raw)>,
    cells: Vec<Cell>,
    /// `Some` if raw values are wanted.
    raw_cells: Option<Vec<RawCell>>,
    sample: u64,
    values: Values,
}

impl<'s> Columns<'s> {
    /// Creates an empty list of columns.
    pub fn new(sink: &'s mut dyn Sink, values: Values) -> Self {
        // Sample numbers start at 1, so no column seems to have a value in sample 0.
        Self {
            sink,
            before: Vec::new(),
            cells: Vec::new(),
            raw_cells: (values == Values::Raw).then(Vec::new),
            sample: 1,
            values,
        }
    }

    /// Adds a column.
    pub fn add(&mut self, column: &Column) -> Slot {
        let id = self.before.len();
        self.before.push((0, Raw { first: 0, second: 0, multi: 1 }));
        self.sink.column(id, column);
        id.into()
    }

    /// Starts a sample, numbered from 1 within its log.
    pub fn begin_sample(&mut self, number: u64) {
        self.sample = number;
    }

    /// Whether any values are wanted, not only the instances.
    pub fn wants_values(&self) -> bool {
        self.values != Values::None
    }

    /// Adds the raw value of a column in this sample.
    pub fn value(&mut self, slot: Slot, kind: CounterType, time_base: i64, raw: Raw) {
        let Some(column) = slot.column().filter(|_| self.values != Values::None) else { return };
        if let Some(cells) = &mut self.raw_cells {
            cells.push(RawCell { column, raw });
            return;
        }
        let last = &mut self.before[column];
        // A value two samples back is not the previous one: Windows shows a blank then.
        let before = (last.0 + 1 == self.sample && last.0 > 0).then_some(last.1);
        *last = (self.sample, raw);
        if let Some(value) = cook(kind, time_base, before.as_ref(), &raw) {
            self.cells.push(Cell { column, value });
        }
    }

    /// Adds a value that needs no clock and no previous sample: a level.
    pub fn level(&mut self, slot: Slot, value: i64) {
        let Some(column) = slot.column().filter(|_| self.values != Values::None) else { return };
        if let Some(cells) = &mut self.raw_cells {
            cells.push(RawCell { column, raw: Raw { first: value, second: 0, multi: 1 } });
            return;
        }
        self.cells.push(Cell { column, value: value as f64 });
    }

    /// Ends the sample and passes it on.
    pub fn end_sample(&mut self, time: ZonedTime) {
        if let Some(cells) = &mut self.raw_cells {
            self.sink.raw_sample(time, cells);
            cells.clear();
        } else {
            self.sink.sample(time, &self.cells);
            self.cells.clear();
        }
    }
}
