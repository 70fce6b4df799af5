# PerfLog-Long: creates, starts, stops, rotates and removes the collector, and says whether it runs.
# Written by perfverdict collect script. Run it as administrator, such as: .\perflog.ps1 create
param(
    [ValidateSet('create', 'start', 'stop', 'status', 'delete', 'rotate')]
    [string] $Action = 'status'
)

function Invoke-Logman {
    & logman.exe @args
    if ($LASTEXITCODE -ne 0) {
        Write-Error "logman $($args[0]) failed with exit code $LASTEXITCODE; it needs a prompt that runs as administrator"
        exit $LASTEXITCODE
    }
}

if ($Action -eq 'create') {
    New-Item -ItemType Directory -Force -Path 'c:\perflogs' | Out-Null
    Invoke-Logman 'create' 'counter' 'PerfLog-Long' '-o' ('c:\perflogs\' + $env:COMPUTERNAME + '_PerfLog-Long.blg') '-f' 'bincirc' '-v' 'mmddhhmm' '-max' '300' '-c' '\LogicalDisk(*)\*' '\Memory\*' '\Cache\*' '\Network Interface(*)\*' '\Paging File(*)\*' '\PhysicalDisk(*)\*' '\Processor(*)\*' '\Processor Information(*)\*' '\Process(*)\*' '\Redirector\*' '\Server\*' '\System\*' '\Server Work Queues(*)\*' '\Terminal Services\*' '-si' '00:05:00'
}
elseif ($Action -eq 'start') {
    Invoke-Logman 'start' 'PerfLog-Long'
}
elseif ($Action -eq 'stop') {
    Invoke-Logman 'stop' 'PerfLog-Long'
}
elseif ($Action -eq 'status') {
    Invoke-Logman 'query' 'PerfLog-Long'
}
elseif ($Action -eq 'delete') {
    Invoke-Logman 'delete' 'PerfLog-Long'
}
else {
    Invoke-Logman 'stop' 'PerfLog-Long'
    Invoke-Logman 'start' 'PerfLog-Long'
}
