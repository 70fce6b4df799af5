@echo off
setlocal
set NoDefaultCurrentDirectoryInExePath=1
rem PerfLog-Long: stops the collector; its log can then be copied and analyzed.
rem Written by perfverdict collect script.
Logman.exe stop PerfLog-Long
set RESULT=%ERRORLEVEL%
if "%RESULT%"=="0" exit /b 0
echo The collector was not stopped. Run this as administrator. status.cmd shows whether it is running.
exit /b %RESULT%
