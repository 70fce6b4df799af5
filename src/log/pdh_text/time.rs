//! Sample times in PDH text.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use chrono::{NaiveDate, NaiveTime};

use crate::base::time::{FileTime, TICKS_PER_SECOND};

/// The order of day and month, if both are below 13.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Month first, as Windows writes in every language.
    #[default]
    MonthFirst,
    /// Day first, as spreadsheets of many countries write.
    DayFirst,
}

/// Steps between samples that show that day and month are swapped: logs do not pause for weeks at every change of day.
const WEEKS: i64 = 20 * 86_400 * TICKS_PER_SECOND;
const DAYS: i64 = 3 * 86_400 * TICKS_PER_SECOND;

/// The order of a file's dates: days first if some dates are valid only so and none only otherwise, or if months first
/// would cause gaps of weeks in a steady log.
#[must_use]
pub fn order_of(cells: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Order {
    let mut day_first = false;
    let mut last: Option<(FileTime, FileTime)> = None;
    let (mut month_step, mut day_step) = (0, 0);
    for cell in cells {
        match (parse(cell.as_ref(), Order::MonthFirst), parse(cell.as_ref(), Order::DayFirst)) {
            (Some(_), None) => return Order::MonthFirst,
            (None, Some(_)) => day_first = true,
            // Windows writes months first in every language.
            (Some(_), Some(_)) if is_windows_form(cell.as_ref()) => {}
            (Some(month), Some(day)) => {
                if let Some((last_month, last_day)) = last.replace((month, day)) {
                    month_step = month_step.max(month.0.saturating_sub(last_month.0).saturating_abs());
                    day_step = day_step.max(day.0.saturating_sub(last_day.0).saturating_abs());
                }
            }
            (None, None) => {}
        }
    }
    if day_first || (month_step >= WEEKS && day_step <= DAYS) { Order::DayFirst } else { Order::MonthFirst }
}

/// Whether a time has the format of Windows, with a point and three digits, which spreadsheets do not use.
fn is_windows_form(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    cell.len() == 23 && cell[19] == b'.'
}

/// Parses `MM/DD/YYYY HH:MM:SS.mmm`, Windows' form in every language, and what spreadsheets and PowerShell make of it
/// in the form of a country: days before months, years of two digits, points between hours, minutes and seconds, marks
/// such as AM, `p. m.` or `上午` before or behind the clock.
#[must_use]
pub fn parse(cell: &[u8], order: Order) -> Option<FileTime> {
    let cell = cell.trim_ascii();
    if cell.len() == 23
        && let Some(time) = windows_form(cell, order)
    {
        return Some(time);
    }
    let mut text = Text(std::str::from_utf8(cell).ok().filter(|text| text.len() <= LONGEST)?);
    let date = text.date(order)?;
    text.skip_year_mark();
    let clock = text.clock()?;
    text.0.is_empty().then(|| FileTime::from_naive(date.and_time(clock)))?
}

/// Whether a cell has a date and nothing else; its time is then in the next column.
pub fn is_date(cell: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(cell.trim_ascii()) else { return false };
    let mut text = Text(text);
    let is_date = text.date(Order::MonthFirst).is_some() || Text(text.0).date(Order::DayFirst).is_some();
    text.skip_year_mark();
    is_date && text.0.is_empty()
}

/// Whether a cell has a time of day and nothing else.
pub fn is_clock(cell: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(cell.trim_ascii()) else { return false };
    let mut text = Text(text);
    text.clock().is_some() && text.0.is_empty()
}

/// Whether a cell is what spreadsheets display of a time of Windows: minutes, seconds and a tenth, `10:15.0`.
pub fn is_minutes_and_seconds(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    let is_like = |byte: &u8, form: u8| match form {
        b'5' => (b'0'..=b'5').contains(byte),
        b'9' => byte.is_ascii_digit(),
        b'.' => matches!(byte, b'.' | b','),
        form => *byte == form,
    };
    let form = b"59:59.9";
    cell.len() == form.len() && cell.iter().zip(form).all(|(byte, form)| is_like(byte, *form))
}

/// Bytes that no written time comes near.
const LONGEST: usize = 100;

/// `MM/DD/YYYY HH:MM:SS.mmm`: the form of nearly every row, read without any search.
fn windows_form(cell: &[u8], order: Order) -> Option<FileTime> {
    let at = |place: usize, sign: u8| cell.get(place) == Some(&sign);
    if !(at(2, b'/') && at(5, b'/') && at(10, b' ') && at(13, b':') && at(16, b':') && at(19, b'.')) {
        return None;
    }
    let number = |from: usize, to: usize| {
        cell.get(from..to)?.iter().try_fold(0_u32, |number, byte| {
            let digit = byte.wrapping_sub(b'0');
            (digit < 10).then(|| number * 10 + u32::from(digit))
        })
    };
    let (first, second) = (number(0, 2)?, number(3, 5)?);
    let (month, day) = if order == Order::DayFirst { (second, first) } else { (first, second) };
    let date = date_of(i32::try_from(number(6, 10)?).ok()?, month, day)?;
    let time = date.and_hms_milli_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?, number(20, 23)?)?;
    FileTime::from_naive(time)
}

