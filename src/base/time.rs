//! Times in Windows formats: UTC, or on the clock of the logging machine.

use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta};

/// Number of 100 ns units in a second.
pub const TICKS_PER_SECOND: i64 = 10_000_000;
const TICKS_PER_MINUTE: i64 = 60 * TICKS_PER_SECOND;
/// Seconds from 1601-01-01, the start of FILETIME, to 1970-01-01.
pub const UNIX_EPOCH_SECONDS: i64 = 11_644_473_600;

/// A Windows FILETIME: 100 ns units since 1601-01-01. UTC or local, depending on the field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileTime(pub i64);

impl FileTime {
    /// The date and time; `None` before 1601 and after the last valid date.
    #[must_use]
    pub fn to_naive(self) -> Option<NaiveDateTime> {
        if self.0 < 0 {
            return None;
        }
        let seconds = self.0 / TICKS_PER_SECOND - UNIX_EPOCH_SECONDS;
        let nanos = u32::try_from(self.0 % TICKS_PER_SECOND * 100).ok()?;
        DateTime::from_timestamp(seconds, nanos).map(|t| t.naive_utc())
    }

    /// The FILETIME of a date and time; `None` before 1601.
    #[must_use]
    pub fn from_naive(time: NaiveDateTime) -> Option<Self> {
        let utc = time.and_utc();
        let ticks = utc.timestamp().checked_add(UNIX_EPOCH_SECONDS)?.checked_mul(TICKS_PER_SECOND)?;
        let ticks = ticks.checked_add(i64::from(utc.timestamp_subsec_nanos() / 100))?;
        (ticks >= 0).then_some(Self(ticks))
    }

    /// Seconds from `earlier` to `self`.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> f64 {
        self.0.saturating_sub(earlier.0) as f64 / TICKS_PER_SECOND as f64
    }

    /// Hours from `earlier` to `self`.
    #[must_use]
    pub fn hours_since(self, earlier: Self) -> f64 {
        self.seconds_since(earlier) / 3600.0
    }

    /// Adds hours, limited to the valid range.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "`as` saturates")]
    pub fn plus_hours(self, hours: f64) -> Self {
        let ticks = hours * 3600.0 * TICKS_PER_SECOND as f64;
        Self(self.0.saturating_add(ticks.round() as i64))
    }

    /// Adds whole minutes, limited to the valid range.
    #[must_use]
    pub fn plus_minutes(self, minutes: i32) -> Self {
        Self(self.0.saturating_add(i64::from(minutes) * TICKS_PER_MINUTE))
    }
}

/// Whether the offset of a machine's clock from UTC is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClockZone {
    /// The time zone was recorded with the times.
    #[default]
    Recorded,
    /// The zone is unknown: local times count as UTC and must be written without a zone.
    Unknown,
}

impl ClockZone {
    /// The combination of several sources of one machine's times: unknown if any of them is.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self == Self::Unknown { self } else { other }
    }
}

/// A UTC time with the offset of the logging machine's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ZonedTime {
    /// Time in UTC.
    pub utc: FileTime,
    /// Minutes by which the machine's clock is ahead of UTC (the negative of Windows' bias).
    pub offset_minutes: i16,
}

impl ZonedTime {
    /// The time on the machine's clock.
    #[must_use]
    pub fn local(self) -> FileTime {
        self.utc.plus_minutes(i32::from(self.offset_minutes))
    }

    /// For printing; `None` if not a valid date.
    #[must_use]
    pub fn to_date_time(self) -> Option<DateTime<FixedOffset>> {
        let zone = FixedOffset::east_opt(i32::from(self.offset_minutes) * 60)?;
        let utc = self.utc.to_naive()?;
        // Near the last valid date, the local time may be invalid although UTC is valid.
        utc.checked_add_signed(TimeDelta::minutes(i64::from(self.offset_minutes)))?;
        Some(DateTime::from_naive_utc_and_offset(utc, zone))
    }
}

impl fmt::Display for ZonedTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_date_time() {
            Some(time) => write!(f, "{}", time.format("%Y-%m-%d %H:%M:%S")),
            None => write!(f, "FILETIME {}", self.utc.0),
        }
    }
}

/// A time from another tool: UTC, or local time of the machine that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timestamp {
    /// Time in UTC.
    Utc(NaiveDateTime),
    /// Local time of the machine.
    Local(NaiveDateTime),
}

impl Timestamp {
    /// The time in UTC, for a machine's clock that is this many minutes ahead.
    #[must_use]
    pub fn utc(self, offset_minutes: i16) -> NaiveDateTime {
        match self {
            Self::Utc(time) => time,
            Self::Local(time) => time.checked_sub_signed(TimeDelta::minutes(i64::from(offset_minutes))).unwrap_or(time),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    #[test]
    fn converts_to_the_calendar_and_back() {
        let noon = NaiveDate::from_ymd_opt(2016, 3, 1).and_then(|d| d.and_hms_milli_opt(12, 0, 0, 250)).unwrap();
        let time = FileTime::from_naive(noon).unwrap();
        assert_eq!(time.0, 131_013_072_002_500_000);
        assert_eq!(time.to_naive(), Some(noon));
        let moment = ZonedTime { utc: time, offset_minutes: -480 };
        assert_eq!(moment.to_date_time().unwrap().to_rfc3339(), "2016-03-01T04:00:00.250-08:00");
    }

    proptest::proptest! {
        #[test]
        fn any_ticks_are_safe(ticks: i64, offset: i16) {
            let moment = ZonedTime { utc: FileTime(ticks), offset_minutes: offset };
            let _ = moment.to_string();
            if let Some(naive) = moment.utc.to_naive() {
                proptest::prop_assert_eq!(FileTime::from_naive(naive), Some(moment.utc));
            }
        }
    }
}
