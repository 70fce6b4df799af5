//! Any bytes as a list of pool tags. `cargo xtask fuzz pooltag`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use perfverdict::evidence::pooltag::{PoolTags, is_pooltag, parse_pooltag};
use perfverdict::evidence::{Tag, text};

fuzz_target!(|bytes: &[u8]| {
    let content = text::decode(bytes);
    let _ = is_pooltag(&content);
    let mut tags = PoolTags::default();
    tags.add("fuzz", parse_pooltag(&content).0);
    let _ = tags.find(Tag(*b"Leak"));
});
