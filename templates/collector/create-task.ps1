{% if log.is_before_vista() -%}
{{ remove_task|call }} 2>&1 | Out-Null
    {% endif -%}
{{ create_task|invoke }}
