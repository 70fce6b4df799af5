//! Dates and times in the formats of other tools, with day and month in either order.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use crate::base::time::Timestamp;

/// A date as printed. If the order of day and month is unknown, other dates of the same source may decide it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmbiguousDate {
    year: i32,
    first: u32,
    second: u32,
    order: Order,
    time: NaiveTime,
    /// Minutes ahead of UTC, if in the text.
    zone: Option<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    MonthDay,
    DayMonth,
    /// `3/4/2026`: either order is possible.
    Open,
}

impl AmbiguousDate {
    /// The time, with an unknown order read as `open`.
    fn read_as(self, open: Order) -> Option<Timestamp> {
        let order = if self.order == Order::Open { open } else { self.order };
        let (month, day) = match order {
            Order::DayMonth => (self.second, self.first),
            Order::MonthDay | Order::Open => (self.first, self.second),
        };
        let local = NaiveDate::from_ymd_opt(self.year, month, day)?.and_time(self.time);
        Some(match self.zone {
            Some(minutes) => Timestamp::Utc(local.checked_sub_signed(TimeDelta::minutes(i64::from(minutes)))?),
            None => Timestamp::Local(local),
        })
    }
}

/// Start and end of a log, UTC.
type Covered = Option<(NaiveDateTime, NaiveDateTime)>;

/// All dates of one source, in the order of day and month in which most of them are valid, within the log and
/// ascending. Also returns whether that was a guess.
#[must_use]
pub fn resolve(printed: &[Option<AmbiguousDate>], covered: Covered) -> (Vec<Option<Timestamp>>, bool) {
    let under =
        |order| -> Vec<Option<Timestamp>> { printed.iter().map(|p| p.and_then(|p| p.read_as(order))).collect() };
    let (american, other) = (under(Order::MonthDay), under(Order::DayMonth));
    if american == other {
        return (american, false);
    }
    let exist = |stamps: &[Option<Timestamp>]| stamps.iter().flatten().count();
    // In any time zone, a day more or less does not matter here.
    let within = |stamps: &[Option<Timestamp>]| {
        let Some((first, last)) = covered else { return 0 };
        let (first, last) = (first - TimeDelta::days(1), last + TimeDelta::days(1));
        stamps.iter().flatten().filter(|s| (first..=last).contains(&s.utc(0))).count()
    };
    // The wrong order jumps from month to month.
    let path = |stamps: &[Option<Timestamp>]| -> i64 {
        let mut utc: Vec<NaiveDateTime> = stamps.iter().flatten().map(|s| s.utc(0)).collect();
        utc.sort_unstable();
        utc.first().zip(utc.last()).map_or(0, |(first, last)| (*last - *first).num_seconds())
    };
    let of = |stamps: &[Option<Timestamp>]| (exist(stamps), within(stamps), std::cmp::Reverse(path(stamps)));
    match of(&american).cmp(&of(&other)) {
        std::cmp::Ordering::Greater => (american, false),
        std::cmp::Ordering::Less => (other, false),
        std::cmp::Ordering::Equal => (american, true),
    }
}

/// A cursor over the bytes of a line.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    /// A group of digits whose length is in a range.
    fn digits(&mut self, lengths: std::ops::RangeInclusive<usize>) -> Option<u32> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if !lengths.contains(&length) {
            return None;
        }
        self.at += length;
        std::str::from_utf8(&rest[..length]).ok()?.parse().ok()
    }

    /// This many digits of a longer group.
    fn exactly(&mut self, count: usize) -> Option<u32> {
        let part = self.bytes.get(self.at..self.at + count).filter(|p| p.iter().all(u8::is_ascii_digit))?;
        self.at += count;
        std::str::from_utf8(part).ok()?.parse().ok()
    }

    fn one_of(&mut self, set: &[u8]) -> Option<u8> {
        let byte = *self.bytes.get(self.at).filter(|b| set.contains(b))?;
        self.at += 1;
        Some(byte)
    }

    fn skip(&mut self, set: &[u8], most: usize) {
        for _ in 0..most {
            if self.one_of(set).is_none() {
                break;
            }
        }
    }

    fn ahead(&self, word: &str) -> bool {
        self.bytes[self.at..].get(..word.len()).is_some_and(|b| b.eq_ignore_ascii_case(word.as_bytes()))
    }
}

