//! Converts local times to UTC if the zone's rules are unknown.

use crate::base::time::{ClockZone, FileTime, TICKS_PER_SECOND, ZonedTime};
use crate::log::time_zone::{LocalBias, TimeZone, all, bias_at, is_set};
use crate::log::zone::Zone;
use crate::log::zone_names::zones;

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
    rules: Rules,
    /// Minutes by which the clock was set back since the first row; negative if set forward.
    back: i32,
    /// The previous sample: its time in UTC, and its local time.
    last: Option<(FileTime, FileTime)>,
    step: i64,
    repeats: i64,
    /// How often all zones were asked.
    asked: u32,
}

/// How the clock changes.
enum Rules {
    /// By the rules that the log contains.
    Own,
    /// Not known until the first row.
    Unknown(ClockZone),
    /// As in a zone of the tz database.
    Known(TimeZone),
    /// Guessed: as in any of the zones that have the log's bias, if that is known.
    Guessed(ClockZone),
}

/// Distance between rows with equal times: just more than what counts as one sample, so that the 60 rows of a minute
/// still fit into it.
const REPEAT_TICKS: i64 = 6 * TICKS_PER_SECOND / 10;
const HOUR_TICKS: i64 = 3600 * TICKS_PER_SECOND;
/// All zones are asked at most this often: a clock changes twice a year, and rows in random order look like changes.
const MOST_ASKED: u32 = 500;

impl SampleClock {
    /// Creates a clock for a zone.
    pub fn new(zone: Zone) -> Self {
        Self { zone, rules: Rules::Own, back: 0, last: None, step: 0, repeats: 0, asked: 0 }
    }

    /// Creates a clock for a text log. Its header has one bias, although daylight saving time may start or end within
    /// the log; and its times may lack seconds, so equal times are spread.
    pub fn of_text(zone: Zone, recorded: ClockZone) -> Self {
        Self { rules: Rules::Unknown(recorded), ..Self::new(zone) }
    }

    /// The time of the next row.
    pub fn zoned(&mut self, local: FileTime) -> (ZonedTime, Option<Odd>) {
        if let Rules::Unknown(recorded) = self.rules {
            self.rules = self.find_rules(local, recorded);
        }
        match &self.rules {
            Rules::Own => {
                let time = self.zone.zoned(local, self.last.map(|(utc, _)| utc));
                self.last = Some((time.utc, local));
                (time, None)
            }
            Rules::Known(zone) => match local.to_naive().map_or(LocalBias::Never, |time| bias_at(zone, time)) {
                // An hour that does not occur: this machine does not set its clock.
                LocalBias::Never => {
                    self.rules = Rules::Guessed(ClockZone::Unknown);
                    self.by_steps(local, ClockZone::Unknown)
                }
                LocalBias::Once(bias) => self.by_rules(bias, bias, local),
                LocalBias::Twice(early, late) => self.by_rules(early, late, local),
            },
            Rules::Unknown(recorded) | Rules::Guessed(recorded) => self.by_steps(local, *recorded),
        }
    }

    /// The zone of the log's name, if it has the log's bias at the first row. A machine can be set not to change its
    /// clock; then the recorded bias is right and the zone's rules are not.
    fn find_rules(&self, first: FileTime, recorded: ClockZone) -> Rules {
        let fits =
            |zone: &TimeZone| first.to_naive().is_some_and(|local| bias_at(zone, local).has(self.zone.standard_bias));
        let zone = zones(&self.zone.name).into_iter().find(fits).filter(|_| recorded == ClockZone::Recorded);
        zone.map_or(Rules::Guessed(recorded), Rules::Known)
    }

