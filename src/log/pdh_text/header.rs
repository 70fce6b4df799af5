//! The header of PDH text: encoding, separator, zone and columns.

use std::borrow::Cow;

use super::time::{self, Order};
use crate::counters::CounterPath;
use crate::counters::known::{self, Name};
use crate::log::code_page;
use crate::log::error::LogErrorKind;
use crate::log::sink::MOST_COLUMNS;
use crate::log::time_zone::bias_at;
use crate::log::zone::Zone;
use crate::log::zone_names::of_cut_name;

/// Content of line 1.
#[derive(Debug)]
pub struct Header {
    /// Separator: `,`, `;` or a tab.
    pub separator: u8,
    /// Paths of the columns after the first; `None` for columns that are not counters.
    pub columns: Vec<Option<CounterPath>>,
    /// The zone in the first cell, if any.
    pub zone: Option<Zone>,
    /// Whether only a part of its name is there.
    pub is_zone_cut: bool,
    /// Columns that are not counters, except a trailing description.
    pub odd_columns: Vec<String>,
    /// A collector's description, which Windows writes as the name of an additional last column.
    pub description: Option<String>,
    /// Offset of the line behind it.
    pub body: usize,
    /// Where rows have their times.
    pub time: TimeCells,
    /// Blank lines before it.
    pub blank_lines: usize,
}

/// The cells of a row in which its time is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeCells {
    /// The time, or its date.
    pub first: usize,
    /// The time of day, if it is in a separate column.
    pub clock: Option<usize>,
}

/// Rows in which the time is looked for.
const TIME_ROWS: usize = 5;

impl TimeCells {
    /// By the first rows: among the cells before the first counter the one that is a time, or a date with a time of day
    /// behind it. Index columns and dates apart from times come from other programs.
    fn of(body: &[u8], separator: u8, before_paths: usize) -> Self {
        let rows = super::csv_reader(separator).from_reader(&body[..body.len().min(1 << 16)]).into_byte_records();
        for row in rows.map_while(Result::ok).take(TIME_ROWS) {
            for first in 0..before_paths {
                let cell = |place: usize| row.get(place).unwrap_or_default();
                if time::parse(cell(first), Order::MonthFirst).or(time::parse(cell(first), Order::DayFirst)).is_some() {
                    return Self { first, clock: None };
                }
                if first + 1 < before_paths && time::is_date(cell(first)) && time::is_clock(cell(first + 1)) {
                    return Self { first, clock: Some(first + 1) };
                }
            }
        }
        Self::default()
    }

