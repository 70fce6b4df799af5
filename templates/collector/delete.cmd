{% let purpose = "deletes the collector and keeps its logs" -%}
{% include "collector/head.cmd" %}
{{ log.command(Action::Delete)|batch }}
set RESULT=%ERRORLEVEL%
rem Delete the task of at-boot.cmd too, if the collector is deleted or did not exist.
{% for code in [0, NO_SUCH_COLLECTOR] -%}
if "%RESULT%"=="{{ code }}" {{ log.boot_task(TaskAction::Delete)|batch }} >nul 2>nul
{% endfor -%}
{% let failure = "The collector was not deleted. Run this as administrator, after stop.cmd." -%}
{% include "collector/failure.cmd" %}
