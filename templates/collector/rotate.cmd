{% let purpose = "ends the log and begins the next; the ended one can be copied and analysed" -%}
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
echo The name of a log tells the minute, and this minute has one: the next is waited for.
ping -n 61 127.0.0.1 >nul
{{ log.command(Action::Start)|batch }}
set RESULT=%ERRORLEVEL%
:done
{% let failure = "The log was not rotated. Run this as administrator; status.cmd says whether the collector runs, start.cmd starts it." -%}
{% include "collector/failure.cmd" %}
