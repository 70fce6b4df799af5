#!/usr/bin/env bash
# Builds perfverdict.exe on Debian 12 and runs what differs on Windows under Wine 10: paths, consoles, files, the collector,
# and one analysis whose report must be the same byte for byte. Statistics and readers are tested on the build machine.
#
#   tools/windows.sh                    these tests, as continuous integration does; it skips them where it lacks something
#   tools/windows.sh test --test cli    other tests, with cargo's arguments
#   tools/windows.sh test --lib --bins --tests    the whole suite
#   tools/windows.sh build              only the released .exe: target/windows/perfverdict.exe
#
# Windows' standard library is built from Debian's sources of it, by Debian's compiler of the same version. Wine is
# Debian 13's, in a folder of its own. Both are kept in PERFVERDICT_CACHE (~/.cache/perfverdict-windows).
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD
cache=${PERFVERDICT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/perfverdict-windows}
export WINE_ROOT=$cache/wine
target=x86_64-pc-windows-gnu
started=$SECONDS

skip() {
    echo "skipped: no Windows build and tests: $*"
    exit 0
}
step() { printf '\n-- %s (%d s)\n' "$*" $((SECONDS - started)); }

# Debian's cargo, with all that rustup's would disturb left out. To build takes longer here than to test: nothing is
# optimised, and the crates are not checked.
windows_cargo() {
    env -u RUSTUP_HOME -u RUSTUP_TOOLCHAIN -u RUSTFLAGS -u CARGO_BUILD_TARGET \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        CARGO_HOME="$cache/cargo" CARGO_TARGET_DIR="$cache/target" RUSTC_BOOTSTRAP=1 \
        CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_OPT_LEVEL=0 \
        CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="$here/tools/wine.sh" \
        INSTA_UPDATE=no INSTA_WORKSPACE_ROOT="$here" \
        cargo "$1" --locked --package perfverdict --target $target -Z build-std=std,panic_unwind -Z build-std-features=panic-unwind \
        --config 'profile.dev.package."*".debug-assertions=false' \
        --config 'profile.dev.package."*".overflow-checks=false' "${@:2}"
}

install_packages() {
    local missing=()
    for package in gcc-mingw-w64-x86-64-win32 rustc-web cargo-web rust-web-src mmdebstrap; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    step "install ${missing[*]}"
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$cache/apt.log" 2>&1 ||
        skip "these packages could not be installed: ${missing[*]} ($(tail -1 "$cache/apt.log"))"
}

# Debian 13 with Wine, from wherever this machine has its packages.
install_wine() {
    [ -x "$WINE_ROOT/usr/lib/wine/wine64" ] && return
    local mirror
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(SUITE)' 'Created-By: Packages' |
        awk '$2 == "Debian" && $3 !~ /-/ && !found { print $1; found = 1 }')
    rm -rf "$WINE_ROOT" "$WINE_ROOT.new"
    mmdebstrap --quiet --variant=apt --include=wine64,libwine,tzdata trixie "$WINE_ROOT.new" ${mirror:+"$mirror"}
    mv "$WINE_ROOT.new" "$WINE_ROOT"
}

# Runs a command where Wine sees the checkout, what lies beside it, and what was built.
within() {
    unshare --mount bash -euc '
        here=$1 cache=$2
        shift 2
        beside=$(realpath "$here/../shared")
        [ -d "$beside" ] || beside=
        for folder in /proc /dev /sys /tmp "$here" $beside "$cache/target"; do
            mkdir -p "$WINE_ROOT$folder"
            mount --rbind "$folder" "$WINE_ROOT$folder"
        done
        mkdir -p "$WINE_ROOT/prefix"
        # One server for all programs. By itself it ends with each, and a program that begins just then is cut off.
        server() { chroot "$WINE_ROOT" /usr/bin/env WINEPREFIX=/prefix /usr/lib/wine/wineserver64 "$1" >&/dev/null 9>&-; }
        server -k || true
        trap "server -k || true" EXIT
        server -p
        "$@"
    ' - "$here" "$cache" "$@"
}

[ "$(id -u)" = 0 ] || skip "it needs root, for packages and mounts"
command -v apt-get >/dev/null || skip "it needs Debian's packages"
mkdir -p "$cache/target" "$cache/cargo"
# What is downloaded already is not downloaded again.
downloads=${CARGO_HOME:-$HOME/.cargo}/registry
[ -e "$cache/cargo/registry" ] || [ ! -d "$downloads" ] || ln -sfn "$downloads" "$cache/cargo/registry"
room=$(df --output=avail -k "$cache" | tail -1)
[ "$room" -ge $((6 << 20)) ] || { [ -x "$WINE_ROOT/usr/lib/wine/wine64" ] && [ -d "$cache/target/$target/debug" ]; } ||
    skip "$cache has $((room >> 20)) GB of room; it needs 6"
unshare --mount true 2>/dev/null || skip "mounting is not allowed here"
# One at a time: they share the prefix of Wine, too.
exec 9>"$cache/lock"
flock 9
install_packages

if [ "${1:-test}" = build ]; then
    step "build"
    windows_cargo build --release
    mkdir -p target/windows
    cp "$cache/target/$target/release/perfverdict.exe" target/windows/
    ls -l target/windows/perfverdict.exe
    exit
fi

only=("${@:2}")
tests=("${only[@]}")
# What differs on Windows: whole runs of the program. A second build of the library, for its unit tests, takes a minute.
# Wine takes a second to start each of the hundred programs that one test ends.
but=()
[ ${#only[@]} -gt 0 ] || {
    tests=(--bins --test cli --test collector --test outputs --test windows)
    but=(-- --skip an_end_at_any_moment)
}

install_wine >"$cache/wine.log" 2>&1 9>&- &
wine=$!
trap 'kill $wine 2>/dev/null || true' EXIT
step "build for Windows"
# (tests/windows.rs runs the example.)
windows_cargo build --example recorder
windows_cargo test "${tests[@]}" --no-run
wait $wine || { cat "$cache/wine.log"; skip "Wine could not be installed"; }
step "start Wine"
boots() { within timeout 120 tools/wine.sh wineboot -i >"$cache/wine.log" 2>&1; }
# A kept one may be half of one; a new one that does not run hides whatever the tests would say.
boots || {
    rm -rf "$WINE_ROOT"
    install_wine >"$cache/wine.log" 2>&1 || { cat "$cache/wine.log"; skip "Wine could not be installed"; }
    boots || { cat "$cache/wine.log"; echo "Wine was installed and does not start"; exit 1; }
}
export -f windows_cargo
export here cache target
step "tests as a Windows program"
within bash -euc 'windows_cargo test "$@"' - "${tests[@]}" "${but[@]}"
[ ${#only[@]} -eq 0 ] || exit 0
step "the same bytes as on this system"
within tools/same-bytes.sh "$cache/target/$target/debug/perfverdict.exe"
step "done"
