//! What to know about a collector before it is created.

use std::fmt;

use chrono::NaiveDateTime;

use super::logman::CounterLog;
use super::size::Size;
use crate::base::units;

/// A setting that is probably not intended. `Display` explains it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// The log overwrites samples that are still needed.
    TooSmall {
        /// Days that the log should cover.
        wanted_days: f64,
        /// Days that the log covers.
        days: f64,
        /// Maximum size, MB.
        megabytes: u32,
        /// Required size, MB.
        needed_megabytes: u32,
    },
    /// The end is in the past.
    EndInPast,
    /// The size of these objects and instance patterns is a guess.
    Guessed(Vec<String>),
}

/// A suggested size is this much larger than the estimate, because the number of processes varies.
const MARGIN: f64 = 1.1;

impl Warning {
    /// The warnings for a collector with a log of this size that should cover a number of days. Without that number it
    /// should cover its whole schedule, which starts now unless it has a start time.
    #[must_use]
    pub fn all(log: &CounterLog, size: &Size, wanted_days: Option<u32>, now: NaiveDateTime) -> Vec<Self> {
        let wanted_days = wanted_days.map(f64::from).or_else(|| scheduled_days(log, now));
        let too_small = wanted_days.filter(|days| *days > size.days).map(|wanted_days| Self::TooSmall {
            wanted_days,
            days: size.days,
            megabytes: log.max_megabytes(),
            needed_megabytes: (wanted_days * size.day / units::MB * MARGIN).ceil() as u32,
        });
        let past = log.end().filter(|end| *end < now).map(|_| Self::EndInPast);
        let guessed = (!size.guessed.is_empty()).then(|| Self::Guessed(size.guessed.clone()));
        too_small.into_iter().chain(past).chain(guessed).collect()
    }
}

/// Days from the start to the end; `None` for a collector that runs until it is stopped.
fn scheduled_days(log: &CounterLog, now: NaiveDateTime) -> Option<f64> {
    let begin = log.begin().unwrap_or(now);
    let to_end = log.end().map(|end| (end - begin).num_seconds() as f64);
    to_end.or(log.run_seconds().map(f64::from)).map(|seconds| seconds / 86_400.0)
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooSmall { wanted_days, days, megabytes, needed_megabytes } => write!(
                f,
                "{} do not fit into {megabytes} MB: the log overwrites its oldest samples after {}; use --max \
                 {needed_megabytes} or a longer --interval",
                units::duration(24.0 * wanted_days),
                units::duration(24.0 * days),
            ),
            Self::EndInPast => {
                f.write_str("the end is in the past by this machine's clock; the collector would never run")
            }
            Self::Guessed(what) => write!(
                f,
                "the size of these counters is only guessed: {}; check the size of the log after its first hour",
                what.join(", ")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collector::{Profile, Windows, size};

    #[test]
    fn what_does_not_fit_is_past_or_guessed() {
        let at = |day| chrono::NaiveDate::from_ymd_opt(2026, 3, day).unwrap().and_hms_opt(0, 0, 0).unwrap();
        let fast = CounterLog::of(Profile::Fast, Windows::default());
        let size_of = |log: &CounterLog| size(log, 150, 8);
        assert_eq!(Warning::all(&fast, &size_of(&fast), None, at(1)), [], "it runs until it is stopped");

        // By the number of days, from the start to the end, and from now to the end.
        let from_to = fast.clone().with_schedule(Some(at(3)), Some(at(20)), None).unwrap();
        let to = fast.clone().with_schedule(None, Some(at(20)), None).unwrap();
        for (log, days, wanted) in [(&fast, Some(30), 30.0), (&from_to, None, 17.0), (&to, None, 19.0)] {
            let warnings = Warning::all(log, &size_of(log), days, at(1));
            let [Warning::TooSmall { wanted_days, needed_megabytes, .. }] = warnings[..] else {
                panic!("{warnings:?}")
            };
            assert!((wanted_days - wanted).abs() < 1e-9, "{warnings:?}");
            let larger = log.clone().with_max_megabytes(needed_megabytes).unwrap();
            assert_eq!(Warning::all(&larger, &size_of(&larger), days, at(1)), []);
        }
        let past = Warning::all(&from_to, &size_of(&from_to), Some(1), at(21));
        assert_eq!(past, [Warning::EndInPast]);

        let other = CounterLog::default().with_counters([r"\MSSQL$A:Locks(*)\*"]).unwrap();
        let guessed = Warning::all(&other, &size_of(&other), None, at(1));
        assert_eq!(guessed, [Warning::Guessed(vec!["MSSQL$A:Locks".to_owned()])]);
    }
}
