//! A log read in a thread of its own while another thread takes what it holds.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::moment::Moment;
use super::sink::{Cell, Column, ColumnId, Sink};

/// Cells and samples that one batch holds at most, so that batches are worth the hand-over and small.
const CELLS: usize = 1 << 15;
const SAMPLES: usize = 1 << 10;
/// Batches that may wait.
const WAITING: usize = 2;

/// Samples on their way from one thread to another.
#[derive(Default)]
pub struct Batch {
    /// Columns, each with the number of the batch's samples before it.
    columns: Vec<(usize, ColumnId, Column)>,
    /// Samples, each with the end of its cells.
    samples: Vec<(Moment, usize)>,
    cells: Vec<Cell>,
}

impl Batch {
    /// Hands everything on, in the order in which it was read.
    pub fn play(&self, sink: &mut dyn Sink) {
        let mut columns = self.columns.iter().peekable();
        let mut begin = 0;
        for (number, (time, end)) in self.samples.iter().enumerate() {
            while let Some((_, id, column)) = columns.next_if(|(before, _, _)| *before <= number) {
                sink.column(*id, column);
            }
            sink.sample(*time, &self.cells[begin..*end]);
            begin = *end;
        }
        columns.for_each(|(_, id, column)| sink.column(*id, column));
    }
}

/// Sends what a reader hands to it.
struct Sender {
    batch: Batch,
    channel: SyncSender<Batch>,
}

impl Sender {
    fn send(&mut self) {
        // Nobody may listen any more; the rest is then read for nothing.
        let _ = self.channel.send(std::mem::take(&mut self.batch));
    }
}

impl Sink for Sender {
    fn column(&mut self, id: ColumnId, column: &Column) {
        self.batch.columns.push((self.batch.samples.len(), id, column.clone()));
    }

    fn sample(&mut self, time: Moment, cells: &[Cell]) {
        self.batch.cells.extend_from_slice(cells);
        self.batch.samples.push((time, self.batch.cells.len()));
        if self.batch.cells.len() >= CELLS || self.batch.samples.len() >= SAMPLES {
            self.send();
        }
    }
}

/// Runs `read` in a thread of `scope`. What it gives to its sink arrives in batches at the receiver,
/// which ends when `read` has.
pub fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    read: impl FnOnce(&mut dyn Sink) -> T + Send + 'scope,
) -> (Receiver<Batch>, thread::ScopedJoinHandle<'scope, T>) {
    let (channel, receiver) = sync_channel(WAITING);
    let thread = scope.spawn(move || {
        let mut sender = Sender { batch: Batch::default(), channel };
        let read = read(&mut sender);
        sender.send();
        read
    });
    (receiver, thread)
}

/// Runs `read` in a thread of its own and hands what it gives to `sink` on this one.
pub fn read_ahead<T: Send>(read: impl FnOnce(&mut dyn Sink) -> T + Send, sink: &mut dyn Sink) -> T {
    thread::scope(|scope| {
        let (batches, thread) = spawn(scope, read);
        for batch in batches {
            batch.play(sink);
        }
        match thread.join() {
            Ok(read) => read,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
