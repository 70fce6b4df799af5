//! x
#![deny(unsafe_code)]
pub mod counters;
pub mod demo;
pub mod log;
pub mod output;
