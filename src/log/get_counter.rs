//! PowerShell's `Get-Counter | Export-Csv`: one row per counter and sample, or one row per sample with all readings in
//! one cell.

use std::borrow::Cow;
use std::collections::HashMap;

use super::code_page;
use super::error::{LogErrorKind, TimeColumn, WithoutSamples};
use super::info::LogInfo;
use super::pdh_text::{self, number};
use super::select::{Picker, Query, Values};
use super::sink::{Cell, Column, ColumnId, Contents, Sink, TimeLine};
use super::warning::LogWarning;
use crate::base::time::{ClockZone, FileTime, TICKS_PER_SECOND, ZonedTime};
use crate::counters::CounterPath;
use crate::counters::known::Name;

/// Readings of one set are closer together than this: no collector samples more often than once a second.
const SAME_SAMPLE: i64 = TICKS_PER_SECOND / 2;

/// Positions of the cells in a row.
#[derive(Clone, Copy, Debug)]
enum Layout {
    /// `(Get-Counter …).CounterSamples | Export-Csv`
    Samples { path: usize, value: usize, time: usize, ticks: Option<usize>, status: Option<usize> },
    /// `Get-Counter … | Export-Csv`
    Sets { time: usize, readings: usize },
}

/// An open file and the layout of its rows.
pub struct GetCounterLog {
    layout: Layout,
    separator: u8,
    info: LogInfo,
}

impl GetCounterLog {
    /// Recognizes a file by its column names; `None` for other files.
    #[must_use]
    pub fn open(bytes: &[u8]) -> Option<Self> {
        // The names are in the first lines; a type line may come first.
        let start = pdh_text::narrow(&bytes[..bytes.len().min(8192) & !1]);
        let separator = start.iter().copied().find(|b| matches!(b, b',' | b';' | b'\t'))?;
        let record = rows(&start, separator).find(|record| !record.get(0).is_some_and(|c| c.starts_with(b"#")))?;
        let place = |name: &str| record.iter().position(|cell| cell.trim_ascii().eq_ignore_ascii_case(name.as_bytes()));
        let layout = match (place("Timestamp")?, place("Path"), place("CookedValue"), place("Readings")) {
            (time, Some(path), Some(value), _) => {
                Layout::Samples { path, value, time, ticks: place("Timestamp100NSec"), status: place("Status") }
            }
            (time, _, _, Some(readings)) => Layout::Sets { time, readings },
            _ => return None,
        };
        Some(Self { layout, separator, info: LogInfo::default() })
    }

    /// Empty: the file does not describe its machine.
    #[must_use]
    pub fn info(&self) -> &LogInfo {
        &self.info
    }

