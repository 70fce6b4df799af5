{% let purpose = "creates a scheduled task that takes a PoolMon snapshot every 30 minutes" -%}
{% let programs %}%ProgramFiles%\{{ log.snapshot_task_name() }}{% endlet -%}
{% include "collector/head.cmd" %}
if not exist "%~dp0poolmon.exe" (
  echo poolmon.exe is not next to this script. Copy it here from the Windows Driver Kit.
  exit /b 2
)
{% let made = log.local_folder() -%}
{% include "collector/make-folder.cmd" %}
if not exist "{{ programs|batch }}" mkdir "{{ programs|batch }}"
{% for file in ["poolmon.exe", SNAPSHOT_SCRIPT] -%}
copy /y "%~dp0{{ file }}" "{{ programs|batch }}\{{ file }}" >nul || goto failed
{% endfor -%}
{% let remove_task = log.snapshot_task(TaskAction::Delete) -%}
{% let create_task = log.snapshot_task(TaskAction::Create) -%}
{% include "collector/create-task.cmd" %}
:failed
{% let failure = "The task was not created. Run this as administrator." -%}
{% include "collector/result.cmd" %}
