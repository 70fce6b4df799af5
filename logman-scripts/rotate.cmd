@echo off
setlocal
set NoDefaultCurrentDirectoryInExePath=1
rem PerfLog-Long: ends the log and begins the next; the ended one can be copied and analysed.
rem Written by perfverdict collect script.
Logman.exe stop PerfLog-Long
Logman.exe start PerfLog-Long
set RESULT=%ERRORLEVEL%
if "%RESULT%"=="0" exit /b 0
echo The collector was not started again. Run this as administrator; status.cmd says whether it runs.
exit /b %RESULT%