/// Valid years of a date.
const YEARS: std::ops::Range<i32> = 1990..2200;
/// Bytes of a line that are searched for a date: lines can be very long.
const LONGEST_LINE: usize = 4096;

/// Whether a date needs a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TimeOfDay {
    Required,
    /// A date without a time means midnight.
    Optional,
}

/// The first date with a time in a line of text.
#[must_use]
pub fn find(text: &str) -> Option<AmbiguousDate> {
    first(text, TimeOfDay::Required)
}

/// The first date in a line of text; without a time it means midnight.
#[must_use]
pub fn find_date(text: &str) -> Option<AmbiguousDate> {
    first(text, TimeOfDay::Optional)
}

fn first(text: &str, needs: TimeOfDay) -> Option<AmbiguousDate> {
    let bytes = &text.as_bytes()[..text.len().min(LONGEST_LINE)];
    let begins = |at: usize| bytes[at].is_ascii_digit() && (at == 0 || !bytes[at - 1].is_ascii_digit());
    let found = (0..bytes.len()).filter(|at| begins(*at)).find_map(|at| date_at(bytes, at, needs));
    found.or_else(|| session_time(text)).or_else(|| long_date(text))
}

/// `Tuesday, March 3, 2026 1:00:00 AM`, the format of `Get-Date` in English.
fn long_date(text: &str) -> Option<AmbiguousDate> {
    let words: Vec<&str> = text.split_whitespace().take(12).collect();
    let name = |word: &str| {
        let begin = word.get(..3).and_then(month)?;
        word.chars().all(char::is_alphabetic).then_some(begin)
    };
    let at = words.windows(3).position(|w| name(w[0]).is_some() && w[1].ends_with(','))?;
    let day = words[at + 1].trim_end_matches(',').parse().ok()?;
    let year: i32 = words[at + 2].parse().ok().filter(|y| YEARS.contains(y))?;
    let rest = words[at + 3..].join(" ");
    let (time, zone) = time_of_day(&mut Cursor { bytes: rest.as_bytes(), at: 0 }, 0)?;
    Some(AmbiguousDate { year, first: name(words[at])?, second: day, order: Order::MonthDay, time, zone })
}

fn date_at(bytes: &[u8], at: usize, needs: TimeOfDay) -> Option<AmbiguousDate> {
    let mut cursor = Cursor { bytes, at };
    let length = bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
    let (year, first, second, order) = match length {
        8 | 12 | 14 => {
            let (year, month, day) = (cursor.exactly(4)?, cursor.exactly(2)?, cursor.exactly(2)?);
            (year, month, day, Order::MonthDay)
        }
        4 => {
            let year = cursor.digits(4..=4)?;
            let separator = cursor.one_of(b"-/._")?;
            let month = cursor.digits(1..=2)?;
            cursor.one_of(&[separator])?;
            (year, month, cursor.digits(1..=2)?, Order::MonthDay)
        }
        1 | 2 => {
            let first = cursor.digits(1..=2)?;
            let separator = cursor.one_of(b"-/.")?;
            cursor.skip(b" ", 1);
            let second = cursor.digits(1..=2)?;
            cursor.one_of(&[separator])?;
            cursor.skip(b" ", 1);
            let year = cursor.digits(2..=4).map(|y| if y < 100 { 2000 + y } else { y })?;
            (year, first, second, if separator == b'.' { Order::DayMonth } else { Order::Open })
        }
        _ => return None,
    };
    let possible = match order {
        Order::MonthDay => (1..=12).contains(&first) && (1..=31).contains(&second),
        _ => (1..=31).contains(&first) && (1..=31).contains(&second) && (first <= 12 || second <= 12),
    };
    let year = i32::try_from(year).ok().filter(|year| possible && YEARS.contains(year))?;
    let midnight = (needs == TimeOfDay::Optional).then_some(NaiveTime::MIN);
    let end = cursor.at;
    let (time, zone) = match time_of_day(&mut cursor, length) {
        Some(found) => found,
        // Versions and addresses continue here.
        None if bytes.get(end).is_some_and(|b| b.is_ascii_digit() || b".-/".contains(b)) => return None,
        None => (midnight?, None),
    };
    let order = match order {
        Order::Open if first > 12 => Order::DayMonth,
        Order::Open if second > 12 => Order::MonthDay,
        order => order,
    };
    Some(AmbiguousDate { year, first, second, order, time, zone })
}

