@echo off
setlocal
rem PerfLog-Long: ends the trace; open it in Windows Performance Analyzer.
rem Written by perfverdict collect script.
if not exist "c:\perflogs" mkdir "c:\perflogs"
wpr.exe -stop "c:\perflogs\pool.etl"
set RESULT=%ERRORLEVEL%
if "%RESULT%"=="0" exit /b 0
echo The trace was not written. Run this as administrator; wpr.exe -cancel throws it away.
exit /b %RESULT%
