{% let purpose = "ends the log and starts the next one; the ended log can be copied and analyzed" -%}
{% include "collector/head.cmd" %}
{{ log.command(Action::Stop)|batch }}
set RESULT=%ERRORLEVEL%
if not "%RESULT%"=="0" goto done
{{ log.command(Action::Start)|batch }}
set RESULT=%ERRORLEVEL%
{% for code in LOG_EXISTS -%}
if "%RESULT%"=="{{ code }}" goto again
{% endfor -%}
goto done
:again
echo A log of this minute already exists. Waiting one minute.
ping -n 61 127.0.0.1 >nul
{{ log.command(Action::Start)|batch }}
set RESULT=%ERRORLEVEL%
:done
{% let failure = "The log was not rotated. Run this as administrator. status.cmd shows whether the collector is running; start.cmd starts it." -%}
{% include "collector/failure.cmd" %}
