//! Other evidence than counter logs: it names the pool tag, the driver, and the moment.

pub mod drivers;
pub mod memory_exhaustion;
pub mod poolmon;
pub mod pooltag;
pub mod stamp;
mod tag;
pub mod text;
mod well_known;
pub mod windbg;

pub use stamp::Stamp;
pub use tag::{Tag, TagPattern};
