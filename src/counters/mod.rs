//! Performance counters: their paths, their Perflib types, the calculation of displayed values, and the counters with a
//! name in the code.

pub mod cook;
pub mod known;
pub mod locale;
pub mod path;
pub mod pattern;
mod set;
pub mod types;

pub use cook::{Raw, cook};
pub use known::{CounterId, DiskCounter, Instances, LoadCounter, MemoryCounter, ProcessField};
pub use path::CounterPath;
pub use pattern::{PathFilter, PathPattern};
pub use set::CounterSet;
pub use types::CounterType;