/// Marks of the halves of a day in the cultures of Windows, without dots and blanks, in small letters. From the
/// culture data of .NET Framework and CLDR.
const DAY_MARKS: &str = include_str!("day_marks.tsv");

/// By mark: the hours to add to a clock of twelve hours.
static HALVES: LazyLock<HashMap<&'static str, u32>> = LazyLock::new(|| {
    let row = |line: &'static str| {
        let mut cells = line.split('\t');
        let half = if cells.next()? == "am" { 0 } else { 12 };
        Some((cells.next()?, half))
    };
    DAY_MARKS.lines().skip(1).filter_map(row).collect()
});

/// What is left of a text.
struct Text<'t>(&'t str);

/// Years that text logs can have: the first of FILETIME, and the last with four digits.
pub const YEARS: RangeInclusive<i32> = 1601..=9999;

/// A date that a text log can have.
fn date_of(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day).filter(|_| YEARS.contains(&year))
}

/// Blanks that cultures put into times, visible or not.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200E}' | '\u{200F}' | '\u{FEFF}')
}

impl Text<'_> {
    fn skip_blanks(&mut self) {
        self.0 = self.0.trim_start_matches(is_blank);
    }

    /// The next digits: their value and how many they are.
    fn number(&mut self) -> Option<(u32, usize)> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.0.split_at_checked(digits)?;
        let number = number.parse().ok()?;
        self.0 = rest;
        Some((number, digits))
    }

    /// The next character, if it is one of these.
    fn sign(&mut self, signs: &[char]) -> Option<char> {
        let sign = self.0.chars().next().filter(|c| signs.contains(c))?;
        self.0 = &self.0[sign.len_utf8()..];
        Some(sign)
    }

    /// A date, with the point that some cultures put behind it.
    fn date(&mut self, order: Order) -> Option<NaiveDate> {
        let (mut numbers, mut separator) = ([(0, 0); 3], ' ');
        for (place, number) in numbers.iter_mut().enumerate() {
            if place > 0 {
                self.skip_blanks();
                let sign = self.sign(&['/', '-', '.'])?;
                if place > 1 && sign != separator {
                    return None;
                }
                separator = sign;
                self.skip_blanks();
            }
            *number = self.number()?;
        }
        if separator == '.' {
            let _ = self.sign(&['.']);
        }
        let [(a, digits), (b, _), (c, year_digits)] = numbers;
        if digits == 4 {
            return date_of(i32::try_from(a).ok()?, b, c);
        }
        let (month, day) = match order {
            // Nobody writes dates with points and the month first.
            _ if separator == '.' => (b, a),
            Order::MonthFirst => (a, b),
            Order::DayFirst => (b, a),
        };
        let year = i32::try_from(c).ok()?.checked_add(if year_digits == 2 { CENTURY } else { 0 })?;
        date_of(year, month, day)
    }

    /// Bulgarian writes "year" behind a date.
    fn skip_year_mark(&mut self) {
        self.skip_blanks();
        if let Some(rest) = self.0.strip_prefix("г.") {
            self.0 = rest;
        }
        if let Some(rest) = self.0.strip_prefix('T') {
            self.0 = rest;
        }
        self.skip_blanks();
    }

    /// A time of day, with a mark of its half before or behind it.
    fn clock(&mut self) -> Option<NaiveTime> {
        self.skip_blanks();
        let before = self.half()?;
        let (hour, _) = self.number()?;
        let separator = self.sign(&[':', '.'])?;
        let (minute, _) = self.number()?;
        let (mut second, mut milli) = (0, 0);
        if self.sign(&[separator]).is_some() {
            (second, _) = self.number()?;
            if self.sign(&['.', ',']).is_some() {
                milli = self.thousandths()?;
            }
        }
        self.skip_blanks();
        let hour = match (before, self.half()?, hour) {
            (None, None, hour) => hour,
            (Some(half), None, 0..=12) | (None, Some(half), 0..=12) => hour % 12 + half,
            _ => return None,
        };
        NaiveTime::from_hms_milli_opt(hour, minute, second, milli)
    }

    fn thousandths(&mut self) -> Option<u32> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (fraction, rest) = self.0.split_at_checked(digits).filter(|(digits, _)| !digits.is_empty())?;
        self.0 = rest;
        Some(fraction.bytes().chain(*b"000").take(3).fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
    }

    /// The hours to add for a mark of half a day; `Some(None)` where there is none, `None` for another word.
    #[allow(clippy::option_option, reason = "no mark and a wrong mark differ")]
    fn half(&mut self) -> Option<Option<u32>> {
        let end = self.0.find(|c: char| c.is_ascii_digit()).unwrap_or(self.0.len());
        let (mark, rest) = self.0.split_at(end);
        let mark: String = mark.chars().filter(|c| !is_blank(*c) && *c != '.').flat_map(char::to_lowercase).collect();
        let half = match &*mark {
            "" if end == 0 => return Some(None),
            "ч" => None,
            mark => Some(*HALVES.get(mark)?),
        };
        self.0 = rest;
        Some(half)
    }
}

