//! One computer's history, joined from its logs.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counters arrive as floats, and `as` saturates"
)]

pub(crate) mod boots;
mod builder;
mod history;
mod join;
mod pool;
pub mod process;
pub mod ram;
mod segment;
mod series;
mod spikes;
mod store;

pub use crate::base::Pool;
pub use crate::base::Ram;
pub use crate::log::TimeRange;
pub use builder::MachineBuilder;
pub use history::{Machine, Values};
pub use process::{Process, ProcessSeries, SYSTEM_PID};
pub use segment::{MOST_MACHINES, UNNAMED};
pub use series::Series;
pub use store::SeriesStore;
