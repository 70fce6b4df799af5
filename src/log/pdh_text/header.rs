//! The header of PDH text: encoding, separator, zone and columns.

use std::borrow::Cow;

use crate::counters::CounterPath;
use crate::log::code_page;
use crate::log::error::LogErrorKind;
use crate::log::zone::Zone;

/// Content of line 1.
#[derive(Debug)]
pub struct Header {
    /// Separator: `,`, `;` or a tab.
    pub separator: u8,
    /// Paths of the columns after the first; `None` for columns that are not counters.
    pub columns: Vec<Option<CounterPath>>,
    /// The zone in the first cell, if any.
    pub zone: Option<Zone>,
    /// Columns that are not counters, except a trailing description.
    pub odd_columns: Vec<String>,
    /// Offset of line 2.
    pub body: usize,
}

/// Objects that only `VMware`'s esxtop logs; Windows has none of them.
const ESXTOP: &[&str] = &[
    "Group Cpu",
    "Group Memory",
    "Vcpu",
    "Physical Cpu",
    "Physical Cpu Load",
    "Physical Disk Adapter",
    "Physical Disk SCSI Device",
    "Network Port",
    "NUMA Node",
];

/// Maximum number of columns. All counters of a large terminal server are 200,000; a column costs memory before any row
/// is read.
const MOST_COLUMNS: usize = 500_000;
/// Maximum length of a counter path, bytes. PDH allows 2,048 characters (`PDH_MAX_COUNTER_PATH`), of up to 3 bytes each.
const LONGEST_NAME: usize = 3 * 2048;

/// A file's bytes as UTF-8 or an ASCII-compatible code page: the input itself, or a copy of UTF-16 input.
pub fn narrow(bytes: &[u8]) -> Cow<'_, [u8]> {
    let utf16 = match bytes {
        [0xFF, 0xFE, ..] => Some(encoding_rs::UTF_16LE),
        [0xFE, 0xFF, ..] => Some(encoding_rs::UTF_16BE),
        [9..=255, 0, 9..=255, 0, 9..=255, 0, ..] => Some(encoding_rs::UTF_16LE),
        [0, 9..=255, 0, 9..=255, 0, 9..=255, ..] => Some(encoding_rs::UTF_16BE),
        _ => None,
    };
    match utf16 {
        Some(encoding) => Cow::Owned(encoding.decode(bytes).0.into_owned().into_bytes()),
        None => Cow::Borrowed(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)),
    }
}

/// Parses line 1 of a file converted by [`narrow`].
///
/// # Errors
/// If the file is not PDH text, or has no counter.
pub fn parse(text: &[u8]) -> Result<Header, LogErrorKind> {
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    let line = &text[..end];
    if is_binary(text) {
        return Err(not_a_log(text));
    }
    let (separator, first_end) = separator(line).ok_or_else(|| not_a_log(text))?;
    let cells = memchr::memchr_iter(separator, line).count();
    if cells > MOST_COLUMNS {
        return Err(LogErrorKind::TooManyColumns { columns: cells, most: MOST_COLUMNS });
    }
    let first_end = first_cell(line, separator, first_end);
    let first = line[..first_end].trim_ascii();
    let first = first.strip_prefix(b"\"").unwrap_or(first);
    let mut fields = vec![first.strip_suffix(b"\"").unwrap_or(first).to_vec()];
    fields.extend(split_line(&line[first_end + 1..], separator));
    let encoding = code_page::of_header(line);
    let decoded: Vec<Cow<'_, str>> = fields.iter().map(|field| code_page::decode(encoding, field)).collect();
    let (first, rest) = decoded.split_first().ok_or_else(|| not_a_log(text))?;
    let path = |name: &Cow<'_, str>| Some(name.trim()).filter(|n| n.len() <= LONGEST_NAME).and_then(CounterPath::parse);
    let columns: Vec<Option<CounterPath>> = rest.iter().map(path).collect();
    let signed = first.contains("(PDH-CSV") || first.contains("(PDH-TSV");
    if columns.iter().all(Option::is_none) {
        return Err(if signed {
            let found = rest.first().map_or("no column", |name| name.trim());
            LogErrorKind::NoCounterPath { found: shorten(found) }
        } else {
            not_a_log(text)
        });
    }
    if let Some(object) = columns.iter().flatten().find_map(|path| ESXTOP.iter().find(|o| ***o == *path.object)) {
        return Err(LogErrorKind::Esxtop { object });
    }
    // A collector's description may be in an additional last column.
    let odd_columns = rest.iter().zip(&columns).take(columns.len().saturating_sub(1));
    let odd_columns = odd_columns.filter(|(_, path)| path.is_none()).map(|(name, _)| shorten(name.trim())).collect();
    Ok(Header { separator, columns, zone: zone(first), odd_columns, body: (end + 1).min(text.len()) })
}

