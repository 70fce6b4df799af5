//! Other evidence than counter logs: it names the pool tag, the driver, and the moment.

pub mod clock;
pub mod clues;
pub mod collection;
pub mod drivers;
pub mod dump;
pub mod events;
mod fit;
mod guard;
pub mod owner;
pub mod poolmon;
pub mod pooltag;
pub mod stamp;
mod tag;
pub mod text;
pub mod well_known;
pub mod windbg;

pub use clues::Clues;
pub use stamp::Stamp;
pub use tag::{Tag, TagPattern};
