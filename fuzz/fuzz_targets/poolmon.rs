//! Any bytes as pools by tag: PoolMon's display, or a table. `cargo xtask fuzz poolmon`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use perfverdict::evidence::poolmon::{in_order, is_display, is_table, parse_display, parse_table};
use perfverdict::evidence::text;

fuzz_target!(|bytes: &[u8]| {
    let content = text::decode(bytes);
    let _ = (is_display(&content), is_table(&content));
    for parsed in [parse_display("fuzz1.txt", &content), parse_table("fuzz2.csv", &content)] {
        assert!(parsed.snapshots.iter().all(|s| !s.tags.is_empty()));
        let ordered = in_order(parsed.snapshots, &|_| 60, None);
        assert!(ordered.snapshots.windows(2).all(|w| w[0].0 <= w[1].0));
    }
});
