#!/usr/bin/env bash
# Builds the archive of one target: package.sh TARGET FOLDER. Beside the program it holds completions, man pages, the
# collector's scripts and the licences.
set -euo pipefail
target=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)
cd "$(dirname "$0")/../.."
version=$(tools/release/version.sh)
name=perfverdict-$version-$target
exe=
case $target in *windows*) exe=.exe ;; esac

cargo build --release --locked --target "$target" --bin perfverdict
program=${CARGO_TARGET_DIR:-target}/$target/release/perfverdict$exe
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stage=$work/$name
mkdir -p "$stage/completions"
cp "$program" README.md LICENSE-APACHE LICENSE-MIT "$stage/"
cp -r logman-scripts "$stage/"
# On a runner of this target's own system; a Mac runs both kinds.
"$program" man "$stage/man" >/dev/null
"$program" completions powershell >"$stage/completions/perfverdict.ps1"
"$program" completions bash >"$stage/completions/perfverdict.bash"
"$program" completions zsh >"$stage/completions/_perfverdict"
"$program" completions fish >"$stage/completions/perfverdict.fish"

cd "$work"
case $target in
*windows*) if command -v 7z >/dev/null; then 7z a -bd -tzip "$out/$name.zip" "$name" >/dev/null; else python3 -m zipfile -c "$out/$name.zip" "$name"; fi ;;
*) tar -czf "$out/$name.tar.gz" "$name" ;;
esac
ls "$out/$name".*
