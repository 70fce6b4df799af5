//! The collector: logman's commands for the counter log that the analysis reads.
//!
//! Stands alone: it knows command lines and scripts, and nothing of logs.

mod logman;
mod run;
mod script;

pub use logman::{Action, CounterLog, PERFLOG_LONG_COUNTERS, Refused, parse_interval};
pub use run::run;
pub use script::{Script, scripts};