/// `02:10`, `2:10:33.41`, `2:10:33 PM`, `021033`, preceded by blanks, commas or a `T`.
fn time_of_day(cursor: &mut Cursor<'_>, date_digits: usize) -> Option<(NaiveTime, Option<i32>)> {
    cursor.skip(b" ,;\tT_-\"", 4);
    let length = cursor.bytes[cursor.at..].iter().take_while(|b| b.is_ascii_digit()).count();
    let compact = date_digits == 12 || date_digits == 14 || ((length == 4 || length == 6) && date_digits >= 4);
    let (hour, minute, second) = if compact {
        let (hour, minute) = (cursor.exactly(2)?, cursor.exactly(2)?);
        (hour, minute, cursor.exactly(2).unwrap_or(0))
    } else {
        let hour = cursor.digits(1..=2)?;
        let separator = cursor.one_of(b":.-_h")?;
        let minute = cursor.digits(2..=2)?;
        let before = cursor.at;
        let second = cursor.one_of(&[separator]).and_then(|_| cursor.digits(2..=2));
        if second.is_none() {
            cursor.at = before;
        }
        (hour, minute, second.unwrap_or(0))
    };
    let milli = fraction(cursor);
    // Since 2023, Windows puts a narrow space of three bytes before the letters.
    cursor.skip(b" \xC2\xA0\xE2\x80\xAF", 3);
    let afternoon = ["PM", "P.M.", "p. m."].iter().any(|w| cursor.ahead(w));
    let morning = ["AM", "A.M.", "a. m."].iter().any(|w| cursor.ahead(w));
    let hour = match (hour, morning, afternoon) {
        (12, true, _) => 0,
        (1..=11, _, true) => hour + 12,
        _ => hour,
    };
    let time = NaiveTime::from_hms_milli_opt(hour, minute, second, milli)?;
    Some((time, zone(cursor)))
}

/// Milliseconds of `.41` or `,4100000`.
fn fraction(cursor: &mut Cursor<'_>) -> u32 {
    let before = cursor.at;
    if cursor.one_of(b".,").is_none() {
        return 0;
    }
    let digits = cursor.bytes[cursor.at..].iter().take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 {
        cursor.at = before;
        return 0;
    }
    let milli = (0..3).map(|i| if i < digits { u32::from(cursor.bytes[cursor.at + i] - b'0') } else { 0 });
    let milli = milli.fold(0, |sum, digit| sum * 10 + digit);
    cursor.at += digits;
    milli
}

