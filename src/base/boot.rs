//! How far apart two times of the same boot can lie.

/// Times of one boot from counters: `System Up Time` begins with the kernel, `Elapsed Time` of the System process a
/// little later, and both are rounded and sampled at slightly different times. No machine reboots twice within this.
pub const SAME_BOOT_COUNTERS_SECONDS: f64 = 300.0;

/// Times of one boot from the event log: events 12 and 6005 of one boot are written minutes apart when services start
/// slowly, and 6008 (unexpected shutdown) follows them.
pub const SAME_BOOT_EVENTS_SECONDS: f64 = 600.0;
