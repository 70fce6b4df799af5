{% let purpose = "removes the collector; its logs stay" -%}
{% include "collector/head.cmd" %}
{{ log.command(Action::Delete)|batch }}
set RESULT=%ERRORLEVEL%
rem The task of at-boot.cmd, where there is one, goes with the collector, or where that is gone already.
{% for code in [0, NO_SUCH_COLLECTOR] -%}
if "%RESULT%"=="{{ code }}" {{ log.boot_task(TaskAction::Delete)|batch }} >nul 2>nul
{% endfor -%}
{% let failure = "The collector was not removed. Run this as administrator, and stop.cmd before it." -%}
{% include "collector/failure.cmd" %}
