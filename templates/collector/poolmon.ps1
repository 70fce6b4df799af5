{% let usage = "poolmon.ps1 start" -%}
{% let actions = "'start', 'stop'" -%}
{% let purpose = "takes PoolMon snapshots every 30 minutes with a scheduled task; stop deletes the task and keeps the snapshots" -%}
{% include "collector/head.ps1" %}

$programs = Join-Path $env:ProgramFiles {{ log.snapshot_task_name()|literal }}

if ($Action -eq 'start') {
    foreach ($file in 'poolmon.exe', {{ SNAPSHOT_SCRIPT|literal }}) {
        if (-not (Test-Path -LiteralPath (Join-Path $here $file))) {
            Write-Host "$file is not next to this script. Copy it here; poolmon.exe is in the Windows Driver Kit."
            exit 2
        }
    }
    {% let made = log.local_folder() -%}
    {% include "collector/make-folder.ps1" %}
    New-Item -ItemType Directory -Force -Path $programs | Out-Null
    foreach ($file in 'poolmon.exe', {{ SNAPSHOT_SCRIPT|literal }}) {
        Copy-Item -LiteralPath (Join-Path $here $file) $programs -Force -ErrorAction Stop
    }
    {% let remove_task = log.snapshot_task(TaskAction::Delete) -%}
    {% let create_task = log.snapshot_task(TaskAction::Create) -%}
    {% include "collector/create-task.ps1" %}
}
elseif ($Action -eq 'stop') {
    {{ log.snapshot_task(TaskAction::Delete)|invoke }}
    Remove-Item -LiteralPath $programs -Recurse -Force
}
