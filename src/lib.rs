//! x
#![deny(unsafe_code)]
pub mod counters;
pub mod log;
