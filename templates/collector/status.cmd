{% let purpose = "shows whether the collector is running and where its log is" -%}
{% include "collector/head.cmd" %}
{{ log.command(Action::Status)|batch }}
{% let failure = "If the collector does not exist, run create.cmd. Otherwise run this as administrator." -%}
{% include "collector/result.cmd" %}
