//! Rules of time zones, from the tz database.

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDateTime, Timelike};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZoneDatabase};

pub use jiff::tz::TimeZone;

/// The bias at a local time, minutes as Windows counts them: UTC = local + bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalBias {
    /// The time occurs once.
    Once(i32),
    /// The time occurs twice: before the clock is set back, and after.
    Twice(i32, i32),
    /// The time does not occur, because the clock skips it.
    Never,
}

impl LocalBias {
    /// The bias at the first occurrence of the time.
    #[must_use]
    pub fn first(self) -> Option<i32> {
        match self {
            Self::Once(bias) | Self::Twice(bias, _) => Some(bias),
            Self::Never => None,
        }
    }

    /// Whether the time occurs with a bias.
    #[must_use]
    pub fn has(self, bias: i32) -> bool {
        match self {
            Self::Once(only) => only == bias,
            Self::Twice(first, second) => first == bias || second == bias,
            Self::Never => false,
        }
    }
}

/// The bias of a zone at a local time.
#[must_use]
pub fn bias_at(zone: &TimeZone, local: NaiveDateTime) -> LocalBias {
    let Some(local) = civil(local) else { return LocalBias::Never };
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => LocalBias::Once(bias(offset)),
        AmbiguousOffset::Fold { before, after } => LocalBias::Twice(bias(before), bias(after)),
        AmbiguousOffset::Gap { .. } => LocalBias::Never,
    }
}

/// The same time in jiff's type, to the second; `None` after 9999.
fn civil(time: NaiveDateTime) -> Option<DateTime> {
    let part = |value: u32| i8::try_from(value).ok();
    let year = i16::try_from(time.year()).ok()?;
    let (month, day) = (part(time.month())?, part(time.day())?);
    DateTime::new(year, month, day, part(time.hour())?, part(time.minute())?, part(time.second())?, 0).ok()
}

fn bias(offset: Offset) -> i32 {
    -offset.seconds() / 60
}

/// Whether a zone's clock is set between two rows, by this many minutes: positive if it is set back. With a bias, only
/// if that applies before or after: a program that converts a log may write the bias of the day of the conversion.
#[must_use]
pub fn is_set(
    zone: &TimeZone,
    (before, after): (NaiveDateTime, NaiveDateTime),
    minutes: i32,
    recorded: Option<i32>,
) -> bool {
    let Some(old) = bias_at(zone, before).first() else { return false };
    let new = old + minutes;
    let applies = |local: NaiveDateTime, expected: i32| {
        let utc = local.and_utc().timestamp() + i64::from(expected) * 60;
        Timestamp::from_second(utc).is_ok_and(|utc| bias(zone.to_offset(utc)) == expected)
    };
    recorded.is_none_or(|recorded| recorded == old || recorded == new) && applies(before, old) && applies(after, new)
}

/// The database in this program: the one of the system can be missing or of another release.
static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A zone by its name in the tz database.
#[must_use]
pub fn named(name: &str) -> Option<TimeZone> {
    DATABASE.get(name).ok()
}

/// All zones, read when they are first needed.
static ALL: LazyLock<Vec<TimeZone>> =
    LazyLock::new(|| DATABASE.available().filter_map(|name| named(name.as_str())).collect());

/// All zones of the tz database.
#[must_use]
pub fn all() -> &'static [TimeZone] {
    &ALL
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(month: u32, day: u32, hour: u32) -> NaiveDateTime {
        chrono::NaiveDate::from_ymd_opt(2026, month, day).unwrap().and_hms_opt(hour, 0, 0).unwrap()
    }

    #[test]
    fn times_that_occur_once_twice_or_never() {
        let berlin = named("Europe/Berlin").unwrap();
        assert_eq!(bias_at(&berlin, at(1, 15, 12)), LocalBias::Once(-60));
        assert_eq!(bias_at(&berlin, at(10, 25, 2)), LocalBias::Twice(-120, -60));
        assert_eq!(bias_at(&berlin, at(3, 29, 2)), LocalBias::Never);
        let last_day = chrono::NaiveDate::from_ymd_opt(9999, 12, 31).unwrap().and_hms_opt(23, 0, 0).unwrap();
        assert_eq!(bias_at(&berlin, last_day), LocalBias::Once(-60));
        let year_20000 = chrono::NaiveDate::from_ymd_opt(20_000, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
        assert_eq!(bias_at(&berlin, year_20000), LocalBias::Never, "beyond the tz database");
    }

    #[test]
    fn clocks_are_set_on_the_night_of_their_country() {
        let (berlin, tokyo) = (named("Europe/Berlin").unwrap(), named("Asia/Tokyo").unwrap());
        let back = (at(10, 25, 2), at(10, 25, 2));
        assert!(is_set(&berlin, back, 60, Some(-120)));
        assert!(is_set(&berlin, back, 60, Some(-60)));
        assert!(!is_set(&berlin, back, 60, Some(0)));
        assert!(!is_set(&tokyo, back, 60, None));
        assert!(is_set(&berlin, (at(3, 29, 1), at(3, 29, 3)), -60, None));
        assert!(!is_set(&berlin, (at(3, 28, 1), at(3, 28, 3)), -60, None));
        assert!(all().len() > 400);
        assert!(all().iter().any(|zone| is_set(zone, (at(11, 1, 1), at(11, 1, 1)), 60, Some(240))), "America");
    }
}
