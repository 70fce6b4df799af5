//! `!poolused` with any flags, and `!poolfind`.

use std::collections::BTreeMap;

use super::warning::SessionWarning;
use crate::base::time::Timestamp;
use crate::base::{Pool, SnapshotPlace};
use crate::evidence::poolmon::{PoolSnapshot, SnapshotSource, TagUse};
use crate::evidence::tag::Tag;
use crate::evidence::text;

/// Results of `!poolfind` for a tag in a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolFound {
    /// The tag.
    pub tag: Tag,
    /// The pool, if in the output.
    pub pool: Option<Pool>,
    /// Number of listed allocations.
    pub allocations: usize,
    /// Total size of these allocations.
    pub bytes: u64,
}

/// Numbers in a row: nonpaged, then paged; each allocations and bytes, or allocations, frees, difference and bytes.
const SHORT: usize = 4;
const LONG: usize = 8;

/// Collects tables.
pub struct Reader<'a> {
    name: &'a str,
    /// The time in the debugged machine or dump.
    pub time: Option<Timestamp>,
    snapshots: Vec<PoolSnapshot>,
    current: Option<(PoolSnapshot, usize)>,
    session_pool: bool,
    session_tables: usize,
    cut: usize,
    found: BTreeMap<(Tag, Option<Pool>), (usize, u64)>,
}

impl<'a> Reader<'a> {
    /// Creates a reader for a file.
    pub fn new(name: &'a str) -> Self {
        Self {
            name,
            snapshots: Vec::new(),
            current: None,
            session_pool: false,
            session_tables: 0,
            cut: 0,
            found: BTreeMap::new(),
            time: None,
        }
    }

    /// A prompt ends a table; the flags of its command define the content of the next.
    pub fn command(&mut self, command: &str) {
        self.end();
        let mut words = command.split_whitespace();
        if words.next().is_some_and(|word| word.eq_ignore_ascii_case("!poolused")) {
            let flags = words.next().map_or("0", |word| word.trim_start_matches("0x"));
            self.session_pool = u32::from_str_radix(flags, 16).is_ok_and(|flags| flags & 8 != 0);
            // A tag in the command excludes all others.
            self.cut = usize::from(words.next().is_some_and(|tag| tag != "*"));
        }
    }

    /// Reads a line and returns whether it belongs to one of these tables.
    pub fn line(&mut self, line: &str, number: usize) -> bool {
        let words: Vec<&str> = line.split_whitespace().take(12).collect();
        match words[..] {
            ["Tag", "Allocs", "Used", "Allocs", "Used", ..] => self.begin(SHORT, number),
            ["Tag", "Allocs", "Frees", "Diff", "Used", "Allocs", "Frees", "Diff", "Used", ..] => {
                self.begin(LONG, number);
            }
            ["Sorting", "by", ..] => {}
            ["...", ..] if self.current.is_some() => self.cut += 1,
            _ => return self.row(line) || self.pool_find(line),
        }
        true
    }

    fn begin(&mut self, columns: usize, number: usize) {
        self.end();
        let place = SnapshotPlace::Line { file: self.name.to_string(), line: number };
        let snapshot = PoolSnapshot { time: self.time, ..PoolSnapshot::new(SnapshotSource::Debugger, place) };
        self.current = Some((snapshot, columns));
    }

    fn row(&mut self, line: &str) -> bool {
        let Some((snapshot, columns)) = &mut self.current else { return false };
        let Some((tag, counts)) = row(line, *columns) else { return false };
        if tag == Tag(*b"TOTA") {
            return true;
        }
        for (pool, part) in Pool::BOTH.into_iter().zip(counts.chunks_exact(*columns / 2)) {
            let tag_use = match *part {
                [outstanding, bytes] => TagUse { tag, pool, allocs: None, frees: None, outstanding, bytes },
                [allocs, frees, outstanding, bytes] => {
                    TagUse { tag, pool, allocs: Some(allocs), frees: Some(frees), outstanding, bytes }
                }
                _ => continue,
            };
            if tag_use.bytes > 0 || tag_use.outstanding > 0 {
                snapshot.tags.push(tag_use);
            }
        }
        true
    }

    fn end(&mut self) {
        let Some((mut snapshot, _)) = self.current.take() else { return };
        if self.session_pool {
            self.session_tables += 1;
        } else if !snapshot.tags.is_empty() {
            snapshot.sort();
            // Only a few rows are a selection.
            snapshot.partial = self.cut > 0 || snapshot.tags.len() < 40;
            self.snapshots.push(snapshot);
        }
        self.cut = 0;
    }

    /// A line of `!poolfind`: `ffffe00012345000 : tag Leak, size 0x3e8, Nonpaged pool` since Windows 10, earlier
    /// `*fffffa80012345a0 size: 3f0 previous size: 40 (Allocated) Leak`.
    fn pool_find(&mut self, line: &str) -> bool {
        let Some((tag, size, pool)) = allocation(line) else { return false };
        let (allocations, bytes) = self.found.entry((tag, pool)).or_insert((0, 0));
        *allocations += 1;
        *bytes = bytes.saturating_add(size);
        true
    }

