#!/usr/bin/env bash
# Fills the manifests of winget and scoop for a release: manifests.sh SHA256SUMS FOLDER. Hand the one in to winget's
# repository of packages, the other to a bucket of scoop.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
version=$("$here/version.sh")
sum() {
    local name=perfverdict-$version-$1.zip sum
    sum=$(awk -v name="$name" '$2 == name || $2 == "*" name { print $1 }' "$sums")
    [[ $sum =~ ^[0-9a-f]{64}$ ]] || { echo "$sums: no SHA-256 of $name" >&2; return 1; }
    echo "$sum"
}
sums=$1
x64=$(sum x86_64-pc-windows-msvc)
arm64=$(sum aarch64-pc-windows-msvc)
for file in "$here"/winget/*.yaml "$here"/scoop/*.json; do
    folder=$2/$(basename "$(dirname "$file")")
    mkdir -p "$folder"
    sed -e "s/@VERSION@/$version/g" -e "s/@X64@/$x64/g" -e "s/@ARM64@/$arm64/g" -e "s/@DATE@/$(date -u +%F)/g" \
        "$file" >"$folder/$(basename "$file")"
done
