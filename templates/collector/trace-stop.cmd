{% let purpose = "ends the trace; open it in Windows Performance Analyzer" -%}
{% include "collector/head.cmd" %}
rem With the argument cancel, it discards the trace.
{% let made = log.local_folder() -%}
{% include "collector/make-folder.cmd" %}
set WPR=-stop "{{ trace.finished()|batch }}"
set XPERF=-d "{{ trace.finished()|batch }}"
if /i "%~1"=="cancel" set WPR=-cancel
if /i "%~1"=="cancel" set XPERF=-stop
{% include "collector/recorder.cmd" %}
wpr.exe %WPR%
goto done
:xperf
xperf.exe %XPERF% && if exist "{{ trace.unfinished()|batch }}" del "{{ trace.unfinished()|batch }}"
:done
{% let failure = "No trace was running, or it could not be written. Run this as administrator." -%}
{% include "collector/result.cmd" %}
