{% let purpose = "deletes the task that takes PoolMon snapshots, and its programs; the snapshots are kept" -%}
{% include "collector/head.cmd" %}
{{ log.snapshot_task(TaskAction::Delete)|batch }} && rmdir /s /q "%ProgramFiles%\{{ log.snapshot_task_name()|batch }}"
{% let failure = "The task was not deleted. Run this as administrator. Maybe it does not exist." -%}
{% include "collector/result.cmd" %}
