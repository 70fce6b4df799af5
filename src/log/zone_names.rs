//! Time zones by the names that Windows logs, which are those of its language and not the ids of zones.
//!
//! `zones.tsv` has names from serialized `TimeZoneInfo`, `Get-TimeZone` and headers of logs; one name can mean
//! several zones. Windows' ids become zones of the tz database by CLDR's table, in the crate windows-timezones.

use std::str::FromStr;
use std::sync::LazyLock;

use windows_timezones::WindowsTimezone;

use super::time_zone::{TimeZone, named};

/// The table of names.
const NAMES: &str = include_str!("zones.tsv");

/// By name: the zones.
static BY_NAME: LazyLock<Vec<(&'static str, Vec<TimeZone>)>> = LazyLock::new(|| {
    let row = |line: &'static str| {
        let mut cells = line.split('\t').skip(1);
        let (name, ids) = (cells.next()?, cells.next()?);
        Some((name, ids.split('|').filter_map(|id| by_id(id.trim())).collect()))
    };
    NAMES.lines().skip(1).filter_map(row).collect()
});

fn by_id(id: &str) -> Option<TimeZone> {
    named(WindowsTimezone::from_str(id).ok()?.tzdb_id())
}

/// The zones that a name can mean: Windows' id, its daylight form, or a name of the table.
#[must_use]
pub fn zones(name: &str) -> Vec<TimeZone> {
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
pub fn of_cut_name(name: &str) -> Option<(&'static str, TimeZone)> {
    if name.chars().count() < CUT_NAME {
        return None;
    }
    let begins = |(known, zones): &'static (&'static str, Vec<TimeZone>)| {
        zones.iter().map(move |zone| (*known, zone)).filter(move |_| known.starts_with(name))
    };
    let mut found = BY_NAME.iter().flat_map(begins);
    let first = found.next()?;
    found.all(|(_, zone)| zone == first.1).then(|| (first.0, first.1.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::time_zone::{LocalBias, bias_at};

    fn at(month: u32) -> chrono::NaiveDateTime {
        chrono::NaiveDate::from_ymd_opt(2026, month, 15).unwrap().and_hms_opt(12, 0, 0).unwrap()
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
            for zone in zones {
                assert_eq!(
                    (bias_at(&zone, at(1)), bias_at(&zone, at(7))),
                    (LocalBias::Once(winter), LocalBias::Once(summer)),
                    "{name}"
                );
            }
        }
        assert!(zones("Nowhere").is_empty());
    }

    #[test]
    fn a_cut_name_is_known_if_it_begins_only_one() {
        assert_eq!(of_cut_name("RTZ 2 ("), Some(("RTZ 2 (зима)", named("Europe/Moscow").unwrap())));
        assert_eq!(of_cut_name("Maroc (heure d"), None);
        assert_eq!(of_cut_name("RTZ 1"), None, "1, 10 or 11");
        assert_eq!(of_cut_name("R"), None);
    }
}
