//! Converts local times to UTC if the zone's rules are unknown.

use chrono::{Datelike, Days, Timelike, Weekday};

use crate::base::time::{FileTime, TICKS_PER_SECOND, ZonedTime};
use crate::log::zone::Zone;

/// An irregularity of a row's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Odd {
    /// The same time as the row before.
    Repeated,
    /// The clock goes back one hour: the end of daylight saving time.
    SetBack,
    /// The clock skips one hour: the start of daylight saving time.
    SetForward,
}

/// Converts samples' local times to UTC. A text log's header has one bias, although daylight saving time may start or
/// end within the log.
pub struct SampleClock {
    zone: Zone,
    /// Minutes by which the clock was set back since the first row; negative if set forward.
    back: i32,
    /// The previous sample: its local time if clock changes are guessed, else UTC.
    last: Option<FileTime>,
    step: i64,
    repeats: i64,
    /// Whether the zone's rules are unknown and clock changes are guessed.
    guesses: bool,
}

/// Distance between rows with equal times: just more than what counts as one sample, so that the 60 rows of a minute
/// still fit into it.
const REPEAT_TICKS: i64 = 6 * TICKS_PER_SECOND / 10;
const HOUR_TICKS: i64 = 3600 * TICKS_PER_SECOND;

impl SampleClock {
    /// Creates a clock for a zone.
    pub fn new(zone: Zone) -> Self {
        Self { zone, back: 0, last: None, step: 0, repeats: 0, guesses: false }
    }

    /// Creates a clock for a text log. Its header has one bias, although daylight saving time may start or end within
    /// the log; and its times may lack seconds, so equal times are spread.
    pub fn of_text(zone: Zone) -> Self {
        Self { guesses: true, ..Self::new(zone) }
    }

    /// The time of the next row.
    pub fn zoned(&mut self, local: FileTime) -> (ZonedTime, Option<Odd>) {
        if !self.guesses {
            let time = self.zone.zoned(local, self.last);
            self.last = Some(time.utc);
            return (time, None);
        }
        let mut odd = None;
        if let Some(last) = self.last {
            let step = local.0.saturating_sub(last.0);
            self.repeats = if step == 0 { self.repeats + 1 } else { 0 };
            let is_usual = |step: i64| {
                let off = step.saturating_sub(self.step).saturating_abs();
                self.step > 0 && off <= (self.step / 2).min(HOUR_TICKS / 6) + 5 * TICKS_PER_SECOND
            };
            // Back by an hour less some steps, or forward by a usual step and an hour.
            let changes = !never_changes(&self.zone.name);
            let back = step <= 0
                && self.step > 0
                && step.saturating_add(HOUR_TICKS) >= -5 * TICKS_PER_SECOND
                && standard_begins(local);
            let ahead = !is_usual(step) && is_usual(step.saturating_sub(HOUR_TICKS)) && daylight_begins(last, local);
            // A repeated row is not a clock that was set back, unless rows are one hour apart.
            let back = back && (step < 0 || is_usual(HOUR_TICKS));
            if back && changes && self.back <= 0 {
                self.back += 60;
                self.repeats = 0;
                odd = Some(Odd::SetBack);
            } else if ahead && changes && self.back >= 0 {
                self.back -= 60;
                odd = Some(Odd::SetForward);
            } else if step == 0 {
                odd = Some(Odd::Repeated);
            } else {
                self.step = step;
            }
        }
        self.last = Some(local);
        let usual = self.zone.zoned(local, None);
        let minutes = i16::try_from(self.back).unwrap_or(0);
        let utc = usual.utc.plus_minutes(self.back).0.saturating_add(self.repeats.saturating_mul(REPEAT_TICKS));
        (ZonedTime { utc: FileTime(utc), offset_minutes: usual.offset_minutes.saturating_sub(minutes) }, odd)
    }
}

