@echo off
setlocal
rem PerfLog-Long: says whether the collector runs and where its log is.
rem Written by perfverdict collect script.
Logman.exe query PerfLog-Long
set RESULT=%ERRORLEVEL%
if "%RESULT%"=="0" exit /b 0
echo The collector does not exist. Run create.cmd.
exit /b %RESULT%
