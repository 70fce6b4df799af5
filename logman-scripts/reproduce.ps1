# Makes a leak with Sysinternals NotMyFault on a TEST machine and lets perfverdict find it; see REPRODUCE.md.
# Written by perfverdict collect script. Run it as administrator: .\reproduce.ps1 leak
$here = Split-Path -Parent $MyInvocation.MyCommand.Path
& (Join-Path $here 'reproduce.cmd') @args
exit $LASTEXITCODE
