# Makes a leak with Sysinternals NotMyFault on a TEST machine and lets perfverdict find it; see REPRODUCE.md.
# {{ WRITTEN_BY }}. Run it as administrator: .\reproduce.ps1 leak
$here = Split-Path -Parent $MyInvocation.MyCommand.Path
& (Join-Path $here 'reproduce.cmd') @args
exit $LASTEXITCODE
