//! Any bytes as a verdict in JSON, from which the page is made: `cargo xtask fuzz verdict`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use perfverdict::report::{from_json, to_html, to_json};

fuzz_target!(|bytes: &[u8]| {
    let Ok(report) = from_json(bytes) else { return };
    let _ = to_html(&report);
    let json = to_json(&report).unwrap();
    let again = from_json(&json).expect("our own JSON is read");
    assert_eq!(to_json(&again).unwrap(), json);
});
