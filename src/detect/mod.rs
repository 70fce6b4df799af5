//! How one series moves: growth, steps, saturation, load. Facts only; each method cites its source.
//!
//! From the bottom up: [`Points`] are the series. [`SegmentStats`] measure a segment of it and decide nothing. A
//! [`GateResult`] is one check for a leak with its answer. [`assess`] searches the series for a segment that passes all
//! checks; its [`Assessment`] is a verdict with evidence. [`assess_between_boots`] does the same for each boot of the
//! machine.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are computed as floats, and `as` saturates"
)]

mod assess;
mod assessment;
mod boots;
mod gate;
mod gates;
mod growing;
pub mod load;
mod marks;
mod no_growth;
mod points;
mod sawtooth;
mod search;
mod segment;
mod shape;
mod steps;
#[cfg(test)]
mod tests;

pub use assess::assess;
pub use assessment::{Assessment, AssessmentChange, Context, Evidence, Trend, Wanted};
pub use boots::{Assessed, BetweenBoots, RestartSummary, assess_between_boots};
pub use gate::{GateKind, GateResult, Measured, Need, Passed, Steep};
pub use gates::{Examined, GROWTH_THAT_MATTERS, ONE_DAY_HOURS};
pub use marks::{SLIDING_FROM_HOURS, marks};
pub use points::{DAY, END_SAMPLES, MIN_SAMPLES, OUTLIERS, Points, range};
pub use sawtooth::sawtooth;
pub use segment::STRAIGHT_RUN;

pub(crate) use gates::{BEYOND_RANDOM_WALK, RISES_BY_HOUR};
pub(crate) use segment::SIGNIFICANT;
