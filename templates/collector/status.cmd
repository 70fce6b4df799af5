{% let purpose = "says whether the collector runs and where its log is" -%}
{% include "collector/head.cmd" %}
{{ log.command(Action::Status)|batch }}
{% let failure = "If the collector does not exist, run create.cmd; else run this as administrator." -%}
{% include "collector/result.cmd" %}
