//! Load: the counters of a log that say what a machine has to do, and what they explain of a series.

mod explained;
mod series;

pub use explained::{Explained, ExplainedBy, Explaining, explain};
pub use series::{LoadSeries, counters, loads};