    /// The time of a row by the rules of its zone: with one of two biases if its local time occurs twice.
    fn by_rules(&mut self, early: i32, late: i32, local: FileTime) -> (ZonedTime, Option<Odd>) {
        let step = self.last.map(|(_, last)| local.0.saturating_sub(last.0));
        // Where rows are one hour apart, the second of two equal times is an hour later.
        let is_hourly = self.step.saturating_sub(HOUR_TICKS).saturating_abs() <= HOUR_TICKS / 6;
        let is_next_hour = early != late && is_hourly && self.back == early - self.zone.standard_bias;
        let is_same = step == Some(0) && !is_next_hour;
        // Samples of one stream never go backward.
        let is_late = match self.last {
            Some((utc, _)) => local.plus_minutes(early) < utc,
            None => late == self.zone.standard_bias,
        };
        let bias = if is_same {
            self.zone.standard_bias + self.back
        } else if is_late || step == Some(0) {
            late
        } else {
            early
        };
        self.step = step.filter(|step| *step > 0).unwrap_or(self.step);
        self.back = bias - self.zone.standard_bias;
        self.repeats = if is_same { self.repeats + 1 } else { 0 };
        let time = self.spread(local);
        self.last = Some((if is_same { self.last.map_or(time.utc, |(utc, _)| utc) } else { time.utc }, local));
        (time, is_same.then_some(Odd::Repeated))
    }

    /// Guesses from the steps between rows when the clock was set.
    fn by_steps(&mut self, local: FileTime, recorded: ClockZone) -> (ZonedTime, Option<Odd>) {
        let mut odd = None;
        if let Some((_, last)) = self.last {
            let step = local.0.saturating_sub(last.0);
            self.repeats = if step == 0 { self.repeats + 1 } else { 0 };
            let is_usual = |step: i64| {
                let off = step.saturating_sub(self.step).saturating_abs();
                self.step > 0 && off <= (self.step / 2).min(HOUR_TICKS / 6) + 5 * TICKS_PER_SECOND
            };
            // Back by an hour less some steps, or forward by a usual step and an hour. A repeated row is not a clock
            // that was set back, unless rows are one hour apart.
            let back = step <= 0
                && self.step > 0
                && step.saturating_add(HOUR_TICKS) >= -5 * TICKS_PER_SECOND
                && (step < 0 || is_usual(HOUR_TICKS));
            let ahead = !is_usual(step) && is_usual(step.saturating_sub(HOUR_TICKS));
            if back && self.back <= 0 && self.can_be_set(last, local, 60, recorded) {
                self.back += 60;
                self.repeats = 0;
                odd = Some(Odd::SetBack);
            } else if ahead && self.back >= 0 && self.can_be_set(last, local, -60, recorded) {
                self.back -= 60;
                odd = Some(Odd::SetForward);
            } else if step == 0 {
                odd = Some(Odd::Repeated);
            } else {
                self.step = step;
            }
        }
        let time = self.spread(local);
        self.last = Some((time.utc, local));
        (time, odd)
    }

    /// Whether the clock of any zone with this bias is set between two rows, by these minutes.
    fn can_be_set(&mut self, last: FileTime, local: FileTime, by: i32, recorded: ClockZone) -> bool {
        let (Some(before), Some(after)) = (last.to_naive(), local.to_naive()) else { return false };
        self.asked += 1;
        let bias = (recorded == ClockZone::Recorded).then_some(self.zone.standard_bias + self.back);
        self.asked <= MOST_ASKED && all().iter().any(|zone| is_set(zone, (before, after), by, bias))
    }

