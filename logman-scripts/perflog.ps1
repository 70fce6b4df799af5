# PerfLog-Long: creates, starts, stops, rotates and deletes the collector, shows whether it is running, and starts it after every reboot.
# Written by perfverdict collect script. Run it as administrator, for example: .\perflog.ps1 create
param(
    [Parameter(Mandatory = $true)]
    [ValidateSet('create', 'start', 'stop', 'status', 'delete', 'rotate', 'at-boot')]
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

if ($Action -eq 'create') {
    if (-not (Test-Path -LiteralPath 'c:\perflogs')) {
        New-Item -ItemType Directory -Path 'c:\perflogs' | Out-Null
        & icacls.exe 'c:\perflogs' '/inheritance:r' '/grant:r' '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F' | Out-Null
        if ($LASTEXITCODE -ne 0) { Remove-Item -LiteralPath 'c:\perflogs' }
        Assert-Success 'icacls.exe'
    }
    Invoke-Program 'Logman.exe' 'create' 'counter' 'PerfLog-Long' '-o' ('c:\perflogs\' + $env:computername + '_PerfLog-Long.blg') '-f' 'bincirc' '-v' 'mmddhhmm' '-max' '300' '-c' '\LogicalDisk(*)\*' '\Memory\*' '\Cache\*' '\Network Interface(*)\*' '\Paging File(*)\*' '\PhysicalDisk(*)\*' '\Processor(*)\*' '\Processor Information(*)\*' '\Process(*)\*' '\Redirector\*' '\Server\*' '\System\*' '\Server Work Queues(*)\*' '\Terminal Services\*' '-si' '00:05:00'
}
elseif ($Action -eq 'start') {
    Invoke-Program 'Logman.exe' 'start' 'PerfLog-Long'
}
elseif ($Action -eq 'stop') {
    Invoke-Program 'Logman.exe' 'stop' 'PerfLog-Long'
}
elseif ($Action -eq 'status') {
    Invoke-Program 'Logman.exe' 'query' 'PerfLog-Long'
}
elseif ($Action -eq 'delete') {
    & Logman.exe 'delete' 'PerfLog-Long'
    $code = $LASTEXITCODE
    # Delete the task of at-boot too, if the collector is deleted or did not exist.
    if ($code -eq 0 -or $code -eq -2144337918) {
        & schtasks.exe '/delete' '/f' '/tn' 'PerfLog-Long at boot' 2>&1 | Out-Null
    }
    exit $code
}
elseif ($Action -eq 'rotate') {
    Invoke-Program 'Logman.exe' 'stop' 'PerfLog-Long'
    & Logman.exe 'start' 'PerfLog-Long'
    if ($LASTEXITCODE -eq -2147024713 -or $LASTEXITCODE -eq -2147024816) {
        Write-Host 'A log of this minute already exists. Waiting one minute.'
        Start-Sleep -Seconds 60
        & Logman.exe 'start' 'PerfLog-Long'
    }
    Assert-Success 'Logman.exe'
}
elseif ($Action -eq 'at-boot') {
    Invoke-Program 'schtasks.exe' '/create' '/f' '/tn' 'PerfLog-Long at boot' '/sc' 'onstart' '/ru' 'SYSTEM' '/tr' 'logman.exe start \"PerfLog-Long\"'
}
