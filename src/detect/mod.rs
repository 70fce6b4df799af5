//! How one series moves: growth, steps, saturation, load. Facts only; each method cites its source.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and dates are computed as floats, and `as` saturates"
)]

pub mod assess;
pub mod boots;
pub mod gates;
pub mod load;
pub mod load_gates;
pub mod no_growth;
pub mod sawtooth;
pub mod segment;
pub mod shape;