    /// Reads all rows; `bytes` must be those passed to [`GetCounterLog::open`].
    ///
    /// # Errors
    /// If no reading is found.
    pub fn read(&self, bytes: &[u8], query: &Query<'_>, sink: &mut dyn Sink) -> Result<Contents, LogErrorKind> {
        let text = pdh_text::narrow(bytes);
        let time_cell = match self.layout {
            Layout::Samples { time, .. } | Layout::Sets { time, .. } => time,
        };
        let mut last = Vec::new();
        let times = rows(&text, self.separator).filter_map(|row| {
            let cell = row.get(time_cell)?;
            (cell != last).then(|| {
                last = cell.to_vec();
                last.clone()
            })
        });
        let order = pdh_text::order_of(times);
        let encoding = code_page::of_header(&text[..text.len().min(ENOUGH_TEXT)]);

        let mut reading = Reading::new(query, sink);
        let mut names_seen = false;
        for record in rows(&text, self.separator) {
            if !names_seen {
                names_seen = !record.get(0).is_some_and(|cell| cell.starts_with(b"#"));
                continue;
            }
            let cell = |place: usize| record.get(place).unwrap_or_default();
            let parsed = || pdh_text::parse_time(cell(time_cell).trim_ascii(), order);
            match self.layout {
                Layout::Samples { path, value, ticks, status, .. } => {
                    let ticks = ticks.and_then(|at| std::str::from_utf8(cell(at)).ok()?.trim().parse().ok());
                    let ticks = ticks.filter(|t| *t > 0).map(FileTime);
                    let Some(time) = moment(parsed(), ticks) else {
                        reading.timeless(cell(time_cell));
                        continue;
                    };
                    reading.zone_known |= ticks.is_some();
                    reading.at(time);
                    let valid = status.is_none_or(|at| matches!(cell(at).trim_ascii(), b"0" | b"1" | b""));
                    reading.take(&code_page::decode(encoding, cell(path)), if valid { cell(value) } else { b"" });
                }
                Layout::Sets { readings, .. } => {
                    let Some(time) = moment(parsed(), None) else {
                        reading.timeless(cell(time_cell));
                        continue;
                    };
                    reading.at(time);
                    let readings = code_page::decode(encoding, cell(readings));
                    let mut lines = readings.lines().map(str::trim).filter(|line| !line.is_empty());
                    while let Some(line) = lines.next() {
                        if let Some(path) = line.strip_suffix(':') {
                            reading.take(path.trim_end(), lines.next().unwrap_or_default().as_bytes());
                        }
                    }
                }
            }
        }
        reading.finish()
    }
}

/// The rows of a text. Cells may span lines.
fn rows(text: &[u8], separator: u8) -> impl Iterator<Item = csv::ByteRecord> {
    pdh_text::csv_reader(separator).from_reader(text).into_byte_records().map_while(Result::ok)
}

/// Bytes that are enough to detect the code page of a file.
const ENOUGH_TEXT: usize = 1 << 16;

/// The time of a row. The text is on the machine's clock and the ticks are UTC, so their difference is the zone's
/// offset.
fn moment(local: Option<FileTime>, ticks: Option<FileTime>) -> Option<ZonedTime> {
    let plain = |utc| ZonedTime { utc, offset_minutes: 0 };
    let (Some(local), Some(utc)) = (local, ticks) else { return ticks.or(local).map(plain) };
    // Offsets are multiples of 15 minutes; the text has no fractions of seconds.
    let quarters = (local.seconds_since(utc) / 900.0).round();
    if quarters.abs() > 56.0 {
        return Some(plain(utc));
    }
    #[allow(clippy::cast_possible_truncation, reason = "checked to be in range")]
    let offset_minutes = 15 * quarters as i16;
    Some(ZonedTime { utc, offset_minutes })
}

/// With `-ComputerName`, older versions double the backslash after the machine: `\\srv\\memory\\…`.
fn single_backslash(path: &str) -> Cow<'_, str> {
    match path.get(2..).and_then(|rest| rest.find(r"\\")) {
        Some(at) if path.starts_with(r"\\") && !path[2..2 + at].contains('\\') => {
            Cow::Owned(path[..2 + at].to_owned() + &path[3 + at..])
        }
        _ => Cow::Borrowed(path),
    }
}

/// State while samples are built.
struct Reading<'r> {
    query: &'r Query<'r>,
    sink: &'r mut dyn Sink,
    picker: Picker,
    contents: Contents,
    line: TimeLine,
    /// Column by path as written, if wanted.
    columns: HashMap<String, Option<ColumnId>>,
    wanted: usize,
    /// Whether the rows show the offset of the machine's clock from UTC.
    zone_known: bool,
    time: Option<ZonedTime>,
    cells: Vec<Cell>,
    timeless: u64,
    /// The first unreadable time.
    unreadable: Option<String>,
    no_path: u64,
    no_number: u64,
}

