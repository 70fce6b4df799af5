//! Sample times in PDH text.

use chrono::NaiveDate;

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

/// Parses `MM/DD/YYYY HH:MM:SS.mmm`, the format of Windows in every language, and its variants from spreadsheets: a
/// comma before the milliseconds, no milliseconds, no seconds, AM and PM, `YYYY-MM-DD`, days before months.
#[must_use]
pub fn parse(cell: &[u8], order: Order) -> Option<FileTime> {
    let text = std::str::from_utf8(cell).ok()?.trim();
    let (date, clock) = text.split_once([' ', 'T'])?;
    let date = parse_date(date, order)?;
    let (clock, noon) = match clock.trim().rsplit_once(' ') {
        Some((clock, half)) if half.eq_ignore_ascii_case("AM") => (clock, Some(false)),
        Some((clock, half)) if half.eq_ignore_ascii_case("PM") => (clock, Some(true)),
        _ => (clock.trim(), None),
    };
    let mut fields = clock.split(':');
    let hour = match (number(fields.next()?)?, noon) {
        (hour, None) => hour,
        (hour @ 1..=12, Some(afternoon)) => hour % 12 + if afternoon { 12 } else { 0 },
        _ => return None,
    };
    let minute = number(fields.next()?)?;
    let (second, milli) = match fields.next() {
        None => (0, 0),
        Some(seconds) => match seconds.split_once(['.', ',']) {
            None => (number(seconds)?, 0),
            Some((seconds, fraction)) => {
                let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
                (number(seconds)?, number(&digits)?)
            }
        },
    };
    if fields.next().is_some() {
        return None;
    }
    FileTime::from_naive(date.and_hms_milli_opt(hour, minute, second, milli)?)
}

fn parse_date(text: &str, order: Order) -> Option<NaiveDate> {
    let fields: Vec<&str> = text.split(['/', '-', '.']).collect();
    let [a, b, c] = fields[..] else { return None };
    if a.len() == 4 {
        return NaiveDate::from_ymd_opt(i32::try_from(number(a)?).ok()?, number(b)?, number(c)?);
    }
    let year = i32::try_from(number(c)?).ok()?;
    let (month, day) = match order {
        // Dates with points never have the month first.
        _ if text.contains('.') => (number(b)?, number(a)?),
        Order::MonthFirst => (number(a)?, number(b)?),
        Order::DayFirst => (number(b)?, number(a)?),
    };
    NaiveDate::from_ymd_opt(year, month, day)
}

fn number(text: &str) -> Option<u32> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

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
        ] {
            assert_eq!(shown(text), None, "{text}");
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
