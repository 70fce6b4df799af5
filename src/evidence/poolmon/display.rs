//! PoolMon's display from Windows 2000 to 11, as saved by `-n`, pasted by people or wrapped by consoles.
//!
//! Layouts: Microsoft, "PoolMon Display" and "PoolMon Examples" (Windows driver documentation).

use std::collections::HashSet;

use super::row::{Row, TYPES, parse_row};
use super::{Parsed, PoolSnapshot, SnapshotSource, SnapshotWarning};
use crate::base::{Pool, SnapshotPlace};
use crate::evidence::dates::{self, AmbiguousDate};
use crate::evidence::tag::Tag;

/// Number of numeric words in a line.
fn numbers_in(line: &str) -> usize {
    line.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).take(8).count()
}

/// Whether text is a `PoolMon` display: the column heading, or the line above it, and a row.
#[must_use]
pub fn is_display(head: &str) -> bool {
    let mut titled = false;
    let mut rows = 0;
    for line in head.lines().map(|line| line.trim_start_matches('>')) {
        titled |= is_heading(line) || figure(line, "Pool N:").is_some();
        rows += usize::from(parse_row(line).is_some());
        if titled && rows > 0 {
            return true;
        }
    }
    // A few pasted rows.
    rows >= 3
}

fn is_heading(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '|', '\t']);
    line.starts_with("Tag") && line.contains("Type") && line.contains("Allocs")
}

/// `Pool N:710920K`: a figure in the two lines above the columns, bytes.
fn figure(line: &str, name: &str) -> Option<u64> {
    let after = &line[line.find(name)? + name.len()..];
    let after = after.trim_start();
    let length = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number: u64 = after[..length].parse().ok()?;
    after[length..].starts_with(['K', 'k']).then(|| number.checked_mul(1024)).flatten()
}

/// Reads all snapshots of a file.
#[must_use]
pub fn parse_display(name: &str, content: &str) -> Parsed {
    let mut reader = Reader::new(name);
    content.lines().for_each(|line| reader.line(line));
    reader.finish()
}

/// Collects lines into snapshots.
struct Reader<'a> {
    name: &'a str,
    parsed: Parsed,
    dates: Vec<Option<AmbiguousDate>>,
    snapshot: PoolSnapshot,
    seen: HashSet<(Tag, Pool)>,
    /// A date since the last row.
    date: Option<AmbiguousDate>,
    /// A line with a day and no time.
    day: Option<String>,
    in_session_pool: bool,
    session_rows: usize,
    wrapped: usize,
    lines: usize,
    odd: usize,
    mapped: HashSet<Tag>,
}

impl<'a> Reader<'a> {
    fn new(name: &'a str) -> Self {
        Self {
            name,
            parsed: Parsed::default(),
            dates: Vec::new(),
            snapshot: PoolSnapshot::new(SnapshotSource::PoolMon, SnapshotPlace::Unknown),
            seen: HashSet::new(),
            date: None,
            day: None,
            in_session_pool: false,
            session_rows: 0,
            wrapped: 0,
            lines: 0,
            odd: 0,
            mapped: HashSet::new(),
        }
    }

    fn line(&mut self, line: &str) {
        self.lines += 1;
        if let Some(row) = parse_row(line) {
            return self.row(row);
        }
        // Mail programs quote with >.
        let line = line.trim_start_matches('>');
        if let Some(row) = parse_row(line) {
            self.row(row);
        } else if let Some(physical) = figure(line, "Memory:") {
            self.begin();
            self.snapshot.totals.physical = Some(physical);
            self.snapshot.totals.available = figure(line, "Avail:");
        } else if let Some(nonpaged) = figure(line, "Pool N:") {
            self.snapshot.totals.nonpaged = Some(nonpaged);
            self.snapshot.totals.paged = line.find("Pool N:").and_then(|at| figure(&line[at..], "P:"));
        } else if is_heading(line) {
            if !self.snapshot.tags.is_empty() {
                self.begin();
            }
        } else if line.contains("pool information") {
            self.in_session_pool = !line.contains("System pool");
        } else if let Some(date) = self.date_of(line) {
            if !self.snapshot.tags.is_empty() {
                self.begin();
            }
            self.date = Some(date);
        } else if TYPES.iter().any(|(name, _)| line.contains(name)) && numbers_in(line) >= 4 {
            self.odd += 1;
        }
    }

    /// A date in a line, with the day from the line before if necessary: `date /t & time /t`.
    fn date_of(&mut self, line: &str) -> Option<AmbiguousDate> {
        let day = self.day.take();
        let found = dates::find(line).or_else(|| dates::find(&format!("{} {}", day?, line.trim())));
        if found.is_none() && line.len() < 100 && dates::find_date(line).is_some() {
            self.day = Some(line.trim().to_owned());
        }
        found
    }

