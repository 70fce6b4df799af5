//! Any bytes as a text log: `cargo xtask fuzz csv`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use perfverdict::log::Bytes;

fuzz_target!(|bytes: &[u8]| perfverdict_fuzz::read(Bytes::Owned(bytes.to_vec())));
