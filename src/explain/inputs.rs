//! Sentences about inputs.

use crate::base::units;
use crate::inputs::{InputError, InputProblem, ProblemKind, is_over_unpack_limit};
use crate::log::{LogError, LogErrorKind, LogWarning};

/// Maximum number of names to show; the rest are counted.
const SHOWN: usize = 5;

/// Loss or damage in a log, with what to do about it.
#[must_use]
pub fn log_warning(warning: &LogWarning) -> String {
    match warning {
        LogWarning::NotClosed => format!("{warning} (perfverdict collect rotate ends a log and starts the next)"),
        _ => warning.to_string(),
    }
}

/// Why a path is not read.
#[must_use]
pub fn problem(problem: &InputProblem) -> String {
    match &problem.kind {
        ProblemKind::UnreadableArchive(error) => with_option(problem.to_string(), error),
        _ => problem.to_string(),
    }
}

/// Why a file is not read.
#[must_use]
pub fn failure(error: &InputError) -> String {
    match error {
        InputError::Log(error) => not_opened(error),
        InputError::Evidence(error) => error.to_string(),
    }
}

/// Why a log is not opened.
#[must_use]
pub fn not_opened(error: &LogError) -> String {
    match &error.kind {
        LogErrorKind::Io(io) => with_option(error.to_string(), io),
        _ => error.to_string(),
    }
}

/// Adds the option that raises a limit.
fn with_option(text: String, error: &std::io::Error) -> String {
    if is_over_unpack_limit(error) { text + " (--unpack-limit)" } else { text }
}

/// Machines that the report has no room for.
#[must_use]
pub fn machines_left_out(left_out: usize, most: usize) -> Option<String> {
    (left_out > 0).then(|| {
        let left_out = units::counted(left_out, "machine", "machines");
        let most = units::count(most as f64);
        format!("{left_out} left out: a report has at most {most} machines; analyze fewer logs at a time")
    })
}

/// Files in folders that are not logs.
#[must_use]
pub fn skipped(files: &[String]) -> Option<String> {
    let more = if files.len() > SHOWN { ", …" } else { "" };
    let shown = files.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    let counted = units::counted(files.len(), "file that is not a log", "files that are not logs");
    (!files.is_empty()).then(|| format!("Skipped {counted}: {shown}{more}"))
}
