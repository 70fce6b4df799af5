//! All sentences for people: facts in, words out.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and dates are computed as floats, and `as` saturates"
)]

pub mod advice;
pub mod assessment;
pub mod checks_for_leak;
pub mod headline;
pub mod kernel_advice;
