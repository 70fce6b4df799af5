# PerfLog-Long: takes PoolMon snapshots every 30 minutes with a scheduled task; stop deletes the task and keeps the snapshots.
# Written by perfverdict collect script. Run it as administrator, for example: .\poolmon.ps1 start
param(
    [Parameter(Mandatory = $true)]
    [ValidateSet('start', 'stop')]
    [string] $Action
)

# All versions of PowerShell then treat quotation marks in arguments alike.
$PSNativeCommandArgumentPassing = 'Legacy'
$here = Split-Path -Parent $MyInvocation.MyCommand.Path

function Assert-Success {
    if ($LASTEXITCODE -ne 0) {
        Write-Host "$($args[0]) failed with exit code $LASTEXITCODE. See its message above. Run this script as administrator."
        exit $LASTEXITCODE
    }
}

function Invoke-Program {
    $program = $args[0]
    $rest = @($args | Select-Object -Skip 1)
    & $program @rest
    Assert-Success $program
}

$programs = Join-Path $env:ProgramFiles 'PerfLog-Long PoolMon'

if ($Action -eq 'start') {
    foreach ($file in 'poolmon.exe', 'poolmon-snapshot.cmd') {
        if (-not (Test-Path -LiteralPath (Join-Path $here $file))) {
            Write-Host "$file is not next to this script. Copy it here; poolmon.exe is in the Windows Driver Kit."
            exit 2
        }
    }
    if (-not (Test-Path -LiteralPath 'c:\perflogs')) {
        New-Item -ItemType Directory -Path 'c:\perflogs' | Out-Null
        & icacls.exe 'c:\perflogs' '/inheritance:r' '/grant:r' '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F' | Out-Null
        if ($LASTEXITCODE -ne 0) { Remove-Item -LiteralPath 'c:\perflogs' }
        Assert-Success 'icacls.exe'
    }
    New-Item -ItemType Directory -Force -Path $programs | Out-Null
    foreach ($file in 'poolmon.exe', 'poolmon-snapshot.cmd') {
        Copy-Item -LiteralPath (Join-Path $here $file) $programs -Force -ErrorAction Stop
    }
    Invoke-Program 'schtasks.exe' '/create' '/f' '/tn' 'PerfLog-Long PoolMon' '/sc' 'minute' '/mo' '30' '/ru' 'SYSTEM' '/tr' ('\"' + $env:ProgramFiles + '\PerfLog-Long PoolMon\poolmon-snapshot.cmd\"')
}
elseif ($Action -eq 'stop') {
    Invoke-Program 'schtasks.exe' '/delete' '/f' '/tn' 'PerfLog-Long PoolMon'
    Remove-Item -LiteralPath $programs -Recurse -Force
}
