//! The collector: logman's commands for the counter log that the analysis reads.
//!
//! Stands alone: it knows command lines and scripts, and nothing of logs.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes of logs, and `as` saturates")]

mod command;
mod logman;
mod page;
mod poolmon;
mod powershell;
mod profile;
mod reproduce;
mod run;
mod script;
mod settings;
mod size;
mod template;
mod trace;
mod windows;

pub use command::{CommandLine, boot_task};
pub use logman::{Action, CounterLog};
pub use page::CHECK_TIMES;
pub use profile::{PERFLOG_LONG_COUNTERS, PROCESS_V2, Profile};
pub use run::{LOG_EXISTS, NO_SUCH_COLLECTOR, explain, run_command, run_quietly, this_windows};
pub use script::{Script, WRITTEN_BY, scripts};
pub use settings::{Refused, parse_interval};
pub use size::{Size, size};
pub use windows::Windows;
