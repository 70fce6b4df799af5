#!/usr/bin/env bash
# Builds the program with what the tests build, and prints its path. `cargo run` and `cargo build` enable other features
# of the same crates, and would build them all again.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo test -q --locked --no-run --test cli
echo "${CARGO_TARGET_DIR:-$PWD/target}/debug/perfverdict"
