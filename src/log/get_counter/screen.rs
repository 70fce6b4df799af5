//! What `Get-Counter` prints: a table of times, each with paths and values one below the other.

use std::borrow::Cow;

use super::reading::{Reading, moment};
use crate::log::pdh_text;

/// Lines before the table, such as a prompt.
const LINES_BEFORE: usize = 20;

/// Whether a text is one, by its beginning.
pub fn is_screen(start: &[u8]) -> bool {
    start.split(|b| *b == b'\n').take(LINES_BEFORE).any(is_heading)
}

fn is_heading(line: &[u8]) -> bool {
    line.trim_ascii().strip_prefix(b"Timestamp").is_some_and(|rest| rest.trim_ascii() == b"CounterSamples")
}

/// Reads all readings.
pub fn read(text: &str, reading: &mut Reading<'_>) {
    let order = pdh_text::order_of(times(text).map(|(time, _)| time.as_bytes()));
    let mut found = times(text).peekable();
    while let Some((time, at)) = found.next() {
        let end = found.peek().map_or(text.len(), |(_, next)| *next);
        match moment(pdh_text::parse_time(time.as_bytes(), order), None) {
            Some((moment, _)) => {
                reading.at(moment);
                // The time is in the first line.
                let lines = text[at..end].lines().filter(|line| !is_decoration(line));
                reading.take_text(lines.map(|line| line.strip_prefix(time).unwrap_or(line)));
            }
            None => reading.timeless(time.as_bytes()),
        }
    }
}

/// The lines with times: the time, and where the line begins. Behind the time is the first path.
fn times(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let begin = at;
        at += line.len();
        let (time, _) = line.split_once(r"\\").filter(|(time, _)| time.starts_with(|c: char| !c.is_whitespace()))?;
        Some((time.trim_end(), begin))
    })
}

/// Lines of the heading, which PowerShell repeats where a new command was given.
fn is_decoration(line: &str) -> bool {
    let line: Cow<'_, str> = line.trim().into();
    is_heading(line.as_bytes()) || (line.starts_with("---") && line.bytes().all(|b| matches!(b, b'-' | b' ')))
}
