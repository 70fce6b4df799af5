@echo off
setlocal
rem PerfLog-Long: records pool allocations with their stacks until trace-stop.cmd, for leaks of some MB a minute.
rem Written by perfverdict collect script.
rem The trace grows by some GB an hour: a quarter of an hour is enough. Windows 10 and later have wpr.exe.
wpr.exe -start Pool -filemode
set RESULT=%ERRORLEVEL%
if "%RESULT%"=="0" exit /b 0
echo The trace was not started. Run this as administrator; wpr.exe -cancel ends one that runs already.
exit /b %RESULT%
