//! How far the work is, for a display: the task at hand and the bytes that are done of it.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is being done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// A file is read.
    Reading(PathBuf),
    /// Logs are converted.
    Converting,
    /// Driver files are searched for tags.
    SearchingDrivers,
    /// A machine is judged.
    Judging(String),
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reading(path) => write!(f, "Reading {}", path.display()),
            Self::Converting => f.write_str("Converting"),
            Self::SearchingDrivers => f.write_str("Searching driver files for pool tags"),
            Self::Judging(machine) => write!(f, "Analyzing {machine}"),
        }
    }
}

/// A task and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub task: Task,
    /// Bytes that are done.
    pub done: u64,
    /// All bytes, where they are known.
    pub total: Option<u64>,
}

static TASK: Mutex<Option<(Task, Option<u64>)>> = Mutex::new(None);
static DONE: AtomicU64 = AtomicU64::new(0);

fn task() -> MutexGuard<'static, Option<(Task, Option<u64>)>> {
    TASK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins a task.
pub fn begin(new: Task, total: Option<u64>) {
    *task() = Some((new, total));
    DONE.store(0, Ordering::Relaxed);
}

/// Adds bytes to the task.
pub fn add(bytes: u64) {
    DONE.fetch_add(bytes, Ordering::Relaxed);
}

/// How far the task is.
#[must_use]
pub fn current() -> Option<Progress> {
    let (task, total) = task().clone()?;
    let done = DONE.load(Ordering::Relaxed);
    Some(Progress { task, done: total.map_or(done, |total| done.min(total)), total })
}
