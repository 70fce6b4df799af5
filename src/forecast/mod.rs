//! Until when: limits, and when they are reached.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and dates are computed as floats, and `as` saturates"
)]

pub mod exhaustion;
pub mod limits;
