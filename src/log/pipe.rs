//! Reads a log in one thread while another thread receives its samples.

use std::sync::mpsc::{self, Receiver, SyncSender, sync_channel};
use std::thread;

use super::sink::{Cell, Column, ColumnId, RawCell, Sink};
use crate::base::threads::{self, Task};
use crate::base::time::ZonedTime;

/// Maximum number of cells and samples in a batch: large enough to justify a transfer, but still small.
const CELLS: usize = 1 << 15;
const SAMPLES: usize = 1 << 10;
/// Maximum number of waiting batches.
const WAITING: usize = 2;

/// The end of a sample's cells in the batch.
#[derive(Clone, Copy)]
enum Cells {
    Displayed(usize),
    Raw(usize),
}

/// Samples that are passed from one thread to another.
#[derive(Default)]
struct Batch {
    /// Columns, each with the number of samples before it in the batch.
    columns: Vec<(usize, ColumnId, Column)>,
    /// Samples, each with the end of its cells.
    samples: Vec<(ZonedTime, Cells)>,
    cells: Vec<Cell>,
    raw_cells: Vec<RawCell>,
}

impl Batch {
    /// Passes everything on, in the order in which it was read.
    fn play(&self, sink: &mut dyn Sink) {
        let mut columns = self.columns.iter().peekable();
        let (mut begin, mut raw_begin) = (0, 0);
        for (number, (time, cells)) in self.samples.iter().enumerate() {
            while let Some((_, id, column)) = columns.next_if(|(before, _, _)| *before <= number) {
                sink.column(*id, column);
            }
            match *cells {
                Cells::Displayed(end) => {
                    sink.sample(*time, &self.cells[begin..end]);
                    begin = end;
                }
                Cells::Raw(end) => {
                    sink.raw_sample(*time, &self.raw_cells[raw_begin..end]);
                    raw_begin = end;
                }
            }
        }
        columns.for_each(|(_, id, column)| sink.column(*id, column));
    }
}

/// Where batches go.
enum Outlet {
    /// To another thread: few can wait.
    Waiting(SyncSender<Batch>),
    /// To this thread, when all are read.
    Unlimited(mpsc::Sender<Batch>),
}

/// Sends the output of a reader.
struct Sender {
    batch: Batch,
    outlet: Outlet,
}

impl Sender {
    fn send_when_full(&mut self) {
        let cells = self.batch.cells.len() + self.batch.raw_cells.len();
        if cells >= CELLS || self.batch.samples.len() >= SAMPLES {
            self.send();
        }
    }

    fn send(&mut self) {
        // If the receiver has stopped, the rest is read and dropped.
        let batch = std::mem::take(&mut self.batch);
        let _ = match &self.outlet {
            Outlet::Waiting(channel) => channel.send(batch),
            Outlet::Unlimited(channel) => channel.send(batch),
        };
    }
}

impl Sink for Sender {
    fn column(&mut self, id: ColumnId, column: &Column) {
        self.batch.columns.push((self.batch.samples.len(), id, column.clone()));
    }

    fn sample(&mut self, time: ZonedTime, cells: &[Cell]) {
        self.batch.cells.extend_from_slice(cells);
        self.batch.samples.push((time, Cells::Displayed(self.batch.cells.len())));
        self.send_when_full();
    }

    fn raw_sample(&mut self, time: ZonedTime, cells: &[RawCell]) {
        self.batch.raw_cells.extend_from_slice(cells);
        self.batch.samples.push((time, Cells::Raw(self.batch.raw_cells.len())));
        self.send_when_full();
    }
}

/// A log that a thread reads ahead, sample by sample.
pub struct Reader<'scope, T> {
    batches: Receiver<Batch>,
    thread: Task<'scope, T>,
    batch: Batch,
    at: usize,
    begin: (usize, usize),
}

