//! Phrases that several sentences share.

use crate::base::{SnapshotPlace, units};
use crate::case::Case;
use crate::detect::Trend;
use crate::model::Time;

/// A time in a sentence: `3 March 2026 17:47`.
pub fn moment(time: Time) -> String {
    units::moment(time.local())
}

/// A process by name and id: `w3wp (PID 4712)`.
pub fn process_name(name: &str, pid: Option<u32>) -> String {
    units::process(name, pid)
}

/// The start of growth: ` since 3 March 2026 17:47`.
pub fn since(case: &Case<'_>, trend: &Trend) -> String {
    let begin = case.clock(trend.hours.0).filter(|_| trend.began_within);
    begin.map_or_else(|| " since before logging started".to_owned(), |time| format!(" since {}", moment(time)))
}

/// The end of growth that a restart released.
pub fn until_restart(boot: Time) -> String {
    format!(", until the restart on {}", moment(boot))
}

/// A list with commas and "and": `a, b and c`.
pub fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Names that a sentence lists; the others are counted.
const LISTED_NAMES: usize = 5;

/// A list of names, which can be thousands: `a, b and 300 others`.
pub fn names(names: &[String]) -> String {
    if names.len() <= LISTED_NAMES + 1 {
        return list(names);
    }
    let others = units::count((names.len() - LISTED_NAMES) as f64);
    format!("{} and {others} others", names[..LISTED_NAMES].join(", "))
}

/// A text that starts with a capital letter.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Where a snapshot was found.
#[must_use]
pub fn snapshot_place(place: &SnapshotPlace) -> String {
    match place {
        SnapshotPlace::Unknown => "a snapshot of unknown source".to_owned(),
        SnapshotPlace::File(file) => file.clone(),
        SnapshotPlace::Line { file, line } => format!("{file} line {line}"),
        SnapshotPlace::Row { file, row } => format!("{file} row {row}"),
        SnapshotPlace::PoolFind { file } => format!("!poolfind in {file}"),
        SnapshotPlace::Event(id) => format!("event {id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_counted() {
        let all: Vec<String> = (1..=300).map(|number| format!("SRV{number}")).collect();
        assert_eq!(names(&all[..1]), "SRV1");
        assert_eq!(names(&all[..6]), "SRV1, SRV2, SRV3, SRV4, SRV5 and SRV6");
        assert_eq!(names(&all), "SRV1, SRV2, SRV3, SRV4, SRV5 and 295 others");
    }
}
