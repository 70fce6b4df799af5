//! Any bytes as a log that is converted, and what is written converted again: `cargo xtask fuzz convert`.
#![no_main]

use std::io::Cursor;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use perfverdict::convert::{Dialect, write_blg, write_text};
use perfverdict::log::{Bytes, Log, Query, Selection};

fn open(bytes: &[u8]) -> Log {
    Log::from_bytes(Path::new("again"), Bytes::Owned(bytes.to_vec()))
        .unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(bytes)))
}

fn text(log: Log) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    write_text(&[log], &Query::from(Selection::All), Dialect::default(), &mut out).ok().map(|_| out)
}

fn rows(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(log) = Log::from_bytes(Path::new("fuzz"), Bytes::Owned(bytes.to_vec())) else { return };
    let query = Query::from(Selection::All);
    let mut blg = Cursor::new(Vec::new());
    if write_blg(&[log], &query, "x.blg", &mut blg).is_ok() {
        let again = Log::from_bytes(Path::new("again"), Bytes::Owned(blg.into_inner()));
        assert!(again.is_ok(), "{:?}", again.err());
    }
    let Some(first) = text(open(bytes)).filter(|first| rows(first) > 1) else { return };
    let second = text(open(&first)).expect("what was written is read");
    let third = text(open(&second)).expect("what was written is read");
    assert_eq!(rows(&first), rows(&second));
    assert_eq!(String::from_utf8_lossy(&second), String::from_utf8_lossy(&third));
});