    fn row(&mut self, row: Row) {
        if self.in_session_pool {
            self.session_rows += 1;
            return;
        }
        if let Some(driver) = row.driver
            && self.mapped.insert(row.tag_use.tag)
        {
            self.parsed.mapped.push((row.tag_use.tag, driver));
        }
        let key = (row.tag_use.tag, row.tag_use.pool);
        if self.seen.contains(&key) && self.snapshot.totals.physical.is_none() {
            // Rows without a heading: a repeated tag starts the next snapshot.
            self.begin();
        }
        self.seen.insert(key);
        self.wrapped += usize::from(row.wrapped);
        if self.snapshot.place == SnapshotPlace::Unknown {
            self.snapshot.place = SnapshotPlace::Line { file: self.name.to_owned(), line: self.lines };
        }
        self.snapshot.tags.push(row.tag_use);
    }

    /// Ends a snapshot that has rows, and starts the next.
    fn begin(&mut self) {
        let empty = PoolSnapshot::new(SnapshotSource::PoolMon, SnapshotPlace::Unknown);
        let mut snapshot = std::mem::replace(&mut self.snapshot, empty);
        self.seen.clear();
        if snapshot.tags.is_empty() {
            return;
        }
        snapshot.sort();
        self.parsed.snapshots.push(snapshot);
        self.dates.push(self.date.take());
        self.in_session_pool = false;
    }

    fn finish(mut self) -> Parsed {
        self.begin();
        // Scripts append the time after PoolMon, which overwrites the file.
        if let (Some(last @ None), Some(date)) = (self.dates.last_mut(), self.date) {
            *last = Some(date);
        }
        for (snapshot, date) in self.parsed.snapshots.iter_mut().zip(self.dates) {
            snapshot.printed = date;
            // PoolMon lists all tags unless a filter is set.
            snapshot.partial = Pool::BOTH.iter().any(|pool| {
                let listed = snapshot.tag_bytes(*pool);
                snapshot.totals.of(*pool).is_some_and(|whole| listed < whole / 2)
            });
        }
        let counted = [
            (self.session_rows, SnapshotWarning::SessionPools as fn(usize) -> SnapshotWarning),
            (self.wrapped, SnapshotWarning::Beyond32Bits),
            (self.odd, SnapshotWarning::UnreadableLines),
        ];
        self.parsed.warnings.extend(counted.into_iter().filter(|(n, _)| *n > 0).map(|(n, warning)| warning(n)));
        self.parsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "2026-03-03 02:10:00\n Memory:  260620K Avail:   96364K  PageFlts:     0   InRam Krnl: 1916K P:17856K\n \
        Commit: 203500K Limit: 640916K Peak: 260632K            Pool N: 8332K P:27220K\n System pool information\n \
        Tag  Type     Allocs            Frees            Diff   Bytes       Per Alloc\n\n \
        Leak Nonp        100 (   0)        10 (   0)       90  8000000 (     0)  88888\n\
        2026-03-03 02:40:00\n Memory:  260620K Avail:   96364K  PageFlts:     0   InRam Krnl: 1916K P:17856K\n \
        Commit: 203500K Limit: 640916K Peak: 260632K            Pool N: 9332K P:27220K\n \
        Leak Nonp        200 (   0)        10 (   0)      190  9000000 (     0)  47368\n\
        Session 0 pool information\n Gla5 Paged 5 (   0)  1 (  0)  4 40 (   0) 10\n";

    #[test]
    fn several_snapshots_of_a_file() {
        assert!(is_display(TWO));
        let parsed = parse_display("p.txt", TWO);
        assert_eq!(parsed.snapshots.len(), 2, "{parsed:?}");
        let [first, second] = &parsed.snapshots[..] else { unreachable!() };
        let at = |s: &PoolSnapshot| dates::resolve(&[s.printed], None).0[0].unwrap().utc(0).format("%H:%M").to_string();
        assert_eq!((at(first), at(second)), ("02:10".to_owned(), "02:40".to_owned()));
        assert_eq!(second.totals.nonpaged, Some(9332 << 10));
        assert_eq!(second.totals.paged, Some(27220 << 10));
        assert_eq!(second.tags.len(), 1, "session pool is none of the system's");
        assert_eq!(parsed.warnings, [SnapshotWarning::SessionPools(1)]);
        // The time can follow the rows.
        let after = "AAAA Nonp 5 1 4 400 100\nBBBB Nonp 5 1 4 400 100\nTaken Tue 03/13/2026  2:10:33.41\n";
        assert!(parse_display("p.txt", after).snapshots[0].printed.is_some());
        // Only rows: a repeated tag starts the next snapshot.
        let rows = "AAAA Nonp 5 1 4 400 100\nBBBB Nonp 5 1 4 400 100\nCCCC Nonp 5 1 4 400 100\n";
        assert_eq!(parse_display("p.txt", &rows.repeat(3)).snapshots.len(), 3);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_safe(text in "([ -~]{0,8} (Nonp|Paged) [0-9 ()-]{0,50}\n|\\PC{0,40}\n|Memory:[0-9]{0,25}K\n){0,6}") {
            let _ = is_display(&text);
            let parsed = parse_display("x", &text);
            proptest::prop_assert!(parsed.snapshots.iter().all(|s| !s.tags.is_empty()));
        }
    }
}