    /// The last of them.
    fn last(self) -> usize {
        self.clock.unwrap_or(self.first)
    }
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

/// Maximum length of a counter path, bytes. PDH allows 2,048 characters (`PDH_MAX_COUNTER_PATH`), of up to 3 bytes each.
const LONGEST_NAME: usize = 3 * 2048;

/// A file's bytes as UTF-8 or an ASCII-compatible code page: the input itself, or a copy of UTF-16 input.
pub fn narrow(bytes: &[u8]) -> Cow<'_, [u8]> {
    let utf16 = match bytes {
        [0xFF, 0xFE, ..] => Some(encoding_rs::UTF_16LE),
        [0xFE, 0xFF, ..] => Some(encoding_rs::UTF_16BE),
        // A mark behind the blank line that another program put first.
        [9..=13, 0, 0xFF, 0xFE, ..] | [9..=13, 0, 9..=13, 0, 0xFF, 0xFE, ..] => Some(encoding_rs::UTF_16LE),
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
    if is_binary(text) {
        return Err(not_a_log(text));
    }
    let begin = first_line(text);
    let end = memchr::memchr(b'\n', &text[begin..]).map_or(text.len(), |at| begin + at);
    let line = &text[begin..end];
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

    let signed = first.contains("(PDH-CSV") || first.contains("(PDH-TSV");
    let path = |name: &str| CounterPath::parse(name.trim()).or_else(|| stripped_path(name, signed));
    let allowed = |name: &Cow<'_, str>| if name.len() <= LONGEST_NAME { path(name) } else { None };
    let mut columns: Vec<Option<CounterPath>> = rest.iter().map(allowed).collect();
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
    if let Some(machine) = machine_of(first) {
        let nameless = columns.iter_mut().flatten().filter(|path| path.machine.is_none());
        nameless.for_each(|path| path.machine = Some(machine.clone()));
    }
    share_texts(&mut columns);
    let body = (end + 1).min(text.len());
    let before_paths = 1 + columns.iter().take_while(|path| path.is_none()).count();
    let time = TimeCells::of(&text[body..], separator, before_paths);
    let description = rest.last().filter(|name| columns.last() == Some(&None) && name.len() <= LONGEST_NAME);
    let description = description.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    let odd_columns = rest.iter().zip(&columns).take(columns.len().saturating_sub(1)).skip(time.last());
    let odd_columns = odd_columns.filter(|(_, path)| path.is_none()).map(|(name, _)| shorten(name.trim())).collect();
    let blank_lines = memchr::memchr_iter(b'\n', &text[..begin]).count();
    let recorded = zone(first);
    let cut = if recorded.is_none() { cut_zone(first, &text[body..], separator) } else { None };
    let is_zone_cut = cut.is_some();
    let zone = recorded.or(cut);
    Ok(Header { separator, columns, zone, is_zone_cut, odd_columns, description, body, time, blank_lines })
}

/// Where the first line begins that is not blank: programs print a blank line first, and a byte order mark can be
/// anywhere before the text where files were joined.
pub fn first_line(text: &[u8]) -> usize {
    let mut rest = text;
    loop {
        let trimmed = rest.trim_ascii_start();
        match trimmed.strip_prefix(b"\xEF\xBB\xBF") {
            Some(behind) => rest = behind,
            None => return text.len() - trimmed.len(),
        }
    }
}

/// Whether a text log can contain the column: its name can be read again as a path.
pub fn can_contain(path: &CounterPath) -> bool {
    let text = path.to_string();
    text.len() <= LONGEST_NAME && CounterPath::parse(text.trim()).is_some()
}

/// The path of a column whose name lost the backslashes before it, or those of its machine. In a file that does not
/// say it is a log, only that of a known counter.
fn stripped_path(name: &str, signed: bool) -> Option<CounterPath> {
    let name = name.trim();
    if !name.contains('\\') || name.starts_with('\\') {
        return None;
    }
    let is_known = |path: &CounterPath| known::find(Name::text(&path.object), Name::text(&path.counter)).is_some();
    let with_machine = CounterPath::parse(&format!(r"\\{name}")).filter(is_known);
    with_machine.or_else(|| CounterPath::parse(&format!(r"\{name}")).filter(|path| signed || is_known(path)))
}

/// Lets neighbours share the texts that are equal.
fn share_texts(columns: &mut [Option<CounterPath>]) {
    let mut last: Option<CounterPath> = None;
    for path in columns.iter_mut().flatten() {
        if let Some(last) = last {
            path.share(last);
        }
        last = Some(path.clone());
    }
}

/// The machine that a first cell names, as some programs write it there: `Date \\SRV1 (PDH-CSV 4.0)`.
fn machine_of(first: &str) -> Option<std::sync::Arc<str>> {
    let (_, behind) = first.split_once(r"\\")?;
    let machine = behind.split([' ', '(', '\\', '"']).next()?;
    (!machine.is_empty()).then(|| machine.into())
}

/// The separator of a text converted by [`narrow`], if its first line is a header.
pub fn separator_of(text: &[u8]) -> Option<u8> {
    let line = text[first_line(text)..].split(|b| *b == b'\n').next().unwrap_or_default();
    separator(line).filter(|_| !is_binary(text)).map(|(separator, _)| separator)
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
    let found = before_path.or_else(|| {
        let close = line.windows(2).position(|w| w[0] == b'"' && is_separator(w[1]))?;
        let signed = memchr::memmem::find(&line[..close], b"(PDH-").is_some();
        signed.then(|| (line[close + 1], close + 1))
    });
    found.or_else(|| {
        let signed = memchr::memmem::find(line, b"(PDH-").is_some();
        let is_path = |cell: &&[u8]| {
            let name = cell.trim_ascii();
            let name = name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name);
            std::str::from_utf8(name).is_ok_and(|name| stripped_path(name, signed).is_some())
        };
        b",;\t".iter().find_map(|&sign| {
            // Some cells are enough: a line without any path is as long as it likes.
            let has_path = line.split(|b| *b == sign).skip(1).take(8).any(|cell| is_path(&cell));
            has_path.then(|| Some((sign, memchr::memchr(sign, line)?))).flatten()
        })
    })
}

