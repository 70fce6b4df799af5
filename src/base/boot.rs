//! Maximum distance between two times of the same boot.

/// For times from counters: `System Up Time` starts with the kernel, `Elapsed Time` of the System process slightly
/// later, and both are rounded and sampled at slightly different times. No machine reboots twice within this time.
pub const SAME_BOOT_COUNTERS_SECONDS: f64 = 300.0;

/// For times from the event log: events 12 and 6005 of one boot are minutes apart if services start slowly, and 6008
/// (unexpected shutdown) follows them.
pub const SAME_BOOT_EVENTS_SECONDS: f64 = 600.0;
