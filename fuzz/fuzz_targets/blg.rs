//! Any bytes as a .blg: `cargo xtask fuzz blg`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use perfverdict::log::{Bytes, blg};

fuzz_target!(|bytes: &[u8]| {
    if blg::is_trace_file(bytes) {
        perfverdict_fuzz::read(Bytes::Owned(bytes.to_vec()));
    }
});
