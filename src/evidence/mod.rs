//! Other evidence than counter logs: it names the pool tag, the driver, and the moment.

pub mod memory_exhaustion;
pub mod poolmon;
pub mod stamp;
mod tag;
pub mod text;

pub use stamp::Stamp;
pub use tag::{Tag, TagPattern};