/// Whether daylight saving time may start between two times: nearly all zones skip an hour in the night to a Sunday. A
/// collector that pauses for exactly that hour looks the same.
fn daylight_begins(last: FileTime, local: FileTime) -> bool {
    let (Some(last), Some(local)) = (last.to_naive(), local.to_naive()) else { return false };
    // March and April in the north, August to November in the south.
    let season = matches!(local.month(), 3 | 4 | 8..=11);
    let night = (1..=3).contains(&local.hour()) && last.date() + Days::new(1) >= local.date();
    season && night && local.weekday() == Weekday::Sun
}

/// Whether standard time may start at a time: in the night to a Sunday, from September to November in the north, from
/// February to April in the south.
fn standard_begins(local: FileTime) -> bool {
    let Some(local) = local.to_naive() else { return false };
    let season = matches!(local.month(), 2..=4 | 9..=11);
    let night = match local.weekday() {
        Weekday::Sat => local.hour() == 23,
        Weekday::Sun => local.hour() <= 3,
        _ => false,
    };
    season && night
}

/// Parts of the names of zones whose clocks never change.
const STEADY_ZONES: &[&str] = &[
    "UTC",
    "Coordinated Universal",
    "Tokyo",
    "India Standard",
    "China Standard",
    "Korea",
    "Singapore",
    "SE Asia",
    "Taipei",
    "Arab",
    "Russian",
    "RTZ",
    "South Africa",
    "E. Australia",
    "W. Australia",
    "Hawaiian",
    "US Mountain",
    "東京",
    "中国",
    "대한민국",
    "台北",
    "Москва",
];

fn never_changes(zone: &str) -> bool {
    STEADY_ZONES.iter().any(|piece| zone.contains(piece))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::zone::Zone;

    #[test]
    fn a_step_back_is_the_end_of_daylight_time_only_where_it_can_be() {
        let at = |month, day, hour, minute, second| {
            let date = chrono::NaiveDate::from_ymd_opt(2026, month, day).unwrap();
            FileTime::from_naive(date.and_hms_opt(hour, minute, second).unwrap()).unwrap()
        };
        let odd = |zone: &str, times: &[FileTime]| {
            let mut clock = SampleClock::of_text(Zone::fixed(zone, 0));
            times.iter().filter_map(|t| clock.zoned(*t).1).collect::<Vec<_>>()
        };
        let night = |month, day| [at(month, day, 2, 50, 0), at(month, day, 2, 55, 0), at(month, day, 2, 0, 0)];
        assert_eq!(odd("", &night(10, 25)), [Odd::SetBack]);
        assert_eq!(odd("Tokyo Standard Time", &night(10, 25)), []);
        assert_eq!(odd("", &night(6, 10)), [], "a clock that was corrected");
        let twice = [at(6, 10, 1, 0, 0), at(6, 10, 2, 0, 0), at(6, 10, 2, 0, 0)];
        assert_eq!(odd("", &twice), [Odd::Repeated]);
    }

    #[test]
    fn an_hour_left_out_on_a_sunday_night_is_the_beginning_of_daylight_time() {
        let at = |day: u32, hour: u32, minute: u32| {
            let date = chrono::NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
            FileTime::from_naive(date.and_hms_opt(hour, minute, 0).unwrap()).unwrap()
        };
        let every_two_hours = [22, 24, 26, 28].map(|h| at(28 + h / 24, h % 24, 0));
        let mut clock = SampleClock::of_text(Zone::fixed("", -60));
        assert!(every_two_hours.iter().all(|t| clock.zoned(*t).1.is_none()));
        for (day, expected, odd) in [(29, 300.0, Some(Odd::SetForward)), (28, 3900.0, None)] {
            let mut clock = SampleClock::of_text(Zone::fixed("", -60));
            clock.zoned(at(day, 1, 50));
            let before = clock.zoned(at(day, 1, 55)).0;
            let (after, found) = clock.zoned(at(day, 3, 0));
            assert_eq!((after.utc.seconds_since(before.utc), found), (expected, odd));
            assert_eq!(after.local(), at(day, 3, 0));
        }
    }
}
