//! Any bytes as exported events: `cargo +nightly fuzz run events`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use perfverdict::evidence::memory_exhaustion::{is_event_xml, parse};

fuzz_target!(|bytes: &[u8]| {
    let _ = is_event_xml(bytes);
    let _ = parse(bytes);
});
