//! What causes growth: shares of processes, correlated processes, pool tags and their owners, events. Facts only.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "figures are floats, and `as` saturates")]

pub mod events;
pub mod origin;
pub mod pool_evidence;
pub mod suspect;
pub mod tags;
pub mod timing;
