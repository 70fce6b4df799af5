//! Who holds or causes growth: process shares, triggers, pool tags and their owners, events.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and dates are computed as floats, and `as` saturates"
)]

pub mod origin;
pub mod pool_evidence;
pub mod tags;
pub mod timeline;
pub mod timing;