/// The end of the first cell, whose zone name may contain separators and whose quotes may be lost: at its closing
/// quote, else after a zone's bias, else before the first path.
fn first_cell(line: &[u8], separator: u8, before_path: usize) -> usize {
    let ends = || memchr::memchr_iter(separator, &line[..before_path]);
    // Without a zone the name of the column has no separator.
    if memchr::memchr(b'(', &line[..before_path]).is_none() {
        return ends().next().unwrap_or(before_path);
    }
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
    let signed = first.split_once("(PDH-").and_then(|(_, rest)| rest.split_once(')'));
    let unsigned = signed.map_or(first, |(_, rest)| rest);
    let (rest, bias) = unsigned.split_at(unsigned.rfind('(')?);
    let digits = bias[1..].split(')').next()?;
    let bias: i32 = digits.trim().parse().ok().filter(|b| (-24 * 60..=24 * 60).contains(b))?;
    // The name may contain parentheses: `(RTZ 2 (winter))`.
    let name = rest.trim();
    let name = name.strip_prefix('(').and_then(|name| name.strip_suffix(')')).unwrap_or(name);
    Some(Zone::fixed(name, bias))
}

/// The zone in a first cell that is cut within the zone's name: `(PDH-CSV 4.0) (RTZ 2 (`. Its bias is that at the first
/// row.
fn cut_zone(first: &str, body: &[u8], separator: u8) -> Option<Zone> {
    let (_, rest) = first.split_once("(PDH-")?.1.split_once(')')?;
    let (name, zone) = of_cut_name(rest.trim_start().strip_prefix('(')?.trim_end())?;
    let cell = body.split(|byte| *byte == separator || *byte == b'\n').next()?.trim_ascii();
    let cell = cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell);
    let local = time::parse(cell, Order::MonthFirst)?.to_naive()?;
    Some(Zone::fixed(name, bias_at(&zone, local).first()?))
}

/// Whether a file is not text: it starts with control characters, or like an archive. A log that says it is one may
/// name an instance with them.
fn is_binary(text: &[u8]) -> bool {
    let first = text.get(first_line(text)..).unwrap_or_default();
    let is_signed = first.strip_prefix(b"\"").unwrap_or(first).starts_with(b"(PDH-");
    !is_signed && text.iter().take(64).any(|b| *b < 9) || text.starts_with(b"PK\x03\x04")
}

fn not_a_log(text: &[u8]) -> LogErrorKind {
    if first_line(text) == text.len() {
        return LogErrorKind::Empty;
    }
    let found = if is_binary(text) {
        let bytes: Vec<String> = text.iter().take(8).map(|b| format!("{b:02X}")).collect();
        format!("binary data beginning {}", bytes.join(" "))
    } else {
        let line = text[first_line(text)..].split(|b| *b == b'\n').next().unwrap_or_default();
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
        assert_eq!(header.description.as_deref(), Some("My collector"));
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
