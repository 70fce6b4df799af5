//! What the targets share.

use std::path::Path;

use perfverdict::log::{Bytes, Cell, Column, ColumnId, Log, ZonedTime, Query, RawCell, Selection, Sink, Values};

/// Checks what readers promise to sinks.
#[derive(Default)]
struct Promises {
    columns: usize,
}

impl Sink for Promises {
    fn column(&mut self, id: ColumnId, _: &Column) {
        assert_eq!(id, self.columns);
        self.columns += 1;
    }

    fn sample(&mut self, _: ZonedTime, cells: &[Cell]) {
        assert!(cells.iter().all(|cell| cell.column < self.columns && cell.value.is_finite()));
    }

    fn raw_sample(&mut self, _: ZonedTime, cells: &[RawCell]) {
        assert!(cells.iter().all(|cell| cell.column < self.columns));
    }
}

/// Opens bytes as a log and reads it in every way.
pub fn read(bytes: Bytes) {
    let Ok(log) = Log::from_bytes(Path::new("fuzz"), bytes) else { return };
    for values in [Values::Displayed, Values::Raw] {
        let query = Query { values, ..Query::from(Selection::All) };
        let _ = log.read(query, &mut Promises::default());
    }
}
