//! Simulated Windows machines, the logs they would have written, and what perfverdict says of them.
//!
//! The simulator shares nothing with the detector. Families of [`families::Group::HeldOut`] had no part in any choice
//! of a threshold, nor had seeds from 4,000,000 on.
//!
//! ```
//! use perfverdict_simulator::{families, log, simulation::Simulation};
//!
//! let (_, family) = families::all().next().unwrap();
//! let plan = family.plan(1_000_000);
//! let bytes = log::bytes(&plan, &Simulation::new(&plan));
//! assert!(!bytes.is_empty());
//! ```
#![forbid(unsafe_code)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::struct_excessive_bools,
    reason = "a simulation counts in floats, and a plan is a list of what is so"
)]

mod activity;
pub mod families;
mod leak;
pub mod log;
mod movement;
pub mod outcome;
pub mod plan;
mod process;
mod random;
pub mod score;
pub mod simulation;
pub mod tags;
pub mod truth;
pub mod yardsticks;

pub use process::ProcessSample;
