//! A machine's clock, from its samples: converts times of evidence to the machine's time line.

use chrono::{NaiveDateTime, TimeDelta};

use crate::base::time::{FileTime, Timestamp};
use crate::machine::Machine;

/// The clock of a machine.
pub struct MachineClock<'m> {
    machine: &'m Machine,
}

impl<'m> MachineClock<'m> {
    /// Creates the clock of a machine.
    #[must_use]
    pub fn of(machine: &'m Machine) -> Self {
        Self { machine }
    }

    /// Minutes by which the clock was ahead of UTC when it showed a time; 0 without a log.
    #[must_use]
    pub fn offset(&self, local: NaiveDateTime) -> i16 {
        let Some(first) = self.machine.times.first() else { return 0 };
        let guess = local.checked_sub_signed(TimeDelta::minutes(i64::from(first.offset_minutes)));
        let Some(utc) = guess.and_then(FileTime::from_naive) else { return first.offset_minutes };
        let at = self.machine.times.partition_point(|t| t.utc <= utc).saturating_sub(1);
        self.machine.times.get(at).unwrap_or(first).offset_minutes
    }

    /// Hours from the first sample to a UTC time; `None` without a log.
    #[must_use]
    pub fn hours(&self, utc: NaiveDateTime) -> Option<f64> {
        self.machine.times.first()?;
        Some(self.machine.hours_at(FileTime::from_naive(utc)?))
    }

    /// Hours from the first sample to a time.
    #[must_use]
    pub fn hours_of(&self, time: Timestamp) -> Option<f64> {
        match time {
            Timestamp::Utc(utc) => self.hours(utc),
            Timestamp::Local(local) => self.hours(time.utc(self.offset(local))),
        }
    }

    /// The time that the log covers, UTC.
    #[must_use]
    pub fn covered(&self) -> Option<(NaiveDateTime, NaiveDateTime)> {
        Some((self.machine.times.first()?.utc.to_naive()?, self.machine.times.last()?.utc.to_naive()?))
    }
}