/// The separator of a text converted by [`narrow`], if its first line is a header.
pub fn separator_of(text: &[u8]) -> Option<u8> {
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    separator(&text[..end]).filter(|_| !is_binary(text)).map(|(separator, _)| separator)
}

/// The separator and its first position: between the first cell and a counter path, else after the first quoted cell.
fn separator(line: &[u8]) -> Option<(u8, usize)> {
    let is_separator = |b: u8| matches!(b, b',' | b';' | b'\t');
    let before_path = memchr::memchr_iter(b'\\', line).find_map(|at| {
        let before = line[..at].trim_ascii_end();
        let before = before.strip_suffix(b"\"").unwrap_or(before);
        // A tab is whitespace too: use the last byte that is not a space.
        let last = line[..before.len().max(1)].iter().rposition(|b| *b != b' ' && *b != b'"');
        let between = line[before.len()..at].iter().position(|b| is_separator(*b)).map(|n| before.len() + n);
        between.or(last).map(|place| (line[place], place)).filter(|(b, _)| is_separator(*b))
    });
    before_path.or_else(|| {
        let close = line.windows(2).position(|w| w[0] == b'"' && is_separator(w[1]))?;
        let signed = memchr::memmem::find(&line[..close], b"(PDH-").is_some();
        signed.then(|| (line[close + 1], close + 1))
    })
}

/// The end of the first cell, whose zone name may contain separators and whose quotes may be lost: at its closing
/// quote, else after a zone's bias, else before the first path.
fn first_cell(line: &[u8], separator: u8, before_path: usize) -> usize {
    let ends = || memchr::memchr_iter(separator, &line[..before_path]);
    let text = |end: usize| line[..end].trim_ascii();
    let is_quoted = line.trim_ascii_start().starts_with(b"\"");
    let closed = ends().find(|end| is_quoted && text(*end).len() > 1 && text(*end).ends_with(b"\""));
    let biased =
        || ends().find(|end| std::str::from_utf8(text(*end)).is_ok_and(|t| t.ends_with(')') && zone(t).is_some()));
    closed.or_else(biased).unwrap_or(before_path)
}

fn split_line(line: &[u8], separator: u8) -> Vec<Vec<u8>> {
    let mut reader = super::csv_reader(separator).from_reader(line);
    let mut record = csv::ByteRecord::new();
    match reader.read_byte_record(&mut record) {
        Ok(true) => record.iter().map(<[u8]>::to_vec).collect(),
        _ => Vec::new(),
    }
}

/// The zone in a first cell: `(PDH-CSV 4.0) (Pacific Standard Time)(480)`.
fn zone(first: &str) -> Option<Zone> {
    let first = first.trim();
    let unsigned = first.strip_prefix("(PDH-").and_then(|rest| rest.split_once(')')).map_or(first, |(_, rest)| rest);
    let (rest, bias) = unsigned.split_at(unsigned.rfind('(')?);
    let digits = bias[1..].split(')').next()?;
    let bias: i32 = digits.trim().parse().ok().filter(|b| (-24 * 60..=24 * 60).contains(b))?;
    // The name may contain parentheses: `(RTZ 2 (winter))`.
    let name = rest.trim();
    let name = name.strip_prefix('(').and_then(|name| name.strip_suffix(')')).unwrap_or(name);
    Some(Zone::fixed(name, bias))
}

/// Whether a file is not text: it starts with control characters, or like an archive.
fn is_binary(text: &[u8]) -> bool {
    text.iter().take(64).any(|b| *b < 9) || text.starts_with(b"PK\x03\x04")
}

fn not_a_log(text: &[u8]) -> LogErrorKind {
    let found = if is_binary(text) {
        let bytes: Vec<String> = text.iter().take(8).map(|b| format!("{b:02X}")).collect();
        format!("binary data beginning {}", bytes.join(" "))
    } else {
        let line = text.split(|b| *b == b'\n').next().unwrap_or_default();
        format!("\"{}\"", shorten(String::from_utf8_lossy(&line[..line.len().min(200)]).trim()))
    };
    LogErrorKind::NotALog { found }
}

