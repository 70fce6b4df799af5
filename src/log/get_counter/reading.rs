//! The samples of an export of Get-Counter while they are put together.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::base::grouping::{self, Style};
use crate::base::time::{ClockZone, FileTime, TICKS_PER_SECOND, ZonedTime};
use crate::counters::CounterPath;
use crate::counters::known::{self, Name, WindowsLanguage};
use crate::log::error::{LogErrorKind, TimeColumn, WithoutSamples};
use crate::log::pdh_text;
use crate::log::pdh_text::number::{self, Number};
use crate::log::select::{Picker, Query, Values};
use crate::log::sink::{Cell, Column, ColumnId, Contents, Sink, TimeLine};
use crate::log::warning::LogWarning;

/// Readings of one set lie closer together than this: no collector samples faster than once a second.
const SAME_SAMPLE: i64 = TICKS_PER_SECOND / 2;

/// The time of a row, and whether its zone is known. The text is of the machine's clock and the ticks are UTC, so that
/// their difference is the zone's. Where they are days apart, the ticks are not a time.
pub fn moment(local: Option<FileTime>, ticks: Option<FileTime>) -> Option<(ZonedTime, bool)> {
    let plain = |utc| ZonedTime { utc, offset_minutes: 0 };
    let (Some(local), Some(utc)) = (local, ticks) else {
        return Some((plain(ticks.or(local)?), ticks.is_some()));
    };
    // Zones are a whole number of quarters of an hour from UTC; the text has no parts of seconds.
    let quarters = (local.seconds_since(utc) / 900.0).round();
    if quarters.abs() > 56.0 {
        return Some((plain(local), false));
    }
    #[allow(clippy::cast_possible_truncation, reason = "checked to be in range")]
    let offset_minutes = 15 * quarters as i16;
    Some((ZonedTime { utc, offset_minutes }, true))
}

/// With `-ComputerName` older versions double the backslash behind the machine: `\\srv\\memory\\…`.
fn single_backslash(path: &str) -> Cow<'_, str> {
    match path.get(2..).and_then(|rest| rest.find(r"\\")) {
        Some(at) if path.starts_with(r"\\") && !path[2..2 + at].contains('\\') => {
            Cow::Owned(path[..2 + at].to_owned() + &path[3 + at..])
        }
        _ => Cow::Borrowed(path),
    }
}

/// Bytes that no counter path comes near.
const LONGEST_PATH: usize = 4096;

/// A path and its next line. At the end of a line a blank is lost, which the names of known counters show.
fn continued(path: &str, line: &str) -> String {
    let joined = path.to_owned() + line;
    let spaced = format!("{path} {line}");
    let is_known = |text: &str| {
        let path = CounterPath::parse(text);
        path.is_some_and(|path| known::find(Name::text(&path.object), Name::text(&path.counter)).is_some())
    };
    if !path.is_empty() && !is_known(&joined) && is_known(&spaced) { spaced } else { joined }
}

/// The samples while they are put together.
pub struct Reading<'r> {
    query: &'r Query<'r>,
    sink: &'r mut dyn Sink,
    picker: Picker,
    contents: Contents,
    line: TimeLine,
    /// By path as written: its column, if it is wanted.
    columns: HashMap<String, Option<ColumnId>>,
    wanted: usize,
    /// Whether the rows say how far the machine's clock is from UTC.
    pub zone_known: bool,
    time: Option<ZonedTime>,
    cells: Vec<Cell>,
    timeless: u64,
    /// The first time that could not be read.
    unreadable: Option<String>,
    no_path: u64,
    no_number: u64,
    /// Whether the text ends within a reading or is damaged.
    pub is_cut: bool,
}

