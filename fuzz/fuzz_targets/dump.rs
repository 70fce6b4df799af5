//! Any bytes as a kernel dump. `cargo xtask fuzz dump`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use perfverdict::evidence::Tag;
use perfverdict::evidence::dump::Dump;
use perfverdict::log::Bytes;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(dump) = Dump::open(Bytes::Owned(bytes.to_vec())) {
        let _ = dump.find(&[Tag(*b"Leak")], "fuzz");
        let _ = dump.pools("fuzz");
    }
});
