//! The collector: logman's commands for the counter log that the analysis reads.
//!
//! Stands alone: it knows command lines and scripts, and nothing of logs.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes of logs, and `as` saturates")]

mod logman;
mod profile;
mod run;
mod script;
mod size;

pub use logman::{Action, CounterLog, Refused, parse_interval};
pub use profile::{PERFLOG_LONG_COUNTERS, Profile};
pub use run::run;
pub use script::{Script, scripts};
pub use size::{Size, size};
