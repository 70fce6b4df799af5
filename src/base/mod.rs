//! Shared types: times, units, pools, boots, Windows releases, and panics as errors.

pub mod boot;
pub mod catch_panic;
pub mod grouping;
mod pool;
mod ram;
mod snapshot_place;
mod system;
pub mod threads;
pub mod time;
pub mod units;
pub mod windows;

pub use pool::Pool;
pub use ram::{Ram, RamSource};
pub use snapshot_place::SnapshotPlace;
pub use system::{system_error, without_numbers};
