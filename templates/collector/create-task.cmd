{# Before Vista, schtasks has no switch to replace a task. -#}
{% if log.is_before_vista() -%}
{{ remove_task|batch }} >nul 2>nul
{% endif -%}
{{ create_task|batch }}
