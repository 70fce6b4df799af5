//! A machine's clock, by its samples: times of other evidence against hours of its log.

use chrono::{NaiveDateTime, TimeDelta};

use super::Stamp;
use crate::base::time::TICKS_PER_SECOND;
use crate::log::{FileTime, ZonedTime};
use crate::machine::Machine;

/// The machine's clock.
pub struct Clock<'m> {
    times: &'m [ZonedTime],
}

impl<'m> Clock<'m> {
    /// Of a machine.
    #[must_use]
    pub fn of(machine: &'m Machine) -> Self {
        Self { times: &machine.times }
    }

    /// Minutes that the clock was ahead of UTC when it showed a time; 0 where no log says.
    #[must_use]
    pub fn offset(&self, local: NaiveDateTime) -> i16 {
        let Some(first) = self.times.first() else { return 0 };
        let guess = local.checked_sub_signed(TimeDelta::minutes(i64::from(first.offset_minutes)));
        let Some(utc) = guess.and_then(FileTime::from_naive) else { return first.offset_minutes };
        let at = self.times.partition_point(|t| t.utc <= utc).saturating_sub(1);
        self.times.get(at).unwrap_or(first).offset_minutes
    }

    /// Hours from the first sample.
    #[must_use]
    pub fn hours(&self, utc: NaiveDateTime) -> Option<f64> {
        let ticks = FileTime::from_naive(utc)?.0.checked_sub(self.times.first()?.utc.0)?;
        Some(ticks as f64 / TICKS_PER_SECOND as f64 / 3600.0)
    }

    /// The same of a time on whatever clock.
    #[must_use]
    pub fn hours_of(&self, stamp: Stamp) -> Option<f64> {
        let Stamp::Local(time) = stamp else { return self.hours(stamp.utc(0)) };
        self.hours(stamp.utc(self.offset(time)))
    }

    /// Hours of each sample.
    #[must_use]
    pub fn samples(&self) -> Vec<f64> {
        let Some(first) = self.times.first() else { return Vec::new() };
        self.times.iter().map(|t| t.utc.seconds_since(first.utc) / 3600.0).collect()
    }

    /// The time that the log covers, UTC.
    #[must_use]
    pub fn covered(&self) -> Option<(NaiveDateTime, NaiveDateTime)> {
        Some((self.times.first()?.utc.to_naive()?, self.times.last()?.utc.to_naive()?))
    }
}