impl<'r> Reading<'r> {
    fn new(query: &'r Query<'r>, sink: &'r mut dyn Sink) -> Self {
        Self {
            query,
            sink,
            picker: Picker::new(query),
            contents: Contents::default(),
            line: TimeLine::default(),
            columns: HashMap::new(),
            wanted: 0,
            zone_known: false,
            time: None,
            cells: Vec::new(),
            timeless: 0,
            unreadable: None,
            no_path: 0,
            no_number: 0,
        }
    }

    /// Sets the time of the following readings.
    fn at(&mut self, time: ZonedTime) {
        if self.time.is_some_and(|last| last.utc.0.saturating_sub(time.utc.0).saturating_abs() >= SAME_SAMPLE) {
            self.end_sample();
        }
        self.time.get_or_insert(time);
    }

    fn timeless(&mut self, cell: &[u8]) {
        self.timeless += 1;
        self.unreadable.get_or_insert_with(|| pdh_text::shorten(&String::from_utf8_lossy(cell)));
    }

    fn take(&mut self, text: &str, value: &[u8]) {
        let column = match self.columns.get(text) {
            Some(column) => *column,
            None => {
                let Some(path) = CounterPath::parse(&single_backslash(text)) else {
                    self.no_path += 1;
                    return;
                };
                let column = self.column(path);
                self.columns.insert(text.to_owned(), column);
                column
            }
        };
        match (number::parse_cell(value, number::Decimals::PointOrComma), column) {
            (number::Number::Value(value), Some(column)) if self.query.values != Values::None => {
                self.cells.push(Cell { column, value });
            }
            (number::Number::None, _) => self.no_number += 1,
            _ => {}
        }
    }

    fn column(&mut self, path: CounterPath) -> Option<ColumnId> {
        self.contents.counters += 1;
        let machine = path.machine.as_deref().unwrap_or_default();
        if path.machine.is_some() {
            self.contents.machines.insert(machine.to_owned());
        }
        self.contents.add_object(machine, &path.object);
        let (take, id) = self.query.selection.wants(machine, Name::text(&path.object), Name::text(&path.counter));
        if !take || !self.query.selection.wants_instance(&path) {
            return None;
        }
        let column = self.wanted;
        self.wanted += 1;
        let order = (u32::try_from(column).unwrap_or(u32::MAX), 0);
        self.sink.column(column, &Column { path, kind: None, time_base: 0, id, order });
        Some(column)
    }

    fn end_sample(&mut self) {
        let Some(moment) = self.time.take() else { return };
        self.line.push(moment);
        if self.picker.picks(moment) {
            self.sink.sample(moment, &self.cells);
            self.line.pick(moment);
        }
        self.cells.clear();
    }

