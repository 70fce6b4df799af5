{% let purpose = "records pool allocations with their stacks until trace-stop.cmd, for leaks of some MB a minute" -%}
{% include "collector/head.cmd" %}
rem The trace of wpr.exe grows by some GB an hour: a quarter of an hour is enough.
if not exist "{{ log.local_folder()|batch }}" mkdir "{{ log.local_folder()|batch }}"
{% include "collector/recorder.cmd" %}
wpr.exe -start Pool -filemode
goto done
:xperf
{{ trace.start_xperf()|batch }}
:done
{% let failure = "The trace was not started. Run this as administrator; trace-stop.cmd cancel ends one that runs already." -%}
{% include "collector/result.cmd" %}
