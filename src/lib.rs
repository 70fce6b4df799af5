//! x
#![deny(unsafe_code)]
pub mod counters;
pub mod demo;
pub mod leak;
pub mod log;
pub mod machine;
pub mod output;
pub mod trend;
pub mod verdict;
