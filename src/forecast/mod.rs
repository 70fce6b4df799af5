//! Forecasts: limits, and when growth reaches them.

mod exhaustion;
pub mod limits;

pub use exhaustion::{Forecast, Limit, LimitBasis, MeasuredBy, MeasuredLimit, PoolLimits, RamIs, forecast};
pub use limits::{PoolRule, Release};
