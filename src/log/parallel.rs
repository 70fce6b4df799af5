//! Runs work on all cores and returns the results in order.

use std::sync::mpsc::sync_channel;
use std::thread;

/// Runs `0..count` on all cores and passes each result to `each`, in order. At most two results per core wait at a
/// time, so memory does not grow with `count`.
pub fn in_order<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync, mut each: impl FnMut(T)) {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(count);
    if threads <= 1 {
        (0..count).map(work).for_each(each);
        return;
    }
    thread::scope(|scope| {
        let work = &work;
        let results: Vec<_> = (0..threads)
            .map(|first| {
                let (send, receive) = sync_channel(1);
                scope.spawn(move || {
                    for piece in (first..count).step_by(threads) {
                        if send.send(work(piece)).is_err() {
                            return; // Nobody listens any more.
                        }
                    }
                });
                receive
            })
            .collect();
        for piece in 0..count {
            // If a thread panics, the scope panics too.
            let Ok(result) = results[piece % threads].recv() else { return };
            each(result);
        }
    });
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_result_once_and_in_order() {
        for count in [0, 1, 2, 7, 100] {
            let mut got = Vec::new();
            super::in_order(count, |n| n * n, |square| got.push(square));
            assert_eq!(got, (0..count).map(|n| n * n).collect::<Vec<_>>());
        }
    }
}