impl<'r> Reading<'r> {
    /// Nothing yet.
    pub fn new(query: &'r Query<'r>, sink: &'r mut dyn Sink) -> Self {
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
            is_cut: false,
        }
    }

    /// What follows is of this time.
    pub fn at(&mut self, time: ZonedTime) {
        if self.time.is_some_and(|last| last.utc.0.saturating_sub(time.utc.0).saturating_abs() >= SAME_SAMPLE) {
            self.end_sample();
        }
        self.time.get_or_insert(time);
    }

    /// Notes a reading whose time cannot be read.
    pub fn timeless(&mut self, cell: &[u8]) {
        self.timeless += 1;
        self.unreadable.get_or_insert_with(|| pdh_text::shorten(&String::from_utf8_lossy(cell)));
    }

    /// Takes a value of a counter.
    pub fn take(&mut self, text: &str, value: &[u8]) {
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
        let number = match number::parse_cell(value) {
            // PowerShell writes the decimal mark of its culture, and no groups of digits.
            Number::None => match grouping::parse(value, Style::DECIMAL) {
                Some(reading) => Number::Value(reading.value),
                None => Number::None,
            },
            number => number,
        };
        match (number, column) {
            (Number::Value(value), Some(column)) if self.query.values != Values::None => {
                self.cells.push(Cell { column, value });
            }
            (Number::None, _) => self.no_number += 1,
            _ => {}
        }
    }

    /// Takes the readings of a set as one text: a path and a colon, then the value on a separate line. A path that
    /// the screen was too narrow for goes on in the next line.
    pub fn take_text<'t>(&mut self, lines: impl Iterator<Item = &'t str>) {
        let mut path = String::new();
        let mut is_whole = false;
        for line in lines.map(str::trim).filter(|line| !line.is_empty()) {
            if is_whole && !line.starts_with(r"\\") {
                self.take(&path, line.as_bytes());
                path.clear();
                is_whole = false;
                continue;
            }
            if is_whole || line.starts_with(r"\\") {
                path.clear();
            }
            if path.len() > LONGEST_PATH {
                continue;
            }
            let part = line.strip_suffix(':');
            path = continued(&path, part.unwrap_or(line).trim_end());
            is_whole = part.is_some();
        }
    }

    fn column(&mut self, path: CounterPath) -> Option<ColumnId> {
        let language = WindowsLanguage::EnglishOrUnknown;
        let (is_wanted, id) = self.contents.add_counter(&path, language, self.query.selection);
        if !is_wanted {
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

    /// What was found.
    ///
    /// # Errors
    /// When there is not one reading.
    pub fn finish(mut self) -> Result<Contents, LogErrorKind> {
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
        if self.is_cut {
            contents.warnings.push(LogWarning::FileCutOff);
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

/// A time in ISO 8601, as CLIXML and PowerShell 7 write it: with its distance from UTC, or of a clock that is not known.
/// Says whether the distance is known.
pub fn iso_time(text: &str) -> Option<(ZonedTime, bool)> {
    let text = text.trim();
    let parsed = |text: &str| pdh_text::parse_time(text.as_bytes(), pdh_text::Order::default());
    if let Some(utc) = text.strip_suffix('Z') {
        return Some((ZonedTime { utc: parsed(utc)?, offset_minutes: 0 }, true));
    }
    let clock = text.find('T').unwrap_or(text.len());
    let Some(sign) = text[clock..].find(['+', '-']).map(|at| clock + at) else {
        return Some((ZonedTime { utc: parsed(text)?, offset_minutes: 0 }, false));
    };
    let (hours, minutes) = text[sign + 1..].split_once(':')?;
    let minutes: i32 = hours.parse::<u8>().map(i32::from).ok()? * 60 + i32::from(minutes.parse::<u8>().ok()?);
    let offset = if text[sign..].starts_with('-') { -minutes } else { minutes };
    let offset_minutes = i16::try_from(offset).ok().filter(|offset| offset.abs() <= 14 * 60)?;
    Some((ZonedTime { utc: parsed(&text[..sign])?.plus_minutes(-offset), offset_minutes }, true))
}

/// A time as Windows PowerShell writes it into JSON: `/Date(1772438400000)/`, milliseconds since 1970 UTC.
pub fn json_time(text: &str) -> Option<(ZonedTime, bool)> {
    let digits = text.trim().strip_prefix("/Date(")?.split([')', '+']).next()?;
    let time = chrono::DateTime::from_timestamp_millis(digits.parse().ok()?)?;
    Some((ZonedTime { utc: FileTime::from_naive(time.naive_utc())?, offset_minutes: 0 }, true))
}
