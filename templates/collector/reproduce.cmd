{% let purpose = "makes a leak with Sysinternals NotMyFault on a TEST machine and lets perfverdict find it" -%}
{% let folder = log.folder()|batch -%}
{% include "collector/head.cmd" %}
rem Usage: reproduce.cmd leak [minutes of the leak] [minutes before it]; see REPRODUCE.md
set RESULT=
set NUMBER=0
set FAULT=notmyfault64.exe
if not exist "%~dp0%FAULT%" set FAULT=notmyfault.exe
if /i "%~1"=="leak" goto agreed
echo This leaks nonpaged pool on %COMPUTERNAME% until a reboot. Use it on test machines only.
echo To start: reproduce.cmd leak
exit /b 2
:agreed
if exist "%~dp0%FAULT%" goto present
echo notmyfault64.exe is not next to this script. Copy it here from Sysinternals NotMyFault.
exit /b 2
:present
set MINUTES={{ LEAK_MINUTES }}
if not "%~2"=="" set /a MINUTES=%~2
set BEFORE={{ QUIET_MINUTES }}
if not "%~3"=="" set /a BEFORE=%~3
{# With these, the report would cover both runs. -#}
if exist "{{ folder }}\*.blg" goto again
if exist "{{ folder }}\poolmonlog*.txt" goto again
{% let made = log.folder() -%}
{% include "collector/make-folder.cmd" %}
{% if log.is_before_vista() -%}
cacls "{{ folder }}" /e /g "NETWORK SERVICE":C >nul
{% endif -%}
{{ log.command(Action::Create)|batch }}
if not "%ERRORLEVEL%"=="0" goto failed
{{ log.command(Action::Start)|batch }}
if not "%ERRORLEVEL%"=="0" goto unstarted
echo Logging %BEFORE% minutes without a leak.
call :wait %BEFORE%
start "NotMyFault" "%~dp0%FAULT%" /accepteula
echo In NotMyFault, on the Leak tab, set {{ LEAK_RATE }} KB per second and press Leak Nonpaged.
echo Logging %MINUTES% minutes of the leak. Leave both windows open.
call :wait %MINUTES%
{{ log.command(Action::Stop)|batch }}
set RESULT=%ERRORLEVEL%
{{ log.command(Action::Delete)|batch }}
echo Press Stop Leaking and close NotMyFault. Only a reboot frees the leaked memory.
if not "%RESULT%"=="0" goto failed
if not exist "%~dp0perfverdict.exe" goto elsewhere
"%~dp0perfverdict.exe" analyze "{{ folder }}" --drivers "%SystemRoot%\System32\drivers" -o "{{ folder }}\report.html"
exit /b %ERRORLEVEL%
:elsewhere
echo perfverdict.exe is not next to this script. Copy the logs to where it is and run: perfverdict analyze "{{ folder }}" -o report.html
exit /b 0
:again
echo "{{ folder }}" contains the logs of an earlier run. Move that folder away and run this again.
exit /b 2
:unstarted
set RESULT=%ERRORLEVEL%
{{ log.command(Action::Delete)|batch }}
echo The collector was not started. Run this as administrator.
exit /b %RESULT%
:failed
if "%RESULT%"=="" set RESULT=%ERRORLEVEL%
echo The collector failed. Run this as administrator. If it already exists, delete it first:
echo   logman.exe delete {{ log.name() }}
exit /b %RESULT%
:wait
rem Waits the given minutes. Takes a PoolMon snapshot every {{ SNAPSHOT_MINUTES }} minutes if poolmon.exe is next to this script.
set /a LEFT=%~1
:minute
if %LEFT% LEQ 0 exit /b 0
set /a SHOT=LEFT %% {{ SNAPSHOT_MINUTES }}
if not "%SHOT%"=="0" goto sleep
if not exist "%~dp0poolmon.exe" goto sleep
set /a NUMBER=NUMBER+1
"%~dp0poolmon.exe" /b /n "{{ folder }}\poolmonlog%NUMBER%.txt"
>>"{{ folder }}\poolmonlog%NUMBER%.txt" echo Taken %DATE% %TIME%
:sleep
ping -n 61 127.0.0.1 >nul
set /a LEFT=LEFT-1
goto minute
