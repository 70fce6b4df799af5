//! Any bytes as a debugger's session. `cargo xtask fuzz windbg`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use perfverdict::evidence::{text, windbg};

fuzz_target!(|bytes: &[u8]| {
    let content = text::decode(bytes);
    let _ = windbg::is_session(&content);
    let session = windbg::parse(&content, "fuzz");
    let _ = session.modules_with_tags();
});
