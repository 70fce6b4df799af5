{% let purpose = "stops the collector; its log can then be copied and analyzed" -%}
{% include "collector/head.cmd" %}
{{ log.command(Action::Stop)|batch }}
{% let failure = "The collector was not stopped. Run this as administrator. status.cmd shows whether it is running." -%}
{% include "collector/result.cmd" %}
