//! Times in the JSON contract.

use crate::base::time::{ClockZone, ZonedTime};
use chrono::{DateTime, Datelike, FixedOffset, NaiveDateTime, SecondsFormat, Timelike};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A time on the clock of the machine that logged it, to the millisecond. Written as RFC 3339, without an offset if the
/// machine's time zone is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    local: NaiveDateTime,
    offset: Option<FixedOffset>,
}

/// Format of a time without an offset.
const WITHOUT_ZONE: &str = "%Y-%m-%dT%H:%M:%S%.3f";
/// Valid years: a FILETIME starts in 1601, and RFC 3339 has four digits.
const YEARS: std::ops::RangeInclusive<i32> = 1601..=9999;

impl Time {
    /// A time with a known offset from UTC.
    #[must_use]
    pub fn zoned(time: DateTime<FixedOffset>) -> Self {
        Self { local: whole_milliseconds(time.naive_local()), offset: Some(*time.offset()) }
    }

    /// A time on a clock with an unknown offset from UTC.
    #[must_use]
    pub fn without_zone(local: NaiveDateTime) -> Self {
        Self { local: whole_milliseconds(local), offset: None }
    }

    /// A point in time on a machine's clock; `None` if it is not a valid date.
    #[must_use]
    pub fn of(moment: ZonedTime, zone: ClockZone) -> Option<Self> {
        let time = moment.to_date_time()?;
        Some(match zone {
            ClockZone::Recorded => Self::zoned(time),
            ClockZone::Unknown => Self::without_zone(time.naive_local()),
        })
    }

    /// The time on the machine's clock.
    #[must_use]
    pub fn local(self) -> NaiveDateTime {
        self.local
    }

    /// The clock's offset from UTC, if known.
    #[must_use]
    pub fn offset(self) -> Option<FixedOffset> {
        self.offset
    }

    /// The time in UTC; if the offset is unknown, the clock's own time.
    #[must_use]
    pub fn utc(self) -> NaiveDateTime {
        self.offset.and_then(|offset| self.local.checked_sub_offset(offset)).unwrap_or(self.local)
    }

    /// Hours from `earlier` to `self`.
    #[must_use]
    pub fn hours_since(self, earlier: Self) -> f64 {
        (self.utc() - earlier.utc()).num_seconds() as f64 / 3600.0
    }
}

/// Truncates to the contract's three digits, so that a report made from JSON equals the original.
fn whole_milliseconds(time: NaiveDateTime) -> NaiveDateTime {
    time.with_nanosecond(time.nanosecond() / 1_000_000 * 1_000_000).unwrap_or(time)
}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.utc().cmp(&other.utc()).then_with(|| self.local.cmp(&other.local)).then_with(|| {
            let seconds = |time: &Self| time.offset.map(|offset| offset.local_minus_utc());
            seconds(self).cmp(&seconds(other))
        })
    }
}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let zoned = self.offset.and_then(|offset| self.local.and_local_timezone(offset).single());
        match zoned {
            Some(time) => serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true)),
            None => serializer.collect_str(&self.local.format(WITHOUT_ZONE)),
        }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let zoned = DateTime::parse_from_rfc3339(&text).map(Self::zoned);
        let time =
            zoned.or_else(|_| NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f").map(Self::without_zone));
        time.ok().filter(|time| YEARS.contains(&time.local.year())).ok_or_else(|| {
            de::Error::custom(format_args!("\"{text}\" is not a time such as 2026-03-03T02:10:00.000+01:00"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Time {
        serde_json::from_value(text.into()).unwrap()
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        for text in [
            "2026-03-03T02:10:00.250+01:00",
            "2026-03-03T02:10:00.000Z",
            "2026-03-03T02:10:00.250",
            "1999-12-31T23:59:59.999-11:30",
        ] {
            assert_eq!(serde_json::to_value(parsed(text)).unwrap(), text);
        }
        assert!(serde_json::from_value::<Time>("yesterday".into()).is_err());
        assert!(serde_json::from_value::<Time>("2026-02-30T00:00:00Z".into()).is_err());
        assert!(serde_json::from_value::<Time>("+262000-01-01T00:00:00.000".into()).is_err());
    }

    #[test]
    fn times_are_ordered_by_utc() {
        let (winter, summer) = (parsed("2026-10-25T02:00:00.000+01:00"), parsed("2026-10-25T02:30:00.000+02:00"));
        assert!(summer < winter);
        assert_eq!(parsed("2026-03-03T12:00:00.000").hours_since(parsed("2026-03-03T10:30:00.000")), 1.5);
    }
}
