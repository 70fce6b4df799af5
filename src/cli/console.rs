//! What is printed: results to standard output, messages to standard error. Text for a person is wrapped at the width of
//! the terminal; what a program reads is not.

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::base::{units, without_numbers};
use crate::output::{printable, wrapped};
use crate::progress::{self, Progress};

/// Work that takes longer shows how far it is.
const QUICK: Duration = Duration::from_secs(2);
const REDRAWN: Duration = Duration::from_millis(200);

/// How much is printed beside results, warnings and errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbosity {
    /// Nothing.
    Quiet,
    /// Notes, and progress on a terminal.
    Normal,
    /// Also what was read and written.
    Verbose,
}

static VERBOSITY: OnceLock<Verbosity> = OnceLock::new();

/// Sets how much is printed, once.
pub fn set_verbosity(verbosity: Verbosity) {
    let _ = VERBOSITY.set(verbosity);
}

fn verbosity() -> Verbosity {
    VERBOSITY.get().copied().unwrap_or(Verbosity::Normal)
}

/// A standard stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Output,
    Error,
}

impl Stream {
    /// The width of the terminal; `None` where it is none.
    pub fn width(self) -> Option<usize> {
        let size = match self {
            Self::Output => terminal_size::terminal_size_of(io::stdout()),
            Self::Error => terminal_size::terminal_size_of(io::stderr()),
        };
        size.map(|(width, _)| usize::from(width.0))
    }

    /// Prints text that can have styles. Where its reader has ended, such as `head`, nothing is lost: it wanted no more.
    pub fn print(self, text: &str) -> io::Result<()> {
        match self {
            Self::Output => unless_closed(anstream::stdout().lock(), text.as_bytes()),
            Self::Error => unless_closed(anstream::stderr().lock(), text.as_bytes()),
        }
    }
}

/// Prints bytes to standard output as they are.
pub fn print(bytes: impl AsRef<[u8]>) -> io::Result<()> {
    unless_closed(io::stdout().lock(), bytes.as_ref())
}

fn unless_closed(mut out: impl Write, bytes: &[u8]) -> io::Result<()> {
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// Prints an error.
pub fn error(message: &str) {
    message_of("error", AnsiColor::Red, message);
}

/// Prints a warning.
pub fn warning(message: &str) {
    message_of("warning", AnsiColor::Yellow, message);
}

fn message_of(kind: &str, colour: AnsiColor, message: &str) {
    let style = Style::new().bold().fg_color(Some(colour.into()));
    let plain: Vec<String> = without_numbers(message).lines().map(printable).collect();
    aside(&format!("{style}{kind}:{style:#} {}", plain.join("\n")));
}

/// Prints a note, unless nobody wants notes.
pub fn note(message: &str) {
    if verbosity() != Verbosity::Quiet {
        aside(message);
    }
}

/// Prints what was done, if asked to.
pub fn detail(message: impl FnOnce() -> String) {
    if verbosity() == Verbosity::Verbose {
        aside(&printable(&message()));
    }
}

fn aside(message: &str) {
    let width = Stream::Error.width();
    let lines: String = message.lines().map(|line| wrapped(line, width, 2) + "\n").collect();
    let text = if message.is_empty() { "\n" } else { &lines };
    // Nobody reads it.
    let _ = Stream::Error.print(text);
}

/// Does work, and shows how far it is if that takes long and a person watches.
pub fn watched<T>(work: impl FnOnce() -> T) -> T {
    let display = (io::stderr().is_terminal() && verbosity() != Verbosity::Quiet).then(Display::start).flatten();
    let done = work();
    drop(display);
    done
}

/// A line of progress on the terminal, which is removed when this is dropped.
struct Display {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Display {
    /// `None` where the system has no thread for it.
    fn start() -> Option<Self> {
        let (end, ended) = channel();
        let show = move || {
            let begin = Instant::now();
            let mut wait = QUICK;
            let mut bar = None;
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = REDRAWN;
                let bar = bar.get_or_insert_with(line);
                if let Some(progress) = progress::current() {
                    bar.set_message(words(&progress, begin.elapsed()));
                    bar.tick();
                }
            }
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
        };
        let thread = std::thread::Builder::new().spawn(show).ok()?;
        Some(Self { end: Some(end), thread: Some(thread) })
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.end.take();
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn line() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.with_style(ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

/// How far a task is: `Reading SERVER.blg: 120 MB of 300 MB, 60 MB/s`.
fn words(progress: &Progress, elapsed: Duration) -> String {
    let done = units::bytes(progress.done as f64);
    let rate = units::bytes(progress.done as f64 / elapsed.as_secs_f64().max(0.1));
    let task = printable(&progress.task.to_string());
    match progress.total {
        Some(total) if progress.done > 0 => {
            format!("{task}: {done} of {}, {rate}/s", units::bytes(total as f64))
        }
        _ => format!("{task} …"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Task;

    #[test]
    fn progress_has_bytes_rate_and_task() {
        let mut progress = Progress { task: Task::Reading("a.blg".into()), done: 120 << 20, total: Some(300 << 20) };
        assert_eq!(words(&progress, Duration::from_secs(2)), "Reading a.blg: 120 MB of 300 MB, 60 MB/s");
        (progress.task, progress.total) = (Task::Judging("SRV\u{1b}[2J".to_owned()), None);
        assert_eq!(words(&progress, Duration::from_secs(2)), "Analyzing SRV\u{FFFD}[2J …");
    }
}
