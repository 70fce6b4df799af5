//! What all rooms share: pool kinds, and figures as people read them.

pub mod boot;
mod pool;
mod ram;
pub mod time;
pub mod units;

pub use pool::Pool;
pub use ram::{Ram, RamSource};
