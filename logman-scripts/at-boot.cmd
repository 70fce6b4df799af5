@echo off
setlocal
set NoDefaultCurrentDirectoryInExePath=1
rem PerfLog-Long: creates a scheduled task that starts the collector after every reboot; delete.cmd deletes both.
rem Written by perfverdict collect script.
schtasks.exe /create /f /tn "PerfLog-Long at boot" /sc onstart /ru SYSTEM /tr "logman.exe start \"PerfLog-Long\""
set RESULT=%ERRORLEVEL%
if "%RESULT%"=="0" exit /b 0
echo The task was not created. Run this as administrator.
exit /b %RESULT%
