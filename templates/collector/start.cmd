{% let purpose = "starts the collector; its log is circular and ends with a restart of the machine" -%}
{% include "collector/head.cmd" %}
{{ log.command(Action::Start)|batch }}
{% let failure = "The collector was not started. Run this as administrator, and create.cmd before it." -%}
{% include "collector/result.cmd" %}
