//! From local times to moments, where the zone's rules are not known.

use chrono::{Datelike, Days, Timelike, Weekday};

use crate::log::moment::{FileTime, Moment, TICKS_PER_SECOND};
use crate::log::zone::Zone;

/// What is odd about a row's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Odd {
    /// The time of the row before.
    Repeated,
    /// An hour back: the end of daylight time.
    SetBack,
    /// An hour left out: the beginning of daylight time.
    SetForward,
}

/// From samples' local times to moments. A text log's header has one bias, though daylight time may begin or
/// end within.
pub struct Clock {
    zone: Zone,
    /// Minutes that the clock was set back since the first row; negative when it was set forward.
    back: i32,
    /// The sample before: its local time, or UTC where the zone has rules.
    last: Option<FileTime>,
    step: i64,
    repeats: i64,
    sets_apart: bool,
}

/// Rows of one time are set apart by so much: just more than what counts as one sample, so that
/// the sixty of a minute still stand within it.
const REPEAT_TICKS: i64 = 6 * TICKS_PER_SECOND / 10;
const HOUR_TICKS: i64 = 3600 * TICKS_PER_SECOND;

impl Clock {
    /// A clock in a zone.
    pub fn new(zone: Zone) -> Self {
        Self { zone, back: 0, last: None, step: 0, repeats: 0, sets_apart: false }
    }

    /// A clock of a text log, whose times may have lost their seconds: equal ones are set apart.
    pub fn of_text(zone: Zone) -> Self {
        Self { sets_apart: true, ..Self::new(zone) }
    }

    /// The moment of the next row.
    pub fn moment(&mut self, local: FileTime) -> (Moment, Option<Odd>) {
        if self.zone.rules.is_some() {
            let moment = self.zone.moment(local, self.last);
            self.last = Some(moment.utc);
            return (moment, None);
        }
        let mut odd = None;
        if let Some(last) = self.last {
            let step = local.0.saturating_sub(last.0);
            self.repeats = if step == 0 && self.sets_apart { self.repeats + 1 } else { 0 };
            let is_usual = |step: i64| {
                let off = step.saturating_sub(self.step).saturating_abs();
                self.step > 0 && off <= (self.step / 2).min(HOUR_TICKS / 6) + 5 * TICKS_PER_SECOND
            };
            // Back by an hour less some steps; ahead by a usual step and an hour.
            let is_back = step <= 0 && step.saturating_add(HOUR_TICKS) >= -5 * TICKS_PER_SECOND && self.step > 0;
            let back = is_back && (is_usual(step.saturating_add(HOUR_TICKS)) || (step < 0 && is_small_hour(local)));
            let ahead = !is_usual(step) && is_usual(step.saturating_sub(HOUR_TICKS)) && daylight_begins(last, local);
            if back && self.back <= 0 {
                self.back += 60;
                self.repeats = 0;
                odd = Some(Odd::SetBack);
            } else if ahead && self.back >= 0 {
                self.back -= 60;
                odd = Some(Odd::SetForward);
            } else if step == 0 {
                odd = Some(Odd::Repeated);
            } else {
                self.step = step;
            }
        }
        self.last = Some(local);
        let usual = self.zone.moment(local, None);
        let minutes = i16::try_from(self.back).unwrap_or(0);
        let utc = usual.utc.plus_minutes(self.back).0.saturating_add(self.repeats.saturating_mul(REPEAT_TICKS));
        (Moment { utc: FileTime(utc), offset_minutes: usual.offset_minutes.saturating_sub(minutes) }, odd)
    }
}

/// Whether daylight time may begin between two times: nearly all zones leave out an hour of the small
/// ones of a Sunday. A collector that stood still for just that hour would be taken for one.
fn daylight_begins(last: FileTime, local: FileTime) -> bool {
    let (Some(last), Some(local)) = (last.to_naive(), local.to_naive()) else { return false };
    // In March and April north of the equator, from August to November south of it.
    let season = matches!(local.month(), 3 | 4 | 8..=11);
    let night = (1..=3).contains(&local.hour()) && last.date() + Days::new(1) >= local.date();
    season && night && local.weekday() == Weekday::Sun
}

/// Whether a clock that is set back by an hour may show this.
fn is_small_hour(local: FileTime) -> bool {
    local.to_naive().is_some_and(|local| local.hour() <= 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::zone::Zone;

    #[test]
    fn an_hour_left_out_on_a_sunday_night_is_the_beginning_of_daylight_time() {
        let at = |day: u32, hour: u32, minute: u32| {
            let date = chrono::NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
            FileTime::from_naive(date.and_hms_opt(hour, minute, 0).unwrap()).unwrap()
        };
        let every_two_hours = [22, 24, 26, 28].map(|h| at(28 + h / 24, h % 24, 0));
        let mut clock = Clock::new(Zone::fixed("", -60));
        assert!(every_two_hours.iter().all(|t| clock.moment(*t).1.is_none()));
        for (day, expected, odd) in [(29, 300.0, Some(Odd::SetForward)), (28, 3900.0, None)] {
            let mut clock = Clock::new(Zone::fixed("", -60));
            clock.moment(at(day, 1, 50));
            let before = clock.moment(at(day, 1, 55)).0;
            let (after, found) = clock.moment(at(day, 3, 0));
            assert_eq!((after.utc.seconds_since(before.utc), found), (expected, odd));
            assert_eq!(after.local(), at(day, 3, 0));
        }
    }
}
