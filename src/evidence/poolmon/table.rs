//! Tables by tag from PowerShell pool scripts and PoolMonX: CSV, TSV, semicolons.

use std::collections::HashSet;

use super::{Parsed, PoolSnapshot, SnapshotSource, SnapshotWarning, TagUse};
use crate::base::grouping::{self, Evidence, Style};
use crate::base::{Pool, SnapshotPlace};
use crate::evidence::dates::{self, AmbiguousDate};
use crate::evidence::tag::Tag;
use crate::evidence::text;

/// Content of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Tag,
    Type,
    Time,
    Driver,
    /// A count, for the pool of the row's type or of the column.
    Count(Option<Pool>, Count),
    /// A size in a unit of this many bytes.
    Size(Option<Pool>, u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    Allocs,
    Frees,
    Outstanding,
    Bytes,
}

/// The meaning of a column's name, ignoring blanks and case.
fn field(name: &str) -> Option<Field> {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let (pool, rest) = match plain.as_str() {
        "tag" | "tagname" | "pooltag" => return Some(Field::Tag),
        "type" | "pool" | "pooltype" => return Some(Field::Type),
        "time" | "date" | "datetime" | "timestamp" | "timecreated" | "when" | "collected" => return Some(Field::Time),
        "driver" | "mappeddriver" | "drivers" | "binary" | "module" => return Some(Field::Driver),
        name => {
            let prefixes = [
                ("nonpaged", Pool::Nonpaged),
                ("nonp", Pool::Nonpaged),
                ("np", Pool::Nonpaged),
                ("paged", Pool::Paged),
            ];
            let found = prefixes.iter().find_map(|(prefix, pool)| Some((Some(*pool), name.strip_prefix(prefix)?)));
            found.unwrap_or((None, name))
        }
    };
    let rest = rest.strip_prefix("total").unwrap_or(rest);
    let count = match rest {
        "allocs" | "allocations" | "alloccount" => Count::Allocs,
        "frees" | "freed" | "freecount" => Count::Frees,
        "diff" | "difference" | "outstanding" | "count" | "net" => Count::Outstanding,
        rest if is_size(rest) => Count::Bytes,
        rest => {
            let (rest, bytes) = UNITS.iter().find_map(|(unit, bytes)| Some((rest.strip_suffix(unit)?, bytes)))?;
            return (rest.is_empty() || is_size(rest)).then_some(Field::Size(pool, *bytes));
        }
    };
    Some(Field::Count(pool, count))
}

/// Whether a column contains sizes, by the end of its name.
fn is_size(name: &str) -> bool {
    matches!(name, "bytes" | "used" | "usedbytes" | "usage" | "size" | "totalbytes" | "usagebytes" | "usedin")
}

/// Units in names of columns and behind sizes. Tools of Windows mean powers of two by all of them.
const UNITS: [(&str, u64); 6] =
    [("kib", 1 << 10), ("kb", 1 << 10), ("mib", 1 << 20), ("mb", 1 << 20), ("gib", 1 << 30), ("gb", 1 << 30)];

/// The number and the unit of a size.
fn with_unit(text: &str, bytes: u64) -> (&str, u64) {
    let text = text.trim();
    let own = UNITS.iter().find_map(|(unit, bytes)| {
        let (number, own) = text.split_at_checked(text.len().checked_sub(unit.len())?)?;
        own.eq_ignore_ascii_case(unit).then_some((number.trim(), *bytes))
    });
    own.unwrap_or((text, bytes))
}

/// A size of a cell, with its own unit or that of its column.
fn size(text: &str, bytes: u64, style: Style) -> Option<u64> {
    let (number, bytes) = with_unit(text, bytes);
    if bytes == 1 {
        return text::number(number);
    }
    let size = grouping::parse(number.as_bytes(), style)?.value * bytes as f64;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    (size >= 0.0).then(|| size.round() as u64)
}

/// A heading: delimiter and meaning of each column.
struct Heading {
    delimiter: u8,
    fields: Vec<Option<Field>>,
    /// What the marks in its sizes mean.
    style: Style,
}

