//! Reads Windows Performance Monitor logs on any system and shows whether the machine leaks memory: what
//! leaks it, since when, until when, and what to do.
//!
//! Judge logs and other evidence:
//!
//! ```
//! use perfverdict::{Options, TimeRange, analyze};
//!
//! let report = analyze(&["fixtures/quiet.blg".into()], &Options::default(), TimeRange::default());
//! for machine in &report.machines {
//!     for finding in &machine.findings {
//!         println!("{}: {}", machine.machine, finding.headline);
//!     }
//! }
//! ```
//!
//! Read a log, without Windows:
//!
//! ```
//! use perfverdict::Log;
//! use perfverdict::log::Selection;
//!
//! let samples = Log::open("fixtures/quiet.blg")?.samples(Selection::All)?;
//! for sample in samples.iter() {
//!     for (path, value) in sample.values() {
//!         println!("{} {path} {value}", sample.time);
//!     }
//! }
//! # Ok::<(), perfverdict::log::LogError>(())
//! ```
//!
//! Data flow: [`inputs`] opens files, folders and archives and recognizes formats by content; [`log`] reads counter
//! logs and [`evidence`] everything else; [`machine`] joins logs to the history of one computer; checks judge it with
//! their own statistics; [`model`] is the result, which [`report`] writes as HTML, JSON and text. [`convert`] writes
//! logs in other formats, and [`collector`] makes the commands that create them.
#![deny(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::float_cmp,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "tests compare exact values"
    )
)]

mod attribute;
pub mod base;
mod case;
mod checks;
#[doc(hidden)]
pub mod cli;
pub mod collector;
pub mod convert;
pub mod counters;
#[doc(hidden)]
pub mod demo;
mod detect;
pub mod evidence;
mod explain;
mod forecast;
pub mod inputs;
pub mod inspect;
pub mod log;
pub mod machine;
pub mod model;
#[doc(hidden)]
pub mod output;
mod pipeline;
#[doc(hidden)]
pub mod progress;
pub mod report;
#[doc(hidden)]
pub mod stats;

pub use base::{Pool, Ram, RamSource};
pub use case::Options;
pub use checks::counters as counters_read;
pub use forecast::{MeasuredBy, MeasuredLimit, Release};
pub use inputs::UnpackLimit;
pub use log::{Log, TimeRange};
pub use machine::MOST_MACHINES;
pub use pipeline::{Extras, analyze, analyze_with, judge_machine};
