{# A negative exit code would slip through "if errorlevel 1". -#}
set RESULT=%ERRORLEVEL%
{% include "collector/failure.cmd" %}
