{% let purpose -%}
creates the collector
{%- if let Some(begin) = log.begin() %}, which starts at {{ begin }}{% else %}; start it with start.cmd{% endif %}
{%- endlet -%}
{% include "collector/head.cmd" %}
{% if log.remote().is_none() -%}
{% let made = log.folder() -%}
{% include "collector/make-folder.cmd" %}
{% if log.is_before_vista() -%}
cacls "{{ log.folder()|batch }}" /e /g "NETWORK SERVICE":C >nul
{% endif -%}
{% endif -%}
{{ log.command(Action::Create)|batch }}
{% let failure = "The collector was not created. Run this as administrator. If it already exists, run delete.cmd first." -%}
{% include "collector/result.cmd" %}
