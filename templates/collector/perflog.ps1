{% let usage = "perflog.ps1 create" -%}
{% if log.is_scheduled() -%}
{% let purpose = "creates, starts, stops, rotates and deletes the collector, and shows whether it is running" -%}
{% let actions = "'create', 'start', 'stop', 'status', 'delete', 'rotate'" -%}
{% include "collector/head.ps1" %}
{% else -%}
{% let purpose = "creates, starts, stops, rotates and deletes the collector, shows whether it is running, and starts it after every reboot" -%}
{% let actions = "'create', 'start', 'stop', 'status', 'delete', 'rotate', 'at-boot'" -%}
{% include "collector/head.ps1" %}
{% endif %}
if ($Action -eq 'create') {
    {% if log.remote().is_none() -%}
    {% let made = log.folder() -%}
    {% include "collector/make-folder.ps1" %}
    {% if log.is_before_vista() -%}
    {% let grant %}cacls "{{ log.folder() }}" /e /g "NETWORK SERVICE":C{% endlet -%}
    cmd.exe /d /s /c {{ grant|literal }} | Out-Null
    {% endif -%}
    {% endif -%}
    {{ log.command(Action::Create)|invoke }}
}
elseif ($Action -eq 'start') {
    {{ log.command(Action::Start)|invoke }}
}
elseif ($Action -eq 'stop') {
    {{ log.command(Action::Stop)|invoke }}
}
elseif ($Action -eq 'status') {
    {{ log.command(Action::Status)|invoke }}
}
elseif ($Action -eq 'delete') {
    {{ log.command(Action::Delete)|call }}
    $code = $LASTEXITCODE
    # Delete the task of at-boot too, if the collector is deleted or did not exist.
    if ($code -eq 0 -or $code -eq {{ NO_SUCH_COLLECTOR }}) {
        {{ log.boot_task(TaskAction::Delete)|call }} 2>&1 | Out-Null
    }
    exit $code
}
elseif ($Action -eq 'rotate') {
    {{ log.command(Action::Stop)|invoke }}
    {{ log.command(Action::Start)|call }}
    if ({% for code in LOG_EXISTS %}$LASTEXITCODE -eq {{ code }}{% if !loop.last %} -or {% endif %}{% endfor %}) {
        Write-Host 'A log of this minute already exists. Waiting one minute.'
        Start-Sleep -Seconds 60
        {{ log.command(Action::Start)|call }}
    }
    Assert-Success 'Logman.exe'
}
{% if !log.is_scheduled() -%}
elseif ($Action -eq 'at-boot') {
    {% let remove_task = log.boot_task(TaskAction::Delete) -%}
    {% let create_task = log.boot_task(TaskAction::Create) -%}
    {% include "collector/create-task.ps1" %}
}
{% endif -%}
