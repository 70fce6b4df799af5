//! PoolMon's display as `-n` saves it, people paste it, and consoles wrap it: of Windows 2000 to 11.
//!
//! Layouts: Microsoft, "PoolMon Display" and "PoolMon Examples" (Windows driver documentation).

use std::collections::HashSet;

use super::{Parsed, PoolSnapshot, TagUse, Taker, unwrap_by_size};
use crate::base::units;
use crate::evidence::stamp::{self, Printed};
use crate::evidence::{Tag, text};
use crate::machine::Pool;

/// Names of the types that mean a pool of the system.
const TYPES: [(&str, Pool); 5] = [
    ("Nonp", Pool::Nonpaged),
    ("NonP", Pool::Nonpaged),
    ("NonPaged", Pool::Nonpaged),
    ("Nonpaged", Pool::Nonpaged),
    ("Paged", Pool::Paged),
];

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it says.
    pub tag_use: TagUse,
    /// `Mapped_Driver`.
    pub driver: Option<String>,
    /// Whether the bytes were shown without what is beyond 32 bits.
    pub wrapped: bool,
}

/// Reads a row: tag, type, allocations, frees, difference, bytes, bytes each; with or without the changes in
/// parentheses; with a driver at the end or not. `None` for anything else.
#[must_use]
pub fn parse_row(line: &str) -> Option<Row> {
    let table;
    let line = if line.trim_start().starts_with('|') && line.matches('|').nth(5).is_some() {
        // A table in Markdown.
        table = text::collapsed(&line.replace('|', " "));
        table.as_str()
    } else {
        line.trim_end()
    };
    // A tag may hold anything, the name of a type among it; the row is read from the first type after which numbers stand.
    let types = TYPES.iter().flat_map(|(name, pool)| line.match_indices(name).map(move |(at, _)| (at, *name, *pool)));
    let mut found: Vec<_> = types.filter(|(at, ..)| (2..=12).contains(at)).collect();
    found.sort_unstable_by_key(|(at, ..)| *at);
    found.into_iter().find_map(|(at, name, pool)| {
        let tag = tag_before(&line[..at])?;
        let rest = line[at + name.len()..].strip_prefix([' ', '\t'])?;
        let (numbers, rest) = numbers(rest);
        let [allocs, frees, outstanding, bytes, ..] = numbers[..] else { return None };
        // Counts of 32 bits that have begun anew, shown as less than nothing.
        let unsigned = |n: i64| u64::try_from(if n < 0 { n + (1 << 32) } else { n }).ok();
        let (allocs, frees) = (unsigned(allocs)?, unsigned(frees)?);
        let (outstanding, mut bytes) = (unsigned(outstanding)?, unsigned(bytes)?);
        let each = numbers.get(4).and_then(|n| u64::try_from(*n).ok());
        let whole = each.and_then(|each| unwrap_by_size(outstanding, bytes, each));
        bytes = whole.unwrap_or(bytes);
        let driver = rest.trim().trim_start_matches('[');
        let driver = driver.split([']', ' ']).find(|word| !word.is_empty());
        Some(Row {
            tag_use: TagUse { tag, pool, allocs: Some(allocs), frees: Some(frees), outstanding, bytes },
            driver: driver.filter(|name| is_file_name(name)).map(str::to_owned),
            wrapped: whole.is_some(),
        })
    })
}

/// A driver's file name, such as the `/g` column has among comments.
fn is_file_name(word: &str) -> bool {
    let stem = word.rsplit_once('.').map(|(stem, extension)| (stem, extension.to_ascii_lowercase()));
    stem.is_some_and(|(stem, extension)| !stem.is_empty() && matches!(extension.as_str(), "sys" | "dll" | "exe"))
}

/// The tag in front of a type: its last four characters but for the one blank between, for a tag can end in blanks.
fn tag_before(text: &str) -> Option<Tag> {
    let text = text.strip_suffix([' ', '\t'])?;
    let last: Vec<char> = text.chars().rev().take(4).collect();
    let begins = text.chars().count().checked_sub(last.len())?;
    // In front of it stands nothing but the indent; a column that is wider than a tag ends in blanks of its own.
    if !text.chars().take(begins).all(char::is_whitespace) {
        return Tag::parse(text.trim());
    }
    let tag: String = last.into_iter().rev().collect();
    // Where blanks were collapsed a shorter tag has the indent in front.
    let tag = if text.trim().chars().count() < 4 && begins == 0 && tag.starts_with(' ') { text.trim() } else { &tag };
    Tag::parse(tag)
}

