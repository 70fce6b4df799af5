{% let purpose = "traces pool allocations with their stacks until trace-stop.cmd, for leaks of several MB a minute" -%}
{% include "collector/head.cmd" %}
rem The trace of wpr.exe grows by several GB an hour. 15 minutes are enough.
{% let made = log.local_folder() -%}
{% include "collector/make-folder.cmd" %}
{% include "collector/recorder.cmd" %}
wpr.exe -start Pool -filemode
goto done
:xperf
{{ trace.start_xperf()|batch }}
:done
{% let failure = "The trace was not started. Run this as administrator. To end a trace that is already running: trace-stop.cmd cancel" -%}
{% include "collector/result.cmd" %}
