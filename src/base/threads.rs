//! Threads that the system can refuse, as it does under a limit of processes: their work is then done by the caller.

use std::thread::{Builder, Scope, ScopedJoinHandle};

/// Starts a thread. `None` if the system refuses; then `work` was not called.
pub fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Option<ScopedJoinHandle<'scope, T>> {
    #[cfg(test)]
    if refusal::is_refused() {
        return None;
    }
    Builder::new().spawn_scoped(scope, work).ok()
}

/// Work that runs in another thread, or is done.
pub enum Task<'scope, T> {
    /// A thread does it.
    Running(ScopedJoinHandle<'scope, T>),
    /// There was no thread for it.
    Done(T),
}

impl<'scope, T: Send + 'scope> Task<'scope, T> {
    /// Starts the work, or does it if the system refuses a thread.
    pub fn start(scope: &'scope Scope<'scope, '_>, work: impl Fn() -> T + Copy + Send + 'scope) -> Self {
        spawn(scope, work).map_or_else(|| Self::Done(work()), Self::Running)
    }

    /// The result. A panic of the thread goes on in this one.
    pub fn join(self) -> T {
        match self {
            Self::Running(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Self::Done(done) => done,
        }
    }
}

/// Lets tests refuse threads.
#[cfg(test)]
pub mod refusal {
    use std::cell::Cell;

    thread_local! {
        static ALLOWED: Cell<Option<usize>> = const { Cell::new(None) };
    }

    /// From now on, this thread can start only this many.
    pub fn allow(threads: usize) {
        ALLOWED.set(Some(threads));
    }

    pub(super) fn is_refused() -> bool {
        match ALLOWED.get() {
            None => false,
            Some(0) => true,
            Some(left) => {
                ALLOWED.set(Some(left - 1));
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_with_and_without_a_thread() {
        refusal::allow(1);
        std::thread::scope(|scope| {
            let tasks = [2, 3].map(|number| Task::start(scope, move || number * number));
            assert!(matches!(tasks, [Task::Running(_), Task::Done(9)]));
            assert_eq!(tasks.map(Task::join), [4, 9]);
        });
    }
}