/// The numbers at the begin of a text, those in parentheses left out, and what follows them.
fn numbers(text: &str) -> (Vec<i64>, &str) {
    let mut found = Vec::new();
    let mut rest = text;
    while found.len() < 5 {
        let next = rest.trim_start();
        if let Some(inner) = next.strip_prefix('(') {
            let Some((change, after)) = inner.split_once(')') else { break };
            if change.trim().parse::<i64>().is_err() {
                break;
            }
            rest = after;
            continue;
        }
        let length = next.len() - next.trim_start_matches(|c: char| c.is_ascii_digit() || "-,".contains(c)).len();
        let plain = next[..length].trim_start_matches('-');
        let Some(number) = text::number(plain).and_then(|n| i64::try_from(n).ok()).filter(|_| !plain.is_empty()) else {
            break;
        };
        let number = if next.starts_with('-') { -number } else { number };
        found.push(number);
        rest = &next[length..];
    }
    // After the last number there may be its change.
    let after = rest.trim_start();
    if let Some((change, after)) = after.strip_prefix('(').and_then(|inner| inner.split_once(')'))
        && change.trim().parse::<i64>().is_ok()
    {
        rest = after;
    }
    (found, rest)
}

/// How many numbers a line holds.
fn numbers_in(line: &str) -> usize {
    line.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).take(8).count()
}

/// Whether text is PoolMon's: the heading of its columns, or the line above, and a row.
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
    // A few rows alone, as people paste them.
    rows >= 3
}

fn is_heading(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '|', '\t']);
    line.starts_with("Tag") && line.contains("Type") && line.contains("Allocs")
}

/// `Pool N:710920K`: a figure of the two lines above the columns, bytes.
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

/// Collects lines to snapshots.
struct Reader<'a> {
    name: &'a str,
    parsed: Parsed,
    dates: Vec<Option<Printed>>,
    snapshot: PoolSnapshot,
    seen: HashSet<(Tag, Pool)>,
    /// A date since the last row.
    date: Option<Printed>,
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
            snapshot: PoolSnapshot::new(Taker::PoolMon, String::new()),
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
        // Mail programs quote.
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

    /// A date in a line, or of a day in the line before: `date /t & time /t`.
    fn date_of(&mut self, line: &str) -> Option<Printed> {
        let day = self.day.take();
        let found = stamp::find(line, false).or_else(|| stamp::find(&format!("{} {}", day?, line.trim()), false));
        if found.is_none() && line.len() < 100 && stamp::find(line, true).is_some() {
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
            // Rows without a head: what stands twice is the next snapshot's.
            self.begin();
        }
        self.seen.insert(key);
        self.wrapped += usize::from(row.wrapped);
        if self.snapshot.source.is_empty() {
            self.snapshot.source = format!("{} line {}", self.name, self.lines);
        }
        self.snapshot.tags.push(row.tag_use);
    }

    /// Ends a snapshot that has rows, and begins the next.
    fn begin(&mut self) {
        let empty = PoolSnapshot::new(Taker::PoolMon, String::new());
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
        // Scripts write the time after PoolMon, which begins a file anew.
        if let (Some(last @ None), Some(date)) = (self.dates.last_mut(), self.date) {
            *last = Some(date);
        }
        for (snapshot, date) in self.parsed.snapshots.iter_mut().zip(self.dates) {
            snapshot.printed = date;
            // PoolMon lists the pools as a whole unless it was told to leave some out.
            snapshot.partial = Pool::BOTH.iter().any(|pool| {
                let listed = snapshot.tag_bytes(*pool);
                snapshot.totals.of(*pool).is_some_and(|whole| listed < whole / 2)
            });
        }
        let warnings = &mut self.parsed.warnings;
        if self.session_rows > 0 {
            let rows = units::counted(self.session_rows, "row", "rows");
            warnings.push(format!("{rows} of session pools left out: the pool counters do not count those"));
        }
        if self.wrapped > 0 {
            let values = units::counted(self.wrapped, "value", "values");
            warnings.push(format!(
                "{values} above 4 GB were shown without what is beyond 32 bits; made whole by Diff times Per Alloc"
            ));
        }
        if self.odd > 0 {
            let lines = units::counted(self.odd, "line", "lines");
            warnings.push(format!("{lines} that look like rows could not be read"));
        }
        self.parsed
    }
}