    /// The time of a row, after other rows of the same time.
    fn spread(&self, local: FileTime) -> ZonedTime {
        let usual = self.zone.zoned(local, None);
        let minutes = i16::try_from(self.back).unwrap_or(0);
        let utc = usual.utc.plus_minutes(self.back).0.saturating_add(self.repeats.saturating_mul(REPEAT_TICKS));
        ZonedTime { utc: FileTime(utc), offset_minutes: usual.offset_minutes.saturating_sub(minutes) }
    }
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
        let odd = |zone: &str, bias: i32, times: &[FileTime]| {
            let recorded = if zone.is_empty() { ClockZone::Unknown } else { ClockZone::Recorded };
            let mut clock = SampleClock::of_text(Zone::fixed(zone, bias), recorded);
            times.iter().filter_map(|t| clock.zoned(*t).1).collect::<Vec<_>>()
        };
        let night = |month, day| [at(month, day, 2, 50, 0), at(month, day, 2, 55, 0), at(month, day, 2, 0, 0)];
        assert_eq!(odd("", 0, &night(10, 25)), [Odd::SetBack]);
        assert_eq!(odd("Tokyo Standard Time", -540, &night(10, 25)), []);
        assert_eq!(odd("", 0, &night(6, 10)), [], "a clock that was corrected");
        let twice = [at(6, 10, 1, 0, 0), at(6, 10, 2, 0, 0), at(6, 10, 2, 0, 0)];
        assert_eq!(odd("", 0, &twice), [Odd::Repeated]);
    }

    #[test]
    fn a_known_zone_sets_its_clock_by_its_rules() {
        let at = |month, day, hour, minute| {
            let date = chrono::NaiveDate::from_ymd_opt(2026, month, day).unwrap();
            FileTime::from_naive(date.and_hms_opt(hour, minute, 0).unwrap()).unwrap()
        };
        let offsets = |zone: &str, bias: i32, times: &[FileTime]| {
            let mut clock = SampleClock::of_text(Zone::fixed(zone, bias), ClockZone::Recorded);
            times.iter().map(|t| clock.zoned(*t).0.offset_minutes).collect::<Vec<_>>()
        };
        // A collector that pauses for weeks shows no step of an hour.
        let paused = [at(3, 1, 12, 0), at(4, 1, 12, 0), at(11, 1, 12, 0)];
        assert_eq!(offsets("W. Europe Standard Time", -60, &paused), [60, 120, 60]);
        let night = [at(10, 25, 2, 55), at(10, 25, 2, 0), at(10, 25, 2, 55), at(10, 25, 3, 0)];
        assert_eq!(offsets("Mitteleuropäische Sommerzeit", -120, &night), [120, 60, 60, 60]);
        let hourly = [at(10, 25, 0, 0), at(10, 25, 1, 0), at(10, 25, 2, 0), at(10, 25, 2, 0), at(10, 25, 3, 0)];
        assert_eq!(offsets("W. Europe Daylight Time", -120, &hourly), [120, 120, 120, 60, 60]);
        let half_an_hour = [at(4, 5, 1, 50), at(4, 5, 1, 30), at(4, 5, 2, 0)];
        assert_eq!(offsets("Lord Howe Standard Time", -660, &half_an_hour), [660, 630, 630]);
        // The header's bias shows in which of two equal hours a log begins.
        assert_eq!(offsets("W. Europe Standard Time", -60, &night[1..]), [60; 3]);
        // Or that the machine is set not to change its clock.
        assert_eq!(offsets("W. Europe Standard Time", -60, &[at(7, 1, 12, 0), at(7, 2, 12, 0)]), [60; 2]);
        // A machine that does not set its clock has rows in the hour that does not occur.
        let unset = [at(3, 29, 1, 55), at(3, 29, 2, 0), at(3, 29, 3, 0), at(7, 1, 12, 0)];
        assert_eq!(offsets("W. Europe Standard Time", -60, &unset), [60; 4]);
        let minutes = [at(10, 25, 2, 59), at(10, 25, 2, 59), at(10, 25, 2, 0)];
        assert_eq!(offsets("W. Europe Daylight Time", -120, &minutes), [120, 120, 60]);
    }

    #[test]
    fn an_hour_left_out_on_a_sunday_night_is_the_beginning_of_daylight_time() {
        let at = |day: u32, hour: u32, minute: u32| {
            let date = chrono::NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
            FileTime::from_naive(date.and_hms_opt(hour, minute, 0).unwrap()).unwrap()
        };
        let every_two_hours = [22, 24, 26, 28].map(|h| at(28 + h / 24, h % 24, 0));
        let mut clock = SampleClock::of_text(Zone::fixed("", -60), ClockZone::Recorded);
        assert!(every_two_hours.iter().all(|t| clock.zoned(*t).1.is_none()));
        for (day, expected, odd) in [(29, 300.0, Some(Odd::SetForward)), (28, 3900.0, None)] {
            let mut clock = SampleClock::of_text(Zone::fixed("", -60), ClockZone::Recorded);
            clock.zoned(at(day, 1, 50));
            let before = clock.zoned(at(day, 1, 55)).0;
            let (after, found) = clock.zoned(at(day, 3, 0));
            assert_eq!((after.utc.seconds_since(before.utc), found), (expected, odd));
            assert_eq!(after.local(), at(day, 3, 0));
        }
    }
}
