//! The collector: logman's commands for the counter log that the analysis reads.
//!
//! Stands alone: it knows command lines and scripts, and nothing of logs.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes of logs, and `as` saturates")]

mod command;
mod logman;
mod poolmon;
mod profile;
mod run;
mod script;
mod size;
mod template;

pub use command::{CommandLine, boot_task};
pub use logman::{Action, CounterLog, Refused, parse_interval};
pub use profile::{PERFLOG_LONG_COUNTERS, Profile};
pub use run::{explain, run_command};
pub use script::{Script, scripts};
pub use size::{Size, size};
