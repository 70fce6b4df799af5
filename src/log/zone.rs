//! The logging machine's time zone: converts local sample times to UTC.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

use crate::base::time::{FileTime, ZonedTime};

/// Yearly start of daylight or standard time: the SYSTEMTIME of a `TIME_ZONE_INFORMATION` in its day-in-month form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Month, 1 to 12.
    pub month: u32,
    /// Day of the week; 0 is Sunday.
    pub weekday: u32,
    /// Week of the month, 1 to 4; 5 is the last.
    pub week: u32,
    /// Hour on the clock before the change.
    pub hour: u32,
    /// Minute on the clock before the change.
    pub minute: u32,
}

impl Rule {
    fn in_year(self, year: i32) -> Option<NaiveDateTime> {
        let first = NaiveDate::from_ymd_opt(year, self.month, 1)?;
        let ahead = (7 + self.weekday - first.weekday().num_days_from_sunday()) % 7;
        let mut day = first.checked_add_days(Days::new(u64::from(ahead + 7 * (self.week - 1))))?;
        while day.month() != self.month {
            day = day.checked_sub_days(Days::new(7))?;
        }
        debug_assert_eq!(day.weekday().num_days_from_sunday(), self.weekday);
        day.and_hms_opt(self.hour, self.minute, 0)
    }

    /// Checks the ranges of a rule from a file; month 0 means no rule.
    #[must_use]
    pub fn checked(self) -> Option<Self> {
        let valid = (1..=12).contains(&self.month)
            && self.weekday < 7
            && (1..=5).contains(&self.week)
            && self.hour < 24
            && self.minute < 60;
        valid.then_some(self)
    }
}

/// A time zone. Biases are those of Windows: UTC = local + bias, in minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Bias of standard time, minutes.
    pub standard_bias: i32,
    /// Bias of daylight saving time, minutes.
    pub daylight_bias: i32,
    /// Start of daylight saving time and of standard time; `None` if clocks never change.
    pub rules: Option<(Rule, Rule)>,
    /// Name of standard time as logged; may be a resource reference such as `@tzres.dll,-999`.
    pub name: String,
    /// Name of daylight saving time.
    pub daylight_name: String,
}

impl Zone {
    /// Checks the ranges of a zone from a file.
    #[cfg(feature = "parquet")]
    pub(super) fn checked(self) -> Option<Self> {
        let is_bias = |bias: i32| (-14 * 60..=14 * 60).contains(&bias);
        let are_rules = self.rules.is_none_or(|(a, b)| a.checked().and(b.checked()).is_some());
        (is_bias(self.standard_bias) && is_bias(self.daylight_bias) && are_rules).then_some(self)
    }

    /// Creates a zone whose clock never changes.
    #[must_use]
    pub fn fixed(name: &str, bias: i32) -> Self {
        Self {
            standard_bias: bias,
            daylight_bias: bias,
            rules: None,
            name: name.to_owned(),
            daylight_name: name.to_owned(),
        }
    }

    /// The zone name that applies at a time on this zone's clock.
    #[must_use]
    pub fn name_at(&self, moment: ZonedTime) -> &str {
        let daylight = i32::from(moment.offset_minutes) == -self.daylight_bias;
        if daylight && self.daylight_bias != self.standard_bias { &self.daylight_name } else { &self.name }
    }

    /// The bias that applies at a local time.
    ///
    /// In the hour that occurs twice, assume daylight saving time unless that would be before `last`, the previous
    /// sample: samples of one stream never go backward.
    fn bias_at(&self, local: FileTime, last: Option<FileTime>) -> i32 {
        let Some((daylight, standard)) = self.rules else { return self.standard_bias };
        let Some(time) = local.to_naive() else { return self.standard_bias };
        let (Some(begins), Some(ends)) = (daylight.in_year(time.year()), standard.in_year(time.year())) else {
            return self.standard_bias;
        };
        let summer = if begins < ends {
            begins <= time && time < ends
        } else {
            // Southern hemisphere: daylight saving time includes the new year.
            time < ends || begins <= time
        };
        let repeated_minutes = i64::from(self.standard_bias - self.daylight_bias);
        let repeated = time < ends && (ends - time).num_minutes() <= repeated_minutes;
        if summer && repeated && last.is_some_and(|last| local.plus_minutes(self.daylight_bias) < last) {
            return self.standard_bias;
        }
        if summer { self.daylight_bias } else { self.standard_bias }
    }

