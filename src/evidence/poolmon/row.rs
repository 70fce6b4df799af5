//! One row of `PoolMon`'s display.

use super::{TagUse, unwrap_by_size};
use crate::base::Pool;
use crate::evidence::tag::Tag;
use crate::evidence::text;

/// Names of pool types.
pub(super) const TYPES: [(&str, Pool); 5] = [
    ("Nonp", Pool::Nonpaged),
    ("NonP", Pool::Nonpaged),
    ("NonPaged", Pool::Nonpaged),
    ("Nonpaged", Pool::Nonpaged),
    ("Paged", Pool::Paged),
];

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Pool use of the row.
    pub tag_use: TagUse,
    /// Value of `Mapped_Driver`.
    pub driver: Option<String>,
    /// Whether the display shows only 32 bits of the bytes.
    pub wrapped: bool,
}

/// Reads a row: tag, type, allocations, frees, difference, bytes, bytes per allocation; optionally with changes in
/// parentheses and a driver at the end. `None` for anything else.
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
    // A tag can contain anything, even the name of a type; use the first type that is followed by numbers.
    let types = TYPES.iter().flat_map(|(name, pool)| line.match_indices(name).map(move |(at, _)| (at, *name, *pool)));
    let mut found: Vec<_> = types.filter(|(at, ..)| (2..=12).contains(at)).collect();
    found.sort_unstable_by_key(|(at, ..)| *at);
    found.into_iter().find_map(|(at, name, pool)| {
        let tag = tag_before(&line[..at])?;
        let rest = line[at + name.len()..].strip_prefix([' ', '\t'])?;
        let (numbers, rest) = numbers(rest);
        let [allocs, frees, outstanding, bytes, ..] = numbers[..] else { return None };
        // Counts above 2^31 are shown as negative.
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

/// A driver file name, which in the `/g` column may be part of a comment.
fn is_file_name(word: &str) -> bool {
    let stem = word.rsplit_once('.').map(|(stem, extension)| (stem, extension.to_ascii_lowercase()));
    stem.is_some_and(|(stem, extension)| !stem.is_empty() && matches!(extension.as_str(), "sys" | "dll" | "exe"))
}

/// The tag before a type: its last four characters, without the separating blank, because a tag can end in blanks.
fn tag_before(text: &str) -> Option<Tag> {
    let text = text.strip_suffix([' ', '\t'])?;
    let last: Vec<char> = text.chars().rev().take(4).collect();
    let begins = text.chars().count().checked_sub(last.len())?;
    // Only the indent precedes it; a column wider than a tag is padded with blanks.
    if !text.chars().take(begins).all(char::is_whitespace) {
        return Tag::parse(text.trim());
    }
    let tag: String = last.into_iter().rev().collect();
    // If blanks were collapsed, a shorter tag includes the indent.
    let tag = if text.trim().chars().count() < 4 && begins == 0 && tag.starts_with(' ') { text.trim() } else { &tag };
    Tag::parse(tag)
}

/// The numbers at the start of a text, without those in parentheses, and the text after them.
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
    // The last number may be followed by its change.
    let after = rest.trim_start();
    if let Some((change, after)) = after.strip_prefix('(').and_then(|inner| inner.split_once(')'))
        && change.trim().parse::<i64>().is_ok()
    {
        rest = after;
    }
    (found, rest)
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

    proptest::proptest! {
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
