//! Evidence besides counter logs.

pub mod memory_exhaustion;