    /// The time at which the machine's clock showed `local`, after the previous sample.
    #[must_use]
    pub fn zoned(&self, local: FileTime, last: Option<FileTime>) -> ZonedTime {
        let bias = self.bias_at(local, last);
        ZonedTime { utc: local.plus_minutes(bias), offset_minutes: i16::try_from(-bias).unwrap_or(0) }
    }

    /// A UTC time on this zone's clock.
    #[must_use]
    pub fn zoned_from_utc(&self, utc: FileTime) -> ZonedTime {
        let standard = self.zoned(utc.plus_minutes(-self.standard_bias), Some(utc));
        if standard.utc == utc {
            return standard;
        }
        self.zoned(utc.plus_minutes(-self.daylight_bias), Some(utc))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(y: i32, mo: u32, d: u32, h: u32, mi: u32) -> FileTime {
        FileTime::from_naive(NaiveDate::from_ymd_opt(y, mo, d).and_then(|x| x.and_hms_opt(h, mi, 0)).unwrap()).unwrap()
    }

    fn berlin() -> Zone {
        let last_sunday = |month, hour| Rule { month, weekday: 0, week: 5, hour, minute: 0 };
        Zone {
            standard_bias: -60,
            daylight_bias: -120,
            rules: Some((last_sunday(3, 2), last_sunday(10, 3))),
            name: "Mitteleuropäische Zeit".into(),
            daylight_name: "Mitteleuropäische Sommerzeit".into(),
        }
    }

    #[test]
    fn summer_and_winter() {
        let zone = berlin();
        assert_eq!(zone.zoned(local(2026, 7, 1, 12, 0), None).offset_minutes, 120);
        assert_eq!(zone.zoned(local(2026, 1, 1, 12, 0), None).offset_minutes, 60);
        assert_eq!(zone.name_at(zone.zoned(local(2026, 7, 1, 12, 0), None)), "Mitteleuropäische Sommerzeit");
        assert_eq!(zone.zoned(local(2026, 3, 29, 1, 59), None).offset_minutes, 60);
        assert_eq!(zone.zoned(local(2026, 3, 29, 3, 0), None).offset_minutes, 120);
    }

    #[test]
    fn the_repeated_hour_follows_the_sample_before() {
        let zone = berlin();
        let first = zone.zoned(local(2026, 10, 25, 2, 55), None);
        let second = zone.zoned(local(2026, 10, 25, 2, 0), Some(first.utc));
        assert_eq!((first.offset_minutes, second.offset_minutes), (120, 60));
        assert_eq!(second.utc.seconds_since(first.utc), 300.0);
    }

    #[test]
    fn the_southern_summer_spans_new_year() {
        let zone = Zone {
            standard_bias: -600,
            daylight_bias: -660,
            rules: Some((
                Rule { month: 10, weekday: 0, week: 1, hour: 2, minute: 0 },
                Rule { month: 4, weekday: 0, week: 1, hour: 3, minute: 0 },
            )),
            name: "AUS Eastern".into(),
            daylight_name: "AUS Eastern".into(),
        };
        assert_eq!(zone.zoned(local(2026, 1, 10, 0, 0), None).offset_minutes, 660);
        assert_eq!(zone.zoned(local(2026, 6, 10, 0, 0), None).offset_minutes, 600);
        assert_eq!(zone.zoned(local(2026, 12, 10, 0, 0), None).offset_minutes, 660);
    }

    #[test]
    fn utc_finds_its_clock() {
        let zone = berlin();
        assert_eq!(zone.zoned_from_utc(local(2026, 7, 1, 12, 0)).offset_minutes, 120);
        assert_eq!(zone.zoned_from_utc(local(2026, 1, 1, 12, 0)).offset_minutes, 60);
    }

    proptest::proptest! {
        #[test]
        fn round_trips_over_a_year(minutes in 0_i32..(365 * 24 * 60)) {
            let utc = local(2026, 1, 1, 0, 0).plus_minutes(minutes);
            let moment = berlin().zoned_from_utc(utc);
            proptest::prop_assert_eq!(moment.utc, utc);
        }
    }
}
