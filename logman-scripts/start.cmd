@echo off
setlocal
set NoDefaultCurrentDirectoryInExePath=1
rem PerfLog-Long: starts the collector; its log is circular and ends with a reboot.
rem Written by perfverdict collect script.
Logman.exe start PerfLog-Long
set RESULT=%ERRORLEVEL%
if "%RESULT%"=="0" exit /b 0
echo The collector was not started. Run this as administrator, after create.cmd.
exit /b %RESULT%