/// Of years with two digits: no log is older.
const CENTURY: i32 = 2000;

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        parse(text.as_bytes(), order_of([text.as_bytes()]))
            .and_then(FileTime::to_naive)
            .map(|t| t.format("%Y-%m-%d %H:%M:%S%.3f").to_string())
    }

    #[test]
    fn forms() {
        for (text, expected) in [
            ("12/30/2017 20:56:31.865", "2017-12-30 20:56:31.865"),
            (" 09/19/2022 22:44:33,823 ", "2022-09-19 22:44:33.823"),
            ("12/30/2017 20:56", "2017-12-30 20:56:00.000"),
            ("30/12/2017 20:56:01", "2017-12-30 20:56:01.000"),
            ("12/30/2017 8:56:01 PM", "2017-12-30 20:56:01.000"),
            ("12/30/2017 12:00 AM", "2017-12-30 00:00:00.000"),
            ("2017-12-30 20:56:01.5", "2017-12-30 20:56:01.500"),
            ("12/30/17 20:56", "2017-12-30 20:56:00.000"),
            ("3/14/2026 2:10:00\u{202F}PM", "2026-03-14 14:10:00.000"),
            ("2026-03-14 오전 12:10:00", "2026-03-14 00:10:00.000"),
            ("2026. 3. 14. 오후 2:10:00", "2026-03-14 14:10:00.000"),
            ("2026/3/14 上午 08:00:00", "2026-03-14 08:00:00.000"),
            ("2026/3/14 下午2:10:00", "2026-03-14 14:10:00.000"),
            ("14/03/2026 02:10:00 p. m.", "2026-03-14 14:10:00.000"),
            ("14/03/2026 02:10:00\u{A0}a.\u{202F}m.", "2026-03-14 02:10:00.000"),
            ("14.3.2026 8.05.09", "2026-03-14 08:05:09.000"),
            ("14.3.2026 8.05", "2026-03-14 08:05:00.000"),
            ("2026. 03. 14. 8:05:09", "2026-03-14 08:05:09.000"),
            ("14.3.2026 г. 8:05:09 ч.", "2026-03-14 08:05:09.000"),
            ("14/3/2026 2:10:00 μμ", "2026-03-14 14:10:00.000"),
            ("2026-03-14T02:10:00.1234567", "2026-03-14 02:10:00.123"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "x",
            "1/2 3:4",
            "13/13/2020 1:1",
            "12/30/2017 25:00",
            "12/30/2017 +1:00",
            "12/30/2017 1:2:3:4",
            "12/30/2017 13:00 PM",
            "12/30/2017 1:00 XM",
            "12/30/2017 1:00 AM PM",
            "12/30/2017 1:00:",
            "00:15.0",
            "12/30-2017 1:00",
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
    }

    #[test]
    fn parts_of_times() {
        assert!(is_date(b"03/14/2026") && is_date(b"14.3.2026") && !is_date(b"3/14/2026 1:00") && !is_date(b"0"));
        assert!(is_clock(b"08:00:00") && is_clock(b"8:00 PM") && !is_clock(b"8") && !is_clock(b"00:15.0x"));
        assert!(is_minutes_and_seconds(b"59:45.0") && is_minutes_and_seconds(b"00:15,3"));
        assert!(!is_minutes_and_seconds(b"8:00:00") && !is_minutes_and_seconds(b"61:00.0"));
    }

    proptest::proptest! {
        #[test]
        fn the_quick_way_reads_the_same(text in "[0-3][0-9]/[0-3][0-9]/20[0-9]{2} [0-2][0-9]:[0-6][0-9]:[0-6][0-9].[0-9]{3}") {
            for order in [Order::MonthFirst, Order::DayFirst] {
                // Another fraction is another length, which is read the long way.
                proptest::prop_assert_eq!(parse(text.as_bytes(), order), parse(format!("{text}0").as_bytes(), order));
            }
        }

        #[test]
        fn never_panics(text in "[0-9/:. -]{0,20}|\\PC{0,30}") {
            let _ = (parse(text.as_bytes(), Order::DayFirst), is_date(text.as_bytes()), is_clock(text.as_bytes()));
        }
    }

    #[test]
    fn one_date_tells_the_order_of_all() {
        let cells: [&[u8]; 3] = [b"09/03/2026 00:00", b" 13/03/2026 00:00", b"24 rows"];
        assert_eq!(order_of([cells[2], cells[0]]), Order::MonthFirst, "a stray row is no date");
        assert_eq!((order_of(cells), order_of([cells[0]])), (Order::DayFirst, Order::MonthFirst));
        let hourly: Vec<String> = (0..8 * 24).map(|h| format!("{:02}/03/2026 {:02}:00", 1 + h / 24, h % 24)).collect();
        assert_eq!(order_of(&hourly), Order::DayFirst, "steady only so");
        let daily: Vec<String> = (1..9).map(|month| format!("{month:02}/03/2026 00:00")).collect();
        assert_eq!(order_of(&daily), Order::DayFirst);
        let monthly = ["03/03/2026 00:00:00.000", "04/03/2026 00:00:00.000"];
        assert_eq!(order_of(monthly), Order::MonthFirst, "Windows' own form");
        let steady: Vec<String> = (0..8 * 24).map(|h| format!("03/{:02}/2026 {:02}:00", 1 + h / 24, h % 24)).collect();
        assert_eq!(order_of(&steady), Order::MonthFirst);
    }
}