/// What may be told from the name of a file: a date, else its last number.
#[must_use]
pub fn of_file_name(name: &str) -> (Option<Printed>, Option<u64>) {
    let stem = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let date = stamp::find(stem, true);
    let digits: String =
        stem.chars().rev().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    let number: String = digits.chars().rev().collect();
    (date, if date.is_some() { None } else { text::number(&number) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::poolmon::WRAP;

    #[test]
    fn rows_of_all_layouts() {
        for (line, tag, pool, outstanding, bytes, driver) in [
            (
                " Wait Nonp    3971107 (   0)   3971077 (   0)       30    8456 (     0)    281",
                "Wait",
                Pool::Nonpaged,
                30,
                8456,
                None,
            ),
            (
                " Io   Nonp    1021112 (   1)   1020985 (   1)      127   91912 (     0)    723 ",
                "Io  ",
                Pool::Nonpaged,
                127,
                91912,
                None,
            ),
            (
                "Dh 1 Paged        37 (   0)        35 (   0)        2     224 (     0)    112 Unknown Driver",
                "Dh 1",
                Pool::Paged,
                2,
                224,
                None,
            ),
            (
                "EtwB Nonp       6394      4056      2338 163418368      69896",
                "EtwB",
                Pool::Nonpaged,
                2338,
                163_418_368,
                None,
            ),
            ("Ntfr Nonp 2690737 2528557 162180 10379976 64", "Ntfr", Pool::Nonpaged, 162_180, 10_379_976, None),
            ("Io Nonp 10 5 5 500 100", "Io  ", Pool::Nonpaged, 5, 500, None),
            (
                " CM   Paged    1283 (   0)    1002 (   0)    281 1377312 (     0) 4901",
                "CM  ",
                Pool::Paged,
                281,
                1_377_312,
                None,
            ),
            (
                " NtFA Nonp       9112 (   0)      9112 (   0)     0       0 (     0)      0 [ntfs.sys  -  AttrSup.c]",
                "NtFA",
                Pool::Nonpaged,
                0,
                0,
                Some("ntfs.sys"),
            ),
            (
                " IpEQ Nonp 1 (   0) 0 ( -3)        1    1808 (     0)   1808 [ipsec][ipsec.sys    -  event queue]",
                "IpEQ",
                Pool::Nonpaged,
                1,
                1808,
                None,
            ),
            (" Nonp Paged   10   2   8   80   10", "Nonp", Pool::Paged, 8, 80, None),
        ] {
            let row = parse_row(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(row.tag_use.tag.padded(), tag, "{line}");
            assert_eq!(
                (row.tag_use.pool, row.tag_use.outstanding, row.tag_use.bytes),
                (pool, outstanding, bytes),
                "{line}"
            );
            assert_eq!(row.driver.as_deref(), driver, "{line}");
        }
        for line in [
            "Tag  Type     Allocs         Frees    Diff   Bytes    Per Alloc",
            " Memory:  260620K Avail:   96364K  PageFlts:     0   InRam Krnl: 1916K P:17856K",
            "the Paged pool holds 12 5 5 5 5 bytes",
            "",
            "Nonp 1 2 3 4 5",
        ] {
            assert_eq!(parse_row(line), None, "{line}");
        }
    }

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
        let at = |s: &PoolSnapshot| stamp::resolve(&[s.printed], None).0[0].unwrap().utc(0).format("%H:%M").to_string();
        assert_eq!((at(first), at(second)), ("02:10".to_owned(), "02:40".to_owned()));
        assert_eq!(second.totals.nonpaged, Some(9332 << 10));
        assert_eq!(second.totals.paged, Some(27220 << 10));
        assert_eq!(second.tags.len(), 1, "session pool is none of the system's");
        assert_eq!(parsed.warnings.len(), 1, "{:?}", parsed.warnings);
        // The time may stand after the rows.
        let after = "AAAA Nonp 5 1 4 400 100\nBBBB Nonp 5 1 4 400 100\nTaken Tue 03/13/2026  2:10:33.41\n";
        assert!(parse_display("p.txt", after).snapshots[0].printed.is_some());
        // Rows alone: what repeats is the next.
        let rows = "AAAA Nonp 5 1 4 400 100\nBBBB Nonp 5 1 4 400 100\nCCCC Nonp 5 1 4 400 100\n";
        assert_eq!(parse_display("p.txt", &rows.repeat(3)).snapshots.len(), 3);
    }

    #[test]
    fn what_a_name_tells() {
        assert_eq!(of_file_name("logs/poolmonlog12.txt").1, Some(12));
        assert_eq!(of_file_name(r"c:\x\2\snap (3).txt").1, Some(3));
        assert_eq!(of_file_name("poolsnap.log"), (None, None));
        assert!(of_file_name("pool_20260303_0210.txt").0.is_some());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_safe(text in "([ -~]{0,8} (Nonp|Paged) [0-9 ()-]{0,50}\n|\\PC{0,40}\n|Memory:[0-9]{0,25}K\n){0,6}") {
            let _ = is_display(&text);
            let parsed = parse_display("x", &text);
            proptest::prop_assert!(parsed.snapshots.iter().all(|s| !s.tags.is_empty()));
        }

        #[test]
        fn a_row_written_is_a_row_read(tag in "[ -~]{3}[!-~]", allocs in 0..u64::from(u32::MAX), frees in 0..1000_u64, each in 1..5000_u64) {
            let frees = frees.min(allocs);
            let outstanding = allocs - frees;
            let bytes = outstanding * each;
            let line = format!(" {tag} Nonp {allocs:10} (   0) {frees:10} (   0) {outstanding:8} {:9} (     0) {each:6}", bytes % WRAP);
            let row = parse_row(&line);
            proptest::prop_assume!(!tag.contains("Nonp") && !tag.contains("Paged"));
            let row = row.unwrap().tag_use;
            proptest::prop_assert_eq!(row.tag.padded(), tag);
            proptest::prop_assert_eq!((row.outstanding, row.bytes), (outstanding, bytes));
        }
    }
}
