//! Load: the counters of a log that show how much work a machine has, and what they explain of a series.

mod explained;
mod series;

pub use explained::{Explained, ExplainedBy, Explaining, explain};
pub use series::{LoadSeries, counters, loads};
