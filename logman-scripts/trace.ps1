# PerfLog-Long: traces pool allocations with their stacks, for leaks of several MB a minute; cancel discards the trace.
# Written by perfverdict collect script. Run it as administrator, for example: .\trace.ps1 start
param(
    [Parameter(Mandatory = $true)]
    [ValidateSet('start', 'stop', 'cancel')]
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

$wpr = Get-Command wpr.exe -ErrorAction SilentlyContinue
if (-not $wpr -and -not (Get-Command xperf.exe -ErrorAction SilentlyContinue)) {
    Write-Host 'Neither wpr.exe nor xperf.exe is in the PATH. Windows 10, Server 2016 and later include wpr.exe. On older Windows, install the Windows Performance Toolkit.'
    exit 2
}

if ($Action -eq 'start') {
    if (-not (Test-Path -LiteralPath 'c:\perflogs')) {
        New-Item -ItemType Directory -Path 'c:\perflogs' | Out-Null
        & icacls.exe 'c:\perflogs' '/inheritance:r' '/grant:r' '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F' | Out-Null
        if ($LASTEXITCODE -ne 0) { Remove-Item -LiteralPath 'c:\perflogs' }
        Assert-Success 'icacls.exe'
    }
    if ($wpr) {
        Invoke-Program 'wpr.exe' '-start' 'Pool' '-filemode'
    } else {
        Invoke-Program 'xperf.exe' '-on' 'PROC_THREAD+LOADER+POOL' '-stackwalk' 'PoolAlloc+PoolFree' '-BufferSize' '1024' '-MaxBuffers' '1024' '-MaxFile' '4096' '-FileMode' 'Circular' '-f' 'c:\perflogs\pool-raw.etl'
    }
}
elseif ($Action -eq 'stop') {
    if (-not (Test-Path -LiteralPath 'c:\perflogs')) {
        New-Item -ItemType Directory -Path 'c:\perflogs' | Out-Null
        & icacls.exe 'c:\perflogs' '/inheritance:r' '/grant:r' '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F' | Out-Null
        if ($LASTEXITCODE -ne 0) { Remove-Item -LiteralPath 'c:\perflogs' }
        Assert-Success 'icacls.exe'
    }
    if ($wpr) {
        Invoke-Program 'wpr.exe' '-stop' 'c:\perflogs\pool.etl'
    } else {
        Invoke-Program 'xperf.exe' '-d' 'c:\perflogs\pool.etl'
        Remove-Item -LiteralPath 'c:\perflogs\pool-raw.etl' -ErrorAction SilentlyContinue
    }
}
elseif ($Action -eq 'cancel') {
    if ($wpr) {
        Invoke-Program 'wpr.exe' '-cancel'
    } else {
        Invoke-Program 'xperf.exe' '-stop'
        Remove-Item -LiteralPath 'c:\perflogs\pool-raw.etl' -ErrorAction SilentlyContinue
    }
}
