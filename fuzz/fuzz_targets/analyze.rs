//! Any bytes as an input of an analysis, from the file to all reports: `cargo xtask fuzz analyze`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use perfverdict::report::{to_html, to_json, to_text};
use perfverdict::{Options, TimeRange, analyze};

fuzz_target!(|bytes: &[u8]| {
    let path = std::env::temp_dir().join(format!("perfverdict-fuzz-{}", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    let report = analyze(&[path], &Options::default(), TimeRange::default());
    let html = to_html(&report).unwrap();
    assert!(!html.contains("<script"));
    assert!(to_json(&report).unwrap().ends_with(b"}\n"));
    let _ = to_text(&report);
});
