//! Sample times in PDH text.

use chrono::NaiveDate;

use crate::log::moment::FileTime;

/// Parses `MM/DD/YYYY HH:MM:SS.mmm`, Windows' form in every language, and what spreadsheets make of
/// it: a comma before the milliseconds, no milliseconds, no seconds, `YYYY-MM-DD`.
#[must_use]
pub fn parse(cell: &[u8]) -> Option<FileTime> {
    let text = std::str::from_utf8(cell).ok()?.trim();
    let (date, clock) = text.split_once([' ', 'T'])?;
    let date = parse_date(date)?;
    let mut fields = clock.trim().split(':');
    let hour = number(fields.next()?)?;
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

fn parse_date(text: &str) -> Option<NaiveDate> {
    let fields: Vec<&str> = text.split(['/', '-', '.']).collect();
    let [a, b, c] = fields[..] else { return None };
    if a.len() == 4 {
        return NaiveDate::from_ymd_opt(i32::try_from(number(a)?).ok()?, number(b)?, number(c)?);
    }
    let year = i32::try_from(number(c)?).ok()?;
    // A first field above 12 is a day: a spreadsheet has turned the date around.
    let (month, day) = (number(a)?, number(b)?);
    NaiveDate::from_ymd_opt(year, month, day).or_else(|| NaiveDate::from_ymd_opt(year, day, month))
}

fn number(text: &str) -> Option<u32> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        parse(text.as_bytes()).and_then(FileTime::to_naive).map(|t| t.format("%Y-%m-%d %H:%M:%S%.3f").to_string())
    }

    #[test]
    fn forms() {
        for (text, expected) in [
            ("12/30/2017 20:56:31.865", "2017-12-30 20:56:31.865"),
            (" 09/19/2022 22:44:33,823 ", "2022-09-19 22:44:33.823"),
            ("12/30/2017 20:56", "2017-12-30 20:56:00.000"),
            ("30/12/2017 20:56:01", "2017-12-30 20:56:01.000"),
            ("2017-12-30 20:56:01.5", "2017-12-30 20:56:01.500"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "x", "1/2 3:4", "13/13/2020 1:1", "12/30/2017 25:00", "12/30/2017 +1:00", "12/30/2017 1:2:3:4"]
        {
            assert_eq!(shown(text), None, "{text}");
        }
    }
}
