//! Any bytes opened as a log, .blg or text, and read whole: `cargo +nightly fuzz run log`.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use perfverdict::log::{Cell, Column, ColumnId, Log, Moment, Selection, Sink};

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

    fn sample(&mut self, _: Moment, cells: &[Cell]) {
        assert!(cells.iter().all(|cell| cell.column < self.columns && cell.value.is_finite()));
    }
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(log) = Log::from_vec(Path::new("fuzz"), bytes.to_vec()) {
        let _ = log.read(Selection::All, &mut Promises::default());
    }
});