    fn finish(mut self) -> Result<Contents, LogErrorKind> {
        self.end_sample();
        let mut contents = self.contents;
        if !self.zone_known {
            contents.zone = ClockZone::Unknown;
            contents.warnings.push(LogWarning::NoTimeZone);
        }
        if let Some(found) = &self.unreadable {
            let (count, found) = (self.timeless, found.clone());
            contents.warnings.push(LogWarning::UnreadableTimes { count, found });
        }
        if self.no_number > 0 {
            contents.warnings.push(LogWarning::ReadingsNotNumbers { count: self.no_number });
        }
        if self.no_path > 0 {
            contents.warnings.push(LogWarning::ReadingsWithoutPath { count: self.no_path });
        }
        if self.line.len() == 0 {
            if let Some(found) = self.unreadable {
                return Err(LogErrorKind::NoTime { line: 2, column: TimeColumn::Timestamp, found });
            }
            return Err(LogErrorKind::NoSamples(WithoutSamples::GetCounterColumns));
        }
        self.line.finish(&mut contents);
        Ok(contents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Selection;

    #[derive(Default)]
    struct Table(Vec<String>, Vec<(i64, Vec<f64>)>);

    impl Sink for Table {
        fn column(&mut self, _: ColumnId, column: &Column) {
            self.0.push(column.path.to_string());
        }

        fn sample(&mut self, time: ZonedTime, cells: &[Cell]) {
            self.1.push((time.utc.0, cells.iter().map(|c| c.value).collect()));
        }
    }

    fn read(text: &str) -> (Table, Contents) {
        let log = GetCounterLog::open(text.as_bytes()).unwrap();
        let mut table = Table::default();
        let contents = log.read(text.as_bytes(), &Selection::All.into(), &mut table).unwrap();
        (table, contents)
    }

    const SAMPLES: &str = "#TYPE Microsoft.PowerShell.Commands.GetCounter.PerformanceCounterSample\r\n\
        \"Path\",\"InstanceName\",\"CookedValue\",\"RawValue\",\"SecondValue\",\"MultipleCount\",\"CounterType\",\"Timestamp\",\
        \"Timestamp100NSec\",\"Status\",\"DefaultScale\",\"TimeBase\"\r\n\
        \"\\\\srv\\memory\\pool nonpaged bytes\",,\"104857600\",\"104857600\",\"0\",\"1\",\"NumberOfItems64\",\
        \"3/3/2026 2:10:00 AM\",\"134169918000000000\",\"0\",\"0\",\"10000000\"\r\n\
        \"\\\\srv\\process(app)\\handle count\",\"app\",\"12,5\",\"12\",\"0\",\"1\",\"NumberOfItems32\",\
        \"3/3/2026 2:10:00 AM\",\"134169918000000000\",\"0\",\"0\",\"10000000\"\r\n\
        \"\\\\srv\\memory\\pool nonpaged bytes\",,\"104857700\",\"0\",\"0\",\"1\",\"NumberOfItems64\",\
        \"3/3/2026 2:15:00 AM\",\"134169921000000000\",\"0\",\"0\",\"10000000\"\r\n\
        \"\\\\srv\\process(app)\\handle count\",\"app\",\"0\",\"0\",\"0\",\"1\",\"NumberOfItems32\",\
        \"3/3/2026 2:15:00 AM\",\"134169921000000000\",\"2147485649\",\"0\",\"10000000\"\r\n";

    #[test]
    fn one_row_a_counter_and_sample() {
        let (table, contents) = read(SAMPLES);
        assert_eq!(table.0, [r"\\srv\memory\pool nonpaged bytes", r"\\srv\process(app)\handle count"]);
        let values: Vec<Vec<f64>> = table.1.iter().map(|(_, values)| values.clone()).collect();
        assert_eq!(values, [vec![104_857_600.0, 12.5], vec![104_857_700.0]], "a bad status is no value");
        assert_eq!((contents.samples, contents.interval_seconds), (2, Some(300.0)));
        assert_eq!(contents.first.map(|first| first.offset_minutes), Some(-240), "text less ticks");
        assert_eq!(contents.warnings, []);
    }

    #[test]
    fn one_row_a_sample_with_all_readings() {
        let text = "\"Timestamp\",\"Readings\"\n\"03/03/2026 02:10:00\",\"\\\\srv\\memory\\available mbytes :\n2048\n\n\
            \\\\srv\\\\process(a:b)\\handle count :\n7\n\"\n\"13/03/2026 02:10:00\",\"\\\\srv\\memory\\available mbytes :\n2047\n\"\n";
        let (table, contents) = read(text);
        assert_eq!(table.0, [r"\\srv\memory\available mbytes", r"\\srv\process(a:b)\handle count"]);
        assert_eq!(table.1[0].1, [2048.0, 7.0]);
        assert_eq!(contents.interval_seconds, Some(10.0 * 86_400.0), "days first, as the second row tells");
    }

    #[test]
    fn other_tables_are_none() {
        for text in ["", "Timestamp", "Timestamp,Value\n1,2\n", "\"(PDH-CSV 4.0) (X)(0)\",\"\\\\S\\A\\x\"\n"] {
            assert!(GetCounterLog::open(text.as_bytes()).is_none(), "{text}");
        }
    }
}
