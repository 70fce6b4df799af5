{% let usage = "trace.ps1 start" -%}
{% let actions = "'start', 'stop', 'cancel'" -%}
{% let purpose = "traces pool allocations with their stacks, for leaks of several MB a minute; cancel discards the trace" -%}
{% let made = log.local_folder() -%}
{% let tidy %}Remove-Item -LiteralPath {{ trace.unfinished()|literal }} -ErrorAction SilentlyContinue{% endlet -%}
{% include "collector/head.ps1" %}

$wpr = Get-Command wpr.exe -ErrorAction SilentlyContinue
if (-not $wpr -and -not (Get-Command xperf.exe -ErrorAction SilentlyContinue)) {
    Write-Host 'Neither wpr.exe nor xperf.exe is in the PATH. Windows 10, Server 2016 and later include wpr.exe. On older Windows, install the Windows Performance Toolkit.'
    exit 2
}

if ($Action -eq 'start') {
    {% include "collector/make-folder.ps1" %}
    if ($wpr) {
        Invoke-Program 'wpr.exe' '-start' 'Pool' '-filemode'
    } else {
        {{ trace.start_xperf()|invoke }}
    }
}
elseif ($Action -eq 'stop') {
    {% include "collector/make-folder.ps1" %}
    if ($wpr) {
        Invoke-Program 'wpr.exe' '-stop' {{ trace.finished()|literal }}
    } else {
        Invoke-Program 'xperf.exe' '-d' {{ trace.finished()|literal }}
        {{ tidy }}
    }
}
elseif ($Action -eq 'cancel') {
    if ($wpr) {
        Invoke-Program 'wpr.exe' '-cancel'
    } else {
        Invoke-Program 'xperf.exe' '-stop'
        {{ tidy }}
    }
}
