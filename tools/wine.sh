#!/bin/sh
# Runs a Windows program under the Wine that tools/windows.sh has set up: wine.sh PROGRAM.exe ARGUMENT...
# The folder of that Wine is in WINE_ROOT. Programs must not see cargo's runner: they are where it leads.
exec chroot "$WINE_ROOT" /usr/bin/env -u TMPDIR -u CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER \
    WINEPREFIX=/prefix WINEDEBUG=-all "WINEDLLOVERRIDES=mscoree=;mshtml=;winemenubuilder.exe=;schtasks.exe=n" \
    /bin/sh -c 'cd "$0" && exec /usr/lib/wine/wine64 "$@"' "$PWD" "$@"
