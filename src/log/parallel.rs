//! Runs work on all cores and returns the results in order.

use std::sync::mpsc::sync_channel;
use std::thread;

use crate::base::threads;

/// Runs `0..count` on all cores and passes each result to `each`, in order. At most two results per core wait at a
/// time, so memory does not grow with `count`.
pub fn in_order<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync, mut each: impl FnMut(T)) {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(count);
    if threads <= 1 {
        (0..count).map(work).for_each(each);
    } else {
        on_threads(threads, count, &work, &mut each);
    }
}

fn on_threads<T: Send>(threads: usize, count: usize, work: &(impl Fn(usize) -> T + Sync), each: &mut impl FnMut(T)) {
    thread::scope(|scope| {
        let results: Vec<_> = (0..threads)
            .map(|first| {
                let (send, receive) = sync_channel(1);
                let thread = threads::spawn(scope, move || {
                    for piece in (first..count).step_by(threads) {
                        if send.send(work(piece)).is_err() {
                            return; // Nobody listens any more.
                        }
                    }
                });
                thread.map(|_| receive)
            })
            .collect();
        for piece in 0..count {
            match &results[piece % threads] {
                // If a thread panics, the scope panics too.
                Some(thread) => match thread.recv() {
                    Ok(result) => each(result),
                    Err(_) => return,
                },
                // The system refused this thread.
                None => each(work(piece)),
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_of_refused_threads_is_done_here() {
        for allowed in [0, 1, 3] {
            threads::refusal::allow(allowed);
            let mut got = Vec::new();
            on_threads(4, 10, &|n| n * n, &mut |square| got.push(square));
            assert_eq!(got, (0..10).map(|n| n * n).collect::<Vec<_>>());
        }
    }

    #[test]
    fn every_result_once_and_in_order() {
        for count in [0, 1, 2, 7, 100] {
            let mut got = Vec::new();
            in_order(count, |n| n * n, |square| got.push(square));
            assert_eq!(got, (0..count).map(|n| n * n).collect::<Vec<_>>());
        }
    }
}
