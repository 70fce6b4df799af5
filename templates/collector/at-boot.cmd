{% let purpose = "creates a scheduled task that starts the collector after every reboot; delete.cmd deletes both" -%}
{% include "collector/head.cmd" %}
{% let remove_task = log.boot_task(TaskAction::Delete) -%}
{% let create_task = log.boot_task(TaskAction::Create) -%}
{% include "collector/create-task.cmd" %}
{% let failure = "The task was not created. Run this as administrator." -%}
{% include "collector/result.cmd" %}
