//! What all rooms share: pool kinds, and figures as people read them.

pub mod boot;
mod pool;
pub mod time;
pub mod units;

pub use pool::Pool;
