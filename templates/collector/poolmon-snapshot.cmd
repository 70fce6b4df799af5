{% let purpose -%}
takes a PoolMon snapshot into a numbered file and deletes snapshots older than {{ kept_days }} days
{%- endlet -%}
{% let file %}{{ log.local_folder()|batch }}\{{ prefix }}%NUMBER%.txt{% endlet -%}
{% include "collector/head.cmd" %}
{# SYSTEM runs this: it reads nothing from the folder of the logs and looks for no program there. -#}
set NUMBER=0
if exist "%~dp0number.txt" for /f "usebackq" %%n in ("%~dp0number.txt") do set NUMBER=%%n
:next
set /a NUMBER=NUMBER+1
if exist "{{ file }}" goto next
>"%~dp0number.txt" echo %NUMBER%
"%~dp0poolmon.exe" /b /n "{{ file }}"
set RESULT=%ERRORLEVEL%
{# PoolMon does not write the time of the snapshot. -#}
>>"{{ file }}" echo Taken %DATE% %TIME%
"%SystemRoot%\System32\forfiles.exe" /p "{{ log.local_folder()|batch }}" /m "{{ prefix }}*.txt" /d -{{ kept_days }} /c "%SystemRoot%\System32\cmd.exe /c del @path" >nul 2>nul
exit /b %RESULT%