fn heading(line: &str) -> Option<Heading> {
    let delimiters = [b',', b'\t', b';'];
    let delimiter = delimiters.into_iter().max_by_key(|d| line.bytes().filter(|b| b == d).count())?;
    let cells = line.split(char::from(delimiter)).map(|cell| cell.trim().trim_matches('"'));
    let fields: Vec<Option<Field>> = cells.map(field).collect();
    let has = |wanted: &dyn Fn(Field) -> bool| fields.iter().flatten().any(|f| wanted(*f));
    let counts = |f| matches!(f, Field::Count(_, Count::Bytes | Count::Outstanding | Count::Allocs) | Field::Size(..));
    let whole = has(&|f| f == Field::Tag)
        && has(&counts)
        && (has(&|f| f == Field::Type) || has(&|f| matches!(f, Field::Count(Some(_), _) | Field::Size(Some(_), _))));
    whole.then_some(Heading { delimiter, fields, style: Style::DECIMAL })
}

/// Whether text is such a table.
#[must_use]
pub fn is_table(head: &str) -> bool {
    head.lines().take(20).any(|line| heading(line).is_some())
}

fn pool(text: &str) -> Option<Pool> {
    let plain: String = text.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
    match plain.as_str() {
        "nonp" | "nonpaged" | "nonpagedpool" | "np" | "nonpagednx" | "nonpagedpoolnx" => Some(Pool::Nonpaged),
        "paged" | "pagedpool" | "p" => Some(Pool::Paged),
        _ => None,
    }
}

/// The counts of one row, for one pool.
#[derive(Clone, Copy, Default)]
struct Counts {
    allocs: Option<u64>,
    frees: Option<u64>,
    outstanding: Option<u64>,
    bytes: Option<u64>,
}

impl Counts {
    fn tag_use(self, tag: Tag, pool: Pool) -> Option<TagUse> {
        let difference = self.allocs.zip(self.frees).map(|(allocs, frees)| allocs.saturating_sub(frees));
        Some(TagUse {
            tag,
            pool,
            allocs: self.allocs,
            frees: self.frees,
            outstanding: self.outstanding.or(difference).unwrap_or(0),
            bytes: self.bytes?,
        })
    }
}

/// A readable row.
struct Row {
    uses: Vec<TagUse>,
    time: String,
    driver: Option<String>,
    line: u64,
}

/// What the marks in the sizes of a table mean, by all of them.
fn style(heading: &Heading, records: impl Iterator<Item = csv::StringRecord>) -> Style {
    let mut evidence = Evidence::default();
    for record in records {
        for (field, text) in heading.fields.iter().zip(&record) {
            if let Some(Field::Size(..) | Field::Count(_, Count::Bytes)) = field {
                evidence.add(with_unit(text, 1).0.as_bytes());
            }
        }
    }
    evidence.style(&evidence, heading.delimiter)
}

/// Reads a row; `None` without a tag and its bytes.
fn row(Heading { fields, style, .. }: &Heading, record: &csv::StringRecord) -> Option<Row> {
    let cells =
        |wanted: Field| fields.iter().zip(record).filter(move |(f, _)| **f == Some(wanted)).map(|(_, cell)| cell);
    // Four characters, possibly blanks; quotes added by a script do not belong to the tag.
    let text = cells(Field::Tag).next()?;
    let text = if text.chars().count() > 4 { text.trim().trim_matches(['"', '\'']) } else { text };
    let tag = Tag::parse(text)?;
    let row_pool = cells(Field::Type).next().and_then(pool);
    let mut counts = [Counts::default(); 2];
    for (field, text) in fields.iter().zip(record) {
        let (own, count, bytes) = match field {
            Some(Field::Count(own, count)) => (own, count, 1),
            Some(Field::Size(own, bytes)) => (own, &Count::Bytes, *bytes),
            _ => continue,
        };
        let Some(pool) = own.or(row_pool) else { continue };
        let of = &mut counts[usize::from(pool == Pool::Paged)];
        let slot = match count {
            Count::Allocs => &mut of.allocs,
            Count::Frees => &mut of.frees,
            Count::Outstanding => &mut of.outstanding,
            Count::Bytes => &mut of.bytes,
        };
        let number = if *count == Count::Bytes { size(text, bytes, *style) } else { text::number(text) };
        // A row without one of its sizes would make another tag the largest.
        if number.is_none() && bytes > 1 && !text.trim().is_empty() {
            return None;
        }
        *slot = slot.or(number);
    }
    let uses: Vec<TagUse> =
        Pool::BOTH.into_iter().zip(counts).filter_map(|(pool, counts)| counts.tag_use(tag, pool)).collect();
    (!uses.is_empty()).then(|| Row {
        uses,
        time: cells(Field::Time).map(str::trim).collect::<Vec<_>>().join(" "),
        driver: cells(Field::Driver).map(str::trim).find(|text| !text.is_empty()).map(str::to_owned),
        line: record.position().map_or(0, csv::Position::line),
    })
}

