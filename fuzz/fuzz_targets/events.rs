//! Any bytes as events: an event log, exported XML, exported text. `cargo xtask fuzz events`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use perfverdict::evidence::events::{is_event_text, is_event_xml, parse_event_text, parse_event_xml, parse_evtx};
use perfverdict::evidence::text;

fuzz_target!(|bytes: &[u8]| {
    let content = text::decode(bytes);
    let _ = (is_event_xml(&content), is_event_text(&content));
    let _ = parse_event_xml(bytes);
    let _ = parse_event_text(&content);
    let _ = parse_evtx(bytes);
});
