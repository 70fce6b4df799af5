@echo off
setlocal
set NoDefaultCurrentDirectoryInExePath=1
rem PerfLog-Long: shows whether the collector is running and where its log is.
rem Written by perfverdict collect script.
Logman.exe query PerfLog-Long
set RESULT=%ERRORLEVEL%
if "%RESULT%"=="0" exit /b 0
echo If the collector does not exist, run create.cmd. Otherwise run this as administrator.
exit /b %RESULT%