/// Rows without times belong to several snapshots if each tag is listed this many times on average: a single repeated
/// tag is an irregularity of its table.
const REPEATED: f64 = 1.5;

/// Reads a table. Rows with different times are different snapshots; without times, a repeated tag starts the next.
#[must_use]
pub fn parse_table(name: &str, content: &str) -> Parsed {
    let mut begin = 0;
    let mut quoted = false;
    // Scripts may write a few lines before the heading, and #TYPE is from PowerShell.
    let found = content.split_inclusive('\n').take(20).find_map(|line| {
        begin += line.len();
        quoted = line.contains('"');
        heading(line.trim_end())
    });
    let Some(mut heading) = found else { return Parsed::default() };
    let mut builder = csv::ReaderBuilder::new();
    // In a table without quotes, a quote is part of a tag.
    builder.delimiter(heading.delimiter).has_headers(false).flexible(true).quoting(quoted);
    let reader = || builder.from_reader(&content.as_bytes()[begin..]);
    heading.style = style(&heading, reader().into_records().filter_map(Result::ok));
    let mut reader = reader();
    let mut rows = Vec::new();
    let mut bad = 0;
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => break,
            // A repeated heading, if the file was appended to.
            Ok(true) if record.iter().any(|cell| cell.trim().eq_ignore_ascii_case("allocs")) => {}
            Ok(true) => match row(&heading, &record) {
                Some(row) => rows.push(row),
                None => bad += usize::from(record.iter().any(|cell| !cell.trim().is_empty())),
            },
            Err(_) => bad += 1,
        }
    }
    let mut parsed = into_snapshots(name, rows);
    if bad > 0 {
        parsed.warnings.push(SnapshotWarning::IncompleteRows(bad));
    }
    parsed
}

