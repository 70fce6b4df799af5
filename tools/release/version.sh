#!/usr/bin/env bash
# Prints the version of the package.
set -euo pipefail
sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' "$(dirname "$0")/../../Cargo.toml"
