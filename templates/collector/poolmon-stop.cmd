{% let purpose = "removes the task that takes PoolMon snapshots, and its programs; the snapshots stay" -%}
{% include "collector/head.cmd" %}
{{ log.snapshot_task(TaskAction::Delete)|batch }} && rmdir /s /q "%ProgramFiles%\{{ log.snapshot_task_name()|batch }}"
{% let failure = "The task was not removed. Run this as administrator; it may not exist." -%}
{% include "collector/result.cmd" %}
