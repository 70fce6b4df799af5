//! Any bytes as a driver file. `cargo xtask fuzz driver`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use perfverdict::evidence::Tag;
use perfverdict::evidence::drivers::{Layout, look_at};

fuzz_target!(|bytes: &[u8]| {
    for layout in [Layout::File, Layout::Memory] {
        let _ = look_at(bytes, layout, &[Tag(*b"Leak"), Tag(*b"AfdE")]);
    }
});
