//! Any bytes as an archive of logs, of every kind: `cargo xtask fuzz archive`.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use perfverdict::inputs::{Archive, UnpackLimit};

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut archive) = Archive::open(Cursor::new(bytes), UnpackLimit::default()) else { return };
    for (number, _) in archive.files() {
        if let Ok(bytes) = archive.unpack(number) {
            perfverdict_fuzz::read(bytes);
        }
    }
});
