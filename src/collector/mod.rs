//! The collector: the counter log that the analysis reads, as logman commands and as scripts.
//!
//! Independent of the other modules: it contains only command lines and scripts, and no logs.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes of logs, and `as` saturates")]

mod command;
mod failure;
mod folders;
mod logman;
mod profile;
mod run;
mod schtasks;
mod scripts;
mod settings;
mod size;
mod warning;
mod windows;

pub use command::CommandLine;
pub use failure::{Failure, LOG_EXISTS, NO_SUCH_COLLECTOR};
pub use logman::{Action, CounterLog};
pub use profile::{PERFLOG_LONG_COUNTERS, PROCESS_V2, Profile};
pub use run::{run_command, run_quietly, this_windows};
pub use schtasks::TaskAction;
pub use scripts::{CHECK_TIMES, Script, WRITTEN_BY, scripts};
pub use settings::{DAY_SECONDS, InvalidSetting, NotAnInterval, parse_interval};
pub use size::{Size, size};
pub use warning::Warning;
pub use windows::Windows;
