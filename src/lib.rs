//! Reads Windows Performance Monitor logs on any system and says whether the machine leaks memory,
//! who leaks it, since when, until when, and what to do.
//!
//! ```no_run
//! use perfverdict::{analysis::analyze, leak::Options, machine::TimeRange};
//!
//! let report = analyze(&["server.blg".into()], &Options::default(), TimeRange::default());
//! for machine in &report.machines {
//!     for finding in &machine.findings {
//!         println!("{}: {}", machine.machine, finding.headline);
//!     }
//! }
//! ```
//!
//! The way of the data: [`log`] reads files of whatever format with the help of [`counters`];
//! [`machine`] joins them to one history a computer; [`checks`] judges it with the statistics of
//! [`stats`] and the help of other [`evidence`]; [`model`] is the result, which [`report`] writes as
//! HTML, JSON and text. [`collector`] makes the commands that create such logs.
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

pub mod attribute;
pub mod base;
pub mod checks;
pub mod cli;
pub mod collector;
pub mod convert;
pub mod counters;
pub mod demo;
pub mod detect;
pub mod evidence;
pub mod explain;
pub mod forecast;
pub mod inputs;
pub mod inspect;
pub mod log;
pub mod machine;
pub mod model;
pub mod output;
pub mod pipeline;
pub mod report;
pub mod stats;