/// At most 60 characters without control characters, for file contents in messages.
pub fn shorten(text: &str) -> String {
    let clean: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() > 60 { clean + "…" } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Header {
        parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn headers_in_the_wild() {
        for (text, separator, bias) in [
            (r#""(PDH-CSV 4.0) (Pacific Standard Time)(480)","\\A\Memory\x""#, b',', Some(480)),
            ("\"(PDH-TSV 4.0) (Hora de verano romance)(-120)\"\t\"\\\\A\\Disco(_Total)\\%\"", b'\t', Some(-120)),
            (r"(PDH-CSV 4.0) (,\\TIERRA\Process(explorer)\% Processor Time", b',', None),
            (r" (PDH-CSV 4.0) (Hora)(-120) ; \\D\Disco(_Total)\% ; \\D\Memoria\x", b';', Some(-120)),
            (r#""(Pacific Daylight Time)(420)","\\C\Processor(0)\% Processor Time""#, b',', Some(420)),
            (r#""(PDH-CSV 4.0)","\\S\Process(a,b;c)\Private Bytes""#, b',', None),
            (r#""(PDH-CSV 4.0) (India Standard Time)(-330)","\\S\LogicalDisk(C:)\x""#, b',', Some(-330)),
        ] {
            let header = parsed(text);
            assert_eq!(header.separator, separator, "{text}");
            assert_eq!(header.zone.as_ref().map(|z| z.standard_bias), bias, "{text}");
            assert!(header.columns.iter().all(Option::is_some), "{text}");
        }
    }

    #[test]
    fn zones_with_separators_and_parentheses() {
        for (text, name) in [
            (r"(PDH-CSV 4.0) (Paris, Madrid)(-60),\\S\Memory\x,\\S\Memory\y", "Paris, Madrid"),
            (" \"(PDH-CSV 4.0) (Paris, Madrid)(-60)\",\"\\\\S\\Memory\\x\",\"\\\\S\\Memory\\y\"", "Paris, Madrid"),
            (r#""(PDH-CSV 4.0) (RTZ 2 (winter))(-180)","\\S\Memory\x","\\S\Memory\y""#, "RTZ 2 (winter)"),
        ] {
            let header = parsed(text);
            assert_eq!(header.zone.map(|z| z.name).as_deref(), Some(name), "{text}");
            assert_eq!(header.columns.len(), 2, "{text}");
        }
    }

    #[test]
    fn a_column_of_something_else_shifts_nothing() {
        for text in [
            r#""(PDH-CSV 4.0) (X)(0)","Note","\\S\Memory\x","\\S\Memory\y""#,
            r"(PDH-CSV 4.0) (X)(0),Note,\\S\Memory\x,\\S\Memory\y",
        ] {
            let header = parsed(text);
            assert_eq!(header.columns.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, true], "{text}");
            assert_eq!(header.odd_columns, ["Note"]);
        }
    }

    #[test]
    fn a_description_column_is_no_counter_and_no_oddity() {
        let header = parsed(r#""(PDH-CSV 4.0) (","\\A\Memory\x","My collector""#);
        assert_eq!(header.columns.len(), 2);
        assert!(header.columns[1].is_none() && header.odd_columns.is_empty());
    }

    #[test]
    fn refuses_in_one_line() {
        for (text, part) in [
            (r#""(PDH-CSV 4.0) (GMT Standard Time)(0) Time","Graph_1""#, "not one counter path"),
            ("name,value\n1,2\n", "found \"name,value\""),
            ("PK\x03\x04aaaa", "50 4B 03 04"),
            ("\x01\x02\x03\x04", "01 02 03 04"),
            ("hello", "found \"hello\""),
            (
                r#""(PDH-CSV 4.0) (UTC)(0)","\\esx01\Memory\Memory Overcommit (1 Minute Avg)","\\esx01\Group Cpu(1:idle)\% Used""#,
                "esxtop",
            ),
        ] {
            let message = parse(text.as_bytes()).unwrap_err().to_string();
            assert!(message.contains(part) && !message.contains('\n'), "{message}");
        }
    }
}
