//! What the tests share.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::path::{Path, PathBuf};

/// A file of real logs, which lie beside the checkout where there are any. Prints why a test is
/// skipped where there are none.
pub fn real(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/real").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: the real file {name} is not beside this checkout");
    None
}

/// A file of the fixtures.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}