/// `Z`, `+01:00`, `(UTC + 1:00)`.
fn zone(cursor: &mut Cursor<'_>) -> Option<i32> {
    if cursor.one_of(b"Z").is_some() {
        return Some(0);
    }
    cursor.skip(b" ", 1);
    if cursor.ahead("(UTC") {
        cursor.at += 4;
        cursor.skip(b" ", 2);
    }
    let sign = match cursor.one_of(b"+-")? {
        b'-' => -1,
        _ => 1,
    };
    cursor.skip(b" ", 2);
    let hours = cursor.digits(1..=2)?;
    cursor.one_of(b":")?;
    let minutes = cursor.digits(2..=2)?;
    (hours < 15 && minutes < 60).then(|| sign * i32::try_from(hours * 60 + minutes).unwrap_or(0))
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// `Tue Mar  3 02:10:33.123 2026 (UTC + 1:00)`, the debugger's format.
fn session_time(text: &str) -> Option<AmbiguousDate> {
    let words: Vec<&str> = text.split_whitespace().take(24).collect();
    let at = words.windows(4).position(|w| month(w[0]).is_some() && w[2].contains(':'))?;
    let (month, day) = (month(words[at])?, words[at + 1].parse().ok()?);
    let year: i32 = words[at + 3].parse().ok().filter(|y| YEARS.contains(y))?;
    let mut cursor = Cursor { bytes: words[at + 2].as_bytes(), at: 0 };
    let (time, _) = time_of_day(&mut cursor, 0)?;
    let rest = words[at + 4..].join(" ");
    let zone = zone(&mut Cursor { bytes: rest.as_bytes(), at: 0 });
    Some(AmbiguousDate { year, first: month, second: day, order: Order::MonthDay, time, zone })
}

fn month(word: &str) -> Option<u32> {
    let found = MONTHS.iter().position(|m| word.eq_ignore_ascii_case(m))?;
    u32::try_from(found + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Option<String> {
        let (stamps, _) = resolve(&[find_date(text)], None);
        stamps[0].map(|s| match s {
            Timestamp::Utc(t) => t.format("%F %T%.3fZ").to_string(),
            Timestamp::Local(t) => t.format("%F %T%.3f").to_string(),
        })
    }

    #[test]
    fn dates_as_tools_print_them() {
        for (text, expected) in [
            ("poolmon_20260303_0210.txt", "2026-03-03 02:10:00.000"),
            ("poolmon-2026-03-03T02-10-33.log", "2026-03-03 02:10:33.000"),
            ("pool20260303021033.txt", "2026-03-03 02:10:33.000"),
            ("Tue 03/13/2026  2:10:33.41", "2026-03-13 02:10:33.410"),
            ("3/3/2026 2:10:33 PM", "2026-03-03 14:10:33.000"),
            ("12/31/2026 12:05:00\u{202f}AM", "2026-12-31 00:05:00.000"),
            ("31.12.2026 23:05", "2026-12-31 23:05:00.000"),
            ("at 2026-03-03 02:10:33,5 taken", "2026-03-03 02:10:33.500"),
            ("2023-12-27T11:17:15.5785479Z", "2023-12-27 11:17:15.578Z"),
            ("2026-03-03T02:10:33+01:00", "2026-03-03 01:10:33.000Z"),
            ("Debug session time: Tue Mar  3 02:10:33.123 2026 (UTC + 1:00)", "2026-03-03 01:10:33.123Z"),
            ("Tuesday, March 3, 2026 1:00:00 PM", "2026-03-03 13:00:00.000"),
            ("snapshot of 2026-03-03", "2026-03-03 00:00:00.000"),
        ] {
            assert_eq!(one(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["Memory:16468560K Avail:12072536K", "10.0.19041.1", "", "13/13/2026 10:00", "1 2 3", "99999999"] {
            assert_eq!(one(text), None, "{text}");
        }
    }

    #[test]
    fn others_tell_the_order_of_day_and_month() {
        let hours = |texts: &[&str]| {
            let printed: Vec<_> = texts.iter().map(|t| find(t)).collect();
            let (stamps, guessed) = resolve(&printed, None);
            (stamps.iter().flatten().map(|s| s.utc(0).format("%F").to_string()).collect::<Vec<_>>(), guessed)
        };
        let (days, guessed) = hours(&["11/03/2026 10:00", "12/03/2026 10:00", "13/03/2026 10:00"]);
        assert_eq!((days[0].as_str(), guessed), ("2026-03-11", false));
        let (days, guessed) = hours(&["04/03/2026 10:00", "05/03/2026 10:00"]);
        assert_eq!((days[0].as_str(), guessed), ("2026-03-04", false), "days follow each other, not months");
        let (days, guessed) = hours(&["04/03/2026 10:00"]);
        assert_eq!((days[0].as_str(), guessed), ("2026-04-03", true));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_safe(text in "[0-9:/. TZapm+()-]{0,60}|\\PC{0,60}") {
            let _ = resolve(&[find_date(&text)], None);
        }
    }
}
