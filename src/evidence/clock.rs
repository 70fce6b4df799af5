//! A machine's clock, known from its samples: puts times of evidence on the machine's time line.

use chrono::{NaiveDateTime, TimeDelta};

use crate::base::time::TICKS_PER_SECOND;
use crate::base::time::Timestamp;
use crate::log::{FileTime, ZonedTime};
use crate::machine::Machine;

/// A machine's clock.
pub struct MachineClock<'m> {
    times: &'m [ZonedTime],
}

impl<'m> MachineClock<'m> {
    /// The clock of a machine.
    #[must_use]
    pub fn of(machine: &'m Machine) -> Self {
        Self { times: &machine.times }
    }

    /// Minutes that the clock was ahead of UTC when it showed a time; 0 without a log.
    #[must_use]
    pub fn offset(&self, local: NaiveDateTime) -> i16 {
        let Some(first) = self.times.first() else { return 0 };
        let guess = local.checked_sub_signed(TimeDelta::minutes(i64::from(first.offset_minutes)));
        let Some(utc) = guess.and_then(FileTime::from_naive) else { return first.offset_minutes };
        let at = self.times.partition_point(|t| t.utc <= utc).saturating_sub(1);
        self.times.get(at).unwrap_or(first).offset_minutes
    }

    /// Hours from the first sample to a UTC time.
    #[must_use]
    pub fn hours(&self, utc: NaiveDateTime) -> Option<f64> {
        let ticks = FileTime::from_naive(utc)?.0.checked_sub(self.times.first()?.utc.0)?;
        Some(ticks as f64 / TICKS_PER_SECOND as f64 / 3600.0)
    }

    /// Hours from the first sample to a time.
    #[must_use]
    pub fn hours_of(&self, time: Timestamp) -> Option<f64> {
        match time {
            Timestamp::Utc(utc) => self.hours(utc),
            Timestamp::Local(local) => self.hours(time.utc(self.offset(local))),
        }
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