fn into_snapshots(name: &str, rows: Vec<Row>) -> Parsed {
    let mut parsed = Parsed::default();
    let keys: HashSet<(Tag, Pool)> = rows.iter().flat_map(|row| &row.uses).map(|u| (u.tag, u.pool)).collect();
    let uses: usize = rows.iter().map(|row| row.uses.len()).sum();
    let repeats = uses as f64 >= REPEATED * keys.len() as f64;
    let mut dates: Vec<Option<AmbiguousDate>> = Vec::new();
    let mut mapped: HashSet<Tag> = HashSet::new();
    let mut last_time = String::new();
    let mut seen: HashSet<(Tag, Pool)> = HashSet::new();
    for Row { uses, time, driver, line } in rows {
        let again = repeats && uses.iter().any(|u| seen.contains(&(u.tag, u.pool)));
        if parsed.snapshots.is_empty() || time != last_time || (again && time.is_empty()) {
            seen.clear();
            let place = SnapshotPlace::Row { file: name.to_owned(), row: line };
            parsed.snapshots.push(PoolSnapshot::new(SnapshotSource::Script, place));
            dates.push(dates::find(&time));
            last_time = time;
        }
        for tag_use in uses {
            if let Some(driver) = driver.as_ref().filter(|_| mapped.insert(tag_use.tag)) {
                parsed.mapped.push((tag_use.tag, driver.clone()));
            }
            seen.insert((tag_use.tag, tag_use.pool));
            if let Some(snapshot) = parsed.snapshots.last_mut() {
                snapshot.tags.push(tag_use);
            }
        }
    }
    parsed.snapshots.iter_mut().for_each(PoolSnapshot::sort);
    parsed.snapshots.iter_mut().zip(dates).for_each(|(snapshot, date)| snapshot.printed = date);
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_wide_tables() {
        let long = "#TYPE Selected.PSCustomObject\n\"Time\",\"Tag\",\"Type\",\"Allocs\",\"Frees\",\"Diff\",\"Bytes\"\n\
                    \"2026-03-03 02:10:00\",\"Leak\",\"Nonp\",\"10\",\"2\",\"8\",\"8,000\"\n\
                    \"2026-03-03 02:10:00\",\"Io  \",\"Non Paged\",\"10\",\"2\",\"8\",\"800\"\n\
                    \"2026-03-03 02:40:00\",\"Leak\",\"Nonp\",\"20\",\"2\",\"18\",\"18000\"\n";
        assert!(is_table(long));
        let parsed = parse_table("t.csv", long);
        assert_eq!(parsed.snapshots.len(), 2, "{parsed:?}");
        let leak = parsed.snapshots[0].find(Pool::Nonpaged, Tag(*b"Leak")).unwrap();
        assert_eq!((leak.bytes, leak.outstanding), (8000, 8));
        assert!(parsed.snapshots[0].find(Pool::Nonpaged, Tag(*b"Io  ")).is_some());

        let wide = "Tag;PagedAllocs;PagedFrees;PagedUsedBytes;NonPagedAllocs;NonPagedFrees;NonPagedUsedBytes\n\
                    Toke;10;4;6000;0;0;0\nFile;0;0;0;9;1;8000\nToke;11;4;7000;0;0;0\nFile;0;0;0;9;1;8000\nrubbish\n";
        let parsed = parse_table("t.csv", wide);
        assert_eq!(parsed.snapshots.len(), 2, "a tag again is the next snapshot");
        let toke = parsed.snapshots[0].find(Pool::Paged, Tag(*b"Toke")).unwrap();
        assert_eq!((toke.bytes, toke.outstanding), (6000, 6));
        assert_eq!(parsed.warnings, [SnapshotWarning::IncompleteRows(1)]);
        assert!(!is_table("\"(PDH-CSV 4.0) (x)(0)\",\"\\\\a\\Memory\\Pool Paged Bytes\"\n"));
        assert!(!is_table("Tag,Name\nx,y\n"));
    }

    #[test]
    fn sizes_in_other_units() {
        for (table, bytes) in [
            (
                "\"Tag\",\"NonPagedMB\",\"PagedMB\",\"NonPagedAllocs\"\n\"Leak\",\"17845.2\",\"0\",\"87590160\"\n",
                18_712_048_435,
            ),
            (
                "Timestamp,Tag,NonPagedUsedMB,NonPagedAllocs,NonPagedFrees\n2026-06-01 00:00:00,Leak,80.50,50000,0\n",
                84_410_368,
            ),
            ("Tag;Type;Used (MB)\nLeak;Nonp;1.845,5\n", 1_935_147_008),
            ("Tag\tNon Paged Usage\tPaged Usage\nLeak\t1,892,896 KB\t0 KB\n", 1_938_325_504),
            ("Tag,Type,GB\nLeak,Nonp,2\n", 2 << 30),
        ] {
            assert!(is_table(table), "{table}");
            let parsed = parse_table("t.csv", table);
            let leak = parsed.snapshots.first().and_then(|s| s.find(Pool::Nonpaged, Tag(*b"Leak")));
            assert_eq!(leak.map(|leak| leak.bytes), Some(bytes), "{table}");
        }
        assert_eq!(
            (size("12 MB", 1, Style::DECIMAL), size("1.2.3", 1 << 20, Style::DECIMAL), size("x", 1, Style::DECIMAL)),
            (Some(12 << 20), None, None)
        );
        // PowerShell writes the decimal mark of its culture, and a comma between cells.
        let german =
            "\"Tag\",\"NonPagedMB\",\"NonPagedAllocs\"\n\"Leak\",\"17845,2\",\"9\"\n\"File\",\"1,845\",\"9\"\n";
        let snapshot = &parse_table("t.csv", german).snapshots[0];
        let bytes = |tag: &[u8; 4]| snapshot.find(Pool::Nonpaged, Tag(*tag)).unwrap().bytes;
        assert_eq!((bytes(b"Leak"), bytes(b"File")), (18_712_048_435, 1_934_623));
        assert!(!is_table("Tag,Name,Climb\nx,y,z\n"));
    }

    proptest::proptest! {
        #[test]
        fn any_rows_are_safe(rows in "([^\n]{0,40}\n){0,6}") {
            let _ = parse_table("x", &format!("Tag,Type,Allocs,Frees,Diff,Bytes\n{rows}"));
            let _ = is_table(&rows);
        }
    }
}
