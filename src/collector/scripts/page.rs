//! The README of the scripts.

use askama::Template;

use super::poolmon::kept_days;
use super::script::{Script, WRITTEN_BY};
use super::trace::Trace;
use crate::collector::logman::CounterLog;
use crate::collector::size::Size;

/// What to do after a collector with a start or end time was created.
pub const CHECK_TIMES: &str = "Check the begin and end in Performance Monitor (Properties > Schedule): logman reads them in \
    the machine's regional format, which may swap day and month";

/// What each script does, and what to know before using it.
#[derive(Template)]
#[template(path = "collector/readme.md", escape = "none")]
struct Readme<'a> {
    log: &'a CounterLog,
    kept_days: u32,
    trace: Trace<'a>,
}

/// `README.md`.
pub fn readme(log: &CounterLog, size: &Size) -> Script {
    Script::new("README.md", &Readme { log, kept_days: kept_days(size), trace: Trace::of(log) })
}