impl<'scope, T: Send + 'scope> Reader<'scope, T> {
    /// Runs `read` in a thread of `scope` and receives its output here. If the system refuses a thread, all of the
    /// output is kept until it is received.
    pub fn spawn(
        scope: &'scope thread::Scope<'scope, '_>,
        read: impl Fn(&mut dyn Sink) -> T + Copy + Send + 'scope,
    ) -> Self {
        let (channel, batches) = sync_channel(WAITING);
        let (thread, batches) = match threads::spawn(scope, move || send(read, Outlet::Waiting(channel))) {
            Some(thread) => (Task::Running(thread), batches),
            None => {
                let (channel, batches) = mpsc::channel();
                (Task::Done(send(read, Outlet::Unlimited(channel))), batches)
            }
        };
        Self { batches, thread, batch: Batch::default(), at: 0, begin: (0, 0) }
    }

    /// Time of the next sample; `None` after the last.
    pub fn peek(&mut self) -> Option<ZonedTime> {
        while self.at == self.batch.samples.len() {
            self.batch = self.batches.recv().ok()?;
            (self.at, self.begin) = (0, (0, 0));
        }
        Some(self.batch.samples[self.at].0)
    }

    /// The next sample: its displayed or its raw cells.
    pub fn take(&mut self) -> Option<(ZonedTime, &[Cell], &[RawCell])> {
        self.peek()?;
        let (time, cells) = self.batch.samples[self.at];
        let begin = self.begin;
        self.at += 1;
        match cells {
            Cells::Displayed(end) => self.begin.0 = end,
            Cells::Raw(end) => self.begin.1 = end,
        }
        Some((time, &self.batch.cells[begin.0..self.begin.0], &self.batch.raw_cells[begin.1..self.begin.1]))
    }

    /// The result of `read`. Samples that were not received are dropped.
    pub fn finish(self) -> T {
        drop(self.batches);
        self.thread.join()
    }
}

/// Runs `read` and sends its samples.
fn send<T>(read: impl FnOnce(&mut dyn Sink) -> T, outlet: Outlet) -> T {
    let mut sender = Sender { batch: Batch::default(), outlet };
    let read = read(&mut sender);
    sender.send();
    read
}

/// Runs `read` in its own thread and passes its samples to `sink` on this one; or does both on this one, if the system
/// refuses a thread.
pub fn read_ahead<T: Send>(mut read: impl FnMut(&mut dyn Sink) -> T + Send, sink: &mut dyn Sink) -> T {
    let read_in_thread = thread::scope(|scope| {
        let (channel, batches) = sync_channel(WAITING);
        let thread = threads::spawn(scope, || send(&mut read, Outlet::Waiting(channel)))?;
        for batch in &batches {
            batch.play(sink);
        }
        Some(Task::Running(thread).join())
    });
    read_in_thread.unwrap_or_else(|| read(sink))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::FileTime;

    /// The columns that arrive.
    #[derive(Default)]
    struct Columns(Vec<ColumnId>);

    impl Sink for Columns {
        fn column(&mut self, id: ColumnId, _: &Column) {
            self.0.push(id);
        }

        fn sample(&mut self, _: ZonedTime, _: &[Cell]) {}
    }

    #[test]
    fn a_log_is_read_with_and_without_a_thread() {
        for allowed in [0, 1] {
            let time = ZonedTime { utc: FileTime(0), offset_minutes: 0 };
            let read = |sink: &mut dyn Sink| {
                (0..5 * SAMPLES).for_each(|_| sink.sample(time, &[]));
                7
            };
            threads::refusal::allow(allowed);
            assert_eq!(read_ahead(read, &mut Columns::default()), 7);
            threads::refusal::allow(allowed);
            thread::scope(|scope| {
                let mut reader = Reader::spawn(scope, read);
                let samples = std::iter::from_fn(|| reader.take().map(drop)).count();
                assert_eq!((samples, reader.finish()), (5 * SAMPLES, 7));
            });
        }
    }
}
