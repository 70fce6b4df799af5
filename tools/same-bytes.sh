#!/usr/bin/env bash
# Compares the .exe's JSON and HTML of a fixture with those of this system's program: same-bytes.sh PROGRAM.exe
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
here=$(tools/program.sh)

# Its output is shown if it fails.
analyze() {
    local kind=$1
    shift
    "$@" analyze "$input" --ram 4GB -o "$out/$name.$kind.html" --json "$out/$name.$kind.json" >"$out/said" 2>&1 ||
        { cat "$out/said"; return 1; }
}

for input in fixtures/incident; do
    name=$(basename "$input")
    analyze here "$here"
    analyze exe tools/wine.sh "$1"
    for kind in html json; do
        cmp "$out/$name.here.$kind" "$out/$name.exe.$kind"
        echo "$name.$kind: $(stat -c %s "$out/$name.exe.$kind") bytes, the same"
    done
done
