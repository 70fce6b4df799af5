#!/usr/bin/env bash
# Holds the .exe's JSON and HTML of the fixtures against this system's program: same-bytes.sh PROGRAM.exe
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cargo build -q --locked
# An installed list of pool tags is one system's and not the other's.
for input in fixtures/*.blg fixtures/incident; do
    name=$(basename "$input")
    target/debug/perfverdict analyze "$input" --ram 4GB -o "$out/$name.here.html" --json "$out/$name.here.json" >/dev/null 2>&1
    tools/wine.sh "$1" analyze "$input" --ram 4GB -o "$out/$name.exe.html" --json "$out/$name.exe.json" >/dev/null 2>&1
    for kind in html json; do
        cmp "$out/$name.here.$kind" "$out/$name.exe.$kind"
        echo "$name.$kind: $(stat -c %s "$out/$name.exe.$kind") bytes, the same"
    done
done
