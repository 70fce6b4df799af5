//! Time zones by the names that Windows logs, which are those of its language and not the ids of zones.
//!
//! `zones.tsv` has names from serialized `TimeZoneInfo`, `Get-TimeZone` and headers of logs; one name can mean
//! several zones. Windows' ids become zones of the tz database by CLDR's table, in the crate windows-timezones.

use std::str::FromStr;
use std::sync::LazyLock;

use chrono::{NaiveDateTime, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use windows_timezones::WindowsTimezone;

/// The table of names.
const NAMES: &str = include_str!("zones.tsv");

/// By name: the zones.
static BY_NAME: LazyLock<Vec<(&'static str, Vec<Tz>)>> = LazyLock::new(|| {
    let row = |line: &'static str| {
        let mut cells = line.split('\t').skip(1);
        let (name, ids) = (cells.next()?, cells.next()?);
        Some((name, ids.split('|').filter_map(|id| by_id(id.trim())).collect()))
    };
    NAMES.lines().skip(1).filter_map(row).collect()
});

fn by_id(id: &str) -> Option<Tz> {
    WindowsTimezone::from_str(id).ok().map(Tz::from)
}

/// The zones that a name can mean: Windows' id, its daylight form, or a name of the table.
#[must_use]
pub fn zones(name: &str) -> Vec<Tz> {
    // French Windows writes either apostrophe.
    let plain = |text: &str| text.trim().replace('\u{2019}', "'").replace("Daylight Time", "Standard Time");
    let name = plain(name);
    if let Some(tz) = by_id(&name) {
        return vec![tz];
    }
    let found = BY_NAME.iter().find(|(known, _)| plain(known) == name);
    found.map(|(_, zones)| zones.clone()).unwrap_or_default()
}

/// Letters of a cut name that are enough to find it.
const CUT_NAME: usize = 5;

/// The zone that a cut name means, and its whole name: `RTZ 2 (`, because Windows writes a name in other letters
/// only in part. `None` if it is the beginning of names of different zones.
#[must_use]
pub fn of_cut_name(name: &str) -> Option<(&'static str, Tz)> {
    if name.chars().count() < CUT_NAME {
        return None;
    }
    let begins = |(known, zones): &'static (&'static str, Vec<Tz>)| {
        zones.iter().map(move |tz| (*known, *tz)).filter(move |_| known.starts_with(name))
    };
    let mut found = BY_NAME.iter().flat_map(begins);
    let first = found.next()?;
    found.all(|(_, tz)| tz == first.1).then_some(first)
}

/// The bias of a zone at a local time, minutes as Windows counts them: UTC = local + bias. In an hour that occurs
/// twice, that of daylight saving time; `None` in an hour that does not occur.
#[must_use]
pub fn bias_at(tz: Tz, local: NaiveDateTime) -> Option<i32> {
    let offset = tz.offset_from_local_datetime(&local).earliest()?;
    Some(-offset.fix().local_minus_utc() / 60)
}

/// Whether a zone's clock is set between two rows, by these minutes: positive if it is set back. With a bias, only if
/// that applies before or after: a program that converts a log may write the bias of the day of the conversion.
#[must_use]
pub fn is_set(tz: Tz, (before, after): (NaiveDateTime, NaiveDateTime), by: i32, bias: Option<i32>) -> bool {
    let Some(old) = bias_at(tz, before) else { return false };
    let new = old + by;
    if bias.is_some_and(|bias| bias != old && bias != new) {
        return false;
    }
    let bias_of = |local: NaiveDateTime, bias: i32| {
        let utc = local.checked_add_signed(chrono::TimeDelta::minutes(bias.into()))?;
        Some(-tz.offset_from_utc_datetime(&utc).fix().local_minus_utc() / 60)
    };
    bias_of(before, old) == Some(old) && bias_of(after, new) == Some(new)
}

/// All zones of the tz database.
#[must_use]
pub fn all() -> &'static [Tz] {
    &TZ_VARIANTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(month: u32, day: u32, hour: u32) -> NaiveDateTime {
        chrono::NaiveDate::from_ymd_opt(2026, month, day).unwrap().and_hms_opt(hour, 0, 0).unwrap()
    }

    #[test]
    fn every_name_of_the_table_has_its_zones() {
        for (name, zones) in BY_NAME.iter() {
            assert!(!zones.is_empty(), "{name}");
        }
        for line in NAMES.lines().skip(1) {
            let ids = line.split('\t').nth(2).unwrap();
            assert!(ids.split('|').all(|id| by_id(id.trim()).is_some()), "{line}");
        }
    }

    #[test]
    fn names_as_windows_logs_them() {
        for (name, winter, summer) in [
            ("W. Europe Standard Time", -60, -120),
            ("W. Europe Daylight Time", -60, -120),
            ("Mitteleuropäische Zeit", -60, -120),
            ("Paris, Madrid (heure d’été)", -60, -120),
            ("Eastern Daylight Time", 300, 240),
            ("Coordinated Universal Time", 0, 0),
            ("Jerusalem Daylight Time", -120, -180),
            ("Central Daylight Time (Mexico)", 360, 360),
            ("Malay Peninsula Standard Time", -480, -480),
            ("RTZ 2 (зима)", -180, -180),
            ("Russia TZ 9 Standard Time", -600, -600),
            ("Tokyo Standard Time", -540, -540),
            ("대한민국 표준시", -540, -540),
        ] {
            let zones = zones(name);
            assert!(!zones.is_empty(), "{name}");
            for tz in zones {
                assert_eq!(
                    (bias_at(tz, at(1, 15, 12)), bias_at(tz, at(7, 15, 12))),
                    (Some(winter), Some(summer)),
                    "{name}"
                );
            }
        }
        assert!(zones("Nowhere").is_empty());
    }

    #[test]
    fn a_cut_name_is_known_if_it_begins_only_one() {
        assert_eq!(of_cut_name("RTZ 2 ("), Some(("RTZ 2 (зима)", Tz::Europe__Moscow)));
        assert_eq!(of_cut_name("Maroc (heure d"), None);
        assert_eq!(of_cut_name("RTZ 1"), None, "1, 10 or 11");
        assert_eq!(of_cut_name("R"), None);
    }

    #[test]
    fn clocks_are_set_on_the_night_of_their_country() {
        let back = (at(10, 25, 2), at(10, 25, 2));
        assert!(is_set(Tz::Europe__Berlin, back, 60, Some(-120)));
        assert!(is_set(Tz::Europe__Berlin, back, 60, Some(-60)));
        assert!(!is_set(Tz::Europe__Berlin, back, 60, Some(0)));
        assert!(!is_set(Tz::Asia__Tokyo, back, 60, None));
        assert!(is_set(Tz::Europe__Berlin, (at(3, 29, 1), at(3, 29, 3)), -60, None));
        assert!(!is_set(Tz::Europe__Berlin, (at(3, 28, 1), at(3, 28, 3)), -60, None));
        assert!(all().iter().any(|tz| is_set(*tz, (at(11, 1, 1), at(11, 1, 1)), 60, Some(240))), "America");
    }
}