    /// Returns the snapshots and the results of `!poolfind`.
    pub fn finish(mut self, warnings: &mut Vec<SessionWarning>) -> (Vec<PoolSnapshot>, Vec<PoolFound>) {
        self.end();
        if self.session_tables > 0 {
            warnings.push(SessionWarning::SessionPools(self.session_tables));
        }
        let found = self.found.into_iter();
        let found = found.map(|((tag, pool), (allocations, bytes))| PoolFound { tag, pool, allocations, bytes });
        (self.snapshots, found.collect())
    }
}

/// A row: the tag, and as many numbers as the heading has; a description may follow without a blank.
fn row(line: &str, columns: usize) -> Option<(Tag, Vec<u64>)> {
    // One leading blank belongs to the table; without it the tag starts the line.
    let starts = [line.strip_prefix(' '), Some(line)];
    let whole = starts.into_iter().flatten().find_map(|text| {
        let (end, _) = text.char_indices().nth(4)?;
        let (tag, rest) = text.split_at(end);
        let numbers = rest.starts_with(' ').then(|| numbers(rest, columns)).flatten()?;
        Some((Tag::parse(tag)?, numbers))
    });
    // With collapsed blanks, the first word is the tag.
    whole.or_else(|| {
        let text = line.trim_start();
        let (tag, rest) = text.split_once(' ')?;
        let numbers = numbers(rest, columns)?;
        let tag = if tag == "TOTAL" { "TOTA" } else { tag };
        Some((Tag::parse(tag)?, numbers))
    })
}

fn numbers(text: &str, count: usize) -> Option<Vec<u64>> {
    let mut rest = text;
    let mut found = Vec::with_capacity(count);
    while found.len() < count {
        let next = rest.trim_start();
        // A description may follow the last number without a blank; it does not start with a comma.
        let length = next.len() - next.trim_start_matches(|c: char| c.is_ascii_digit() || c == ',').len();
        if length == 0 || (next.len() == rest.len() && !found.is_empty()) {
            return None;
        }
        found.push(text::number(&next[..length])?);
        rest = &next[length..];
    }
    Some(found)
}

fn allocation(line: &str) -> Option<(Tag, u64, Option<Pool>)> {
    let lower = line.to_ascii_lowercase();
    let hex = |text: &str| {
        let text = text.trim_start().trim_start_matches("0x");
        let end = text.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(text.len());
        u64::from_str_radix(&text[..end], 16).ok()
    };
    let address = line.trim_start().trim_start_matches('*');
    let is_address = address.len() > 8 && address.bytes().take(8).all(|b| b.is_ascii_hexdigit() || b == b'`');
    if !is_address || lower.len() != line.len() {
        return None;
    }
    let pool = if lower.contains("nonpaged") {
        Some(Pool::Nonpaged)
    } else {
        lower.contains("paged pool").then_some(Pool::Paged)
    };
    if let (Some(tag), Some(size)) = (lower.find(" tag "), lower.find(", size ")) {
        let tag = line.get(tag + 5..size)?;
        return Some((Tag::parse(tag.trim_end())?, hex(&line[size + 7..])?, pool));
    }
    let size = lower.find("size:")?;
    let allocated = lower.find("(allocated)")?;
    let tag: String = line.get(allocated + 11..)?.trim_start().chars().take(4).collect();
    Some((Tag::parse(tag.trim_end())?, hex(&line[size + 5..])?, pool))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_all_layouts() {
        for (line, columns, tag, counts) in [
            (
                " ConT       535      5935104          0            0 UNKNOWN pooltag 'ConT'",
                4,
                "ConT",
                vec![535, 5_935_104, 0, 0],
            ),
            (
                " AcpA        3      192         1      504ACPI Pooltags , Binary: acpi.sys",
                4,
                "AcpA",
                vec![3, 192, 1, 504],
            ),
            (" AGP         1      344         2      384UNKNOWN", 4, "AGP ", vec![1, 344, 2, 384]),
            ("8042 4 3944 0 0 PS/2 kb and mouse", 4, "8042", vec![4, 3944, 0, 0]),
            ("Io 5 100 0 0 x", 4, "Io  ", vec![5, 100, 0, 0]),
            (
                " -UMD           2           1         1           48            0           0         0            0 x",
                8,
                "-UMD",
                vec![2, 1, 1, 48, 0, 0, 0, 0],
            ),
        ] {
            let (found, numbers) = row(line, columns).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((found.padded(), numbers), (tag.to_owned(), counts), "{line}");
        }
        for line in [" Tag     Allocs         Used", "counts: 49797 cached/2286 uncached", "** Transition PTEs", "."] {
            assert_eq!(row(line, 4), None, "{line}");
        }
    }

    #[test]
    fn poolfind_is_summed_up() {
        let mut reader = Reader::new("x");
        for line in [
            "ffffe000`12345000 : tag Leak, size     0x3e8, Nonpaged pool",
            "ffffe00012346000 : tag Leak, size 0x3e8, Nonpaged pool",
            "*fffffa80012345a0 size:  3f0 previous size:   40  (Allocated) Leak",
        ] {
            assert!(reader.line(line, 1), "{line}");
        }
        let (_, found) = reader.finish(&mut Vec::new());
        let of = |pool| found.iter().find(|f| f.pool == pool).map(|f| (f.allocations, f.bytes));
        assert_eq!(of(Some(Pool::Nonpaged)), Some((2, 2000)));
        assert_eq!(of(None), Some((1, 0x3F0)));
    }
}
