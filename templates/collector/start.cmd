{% let purpose = "starts the collector; its log is circular and ends with a reboot" -%}
{% include "collector/head.cmd" %}
{{ log.command(Action::Start)|batch }}
{% let failure = "The collector was not started. Run this as administrator, after create.cmd." -%}
{% include "collector/result.cmd" %}
