//! What performance counters are: their paths, their Perflib types and how raw values become
//! the displayed ones, and which of them this tool needs.

pub mod cook;
pub mod known;
pub mod locale;
pub mod path;
pub mod pattern;
pub mod types;

pub use cook::{Raw, cook};
pub use known::{CounterId, LoadCounter, MemoryCounter, ProcessField};
pub use path::CounterPath;
pub use pattern::{PathFilter, PathPattern};
pub use types::CounterType;
