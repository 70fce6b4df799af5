@echo off
setlocal
set NoDefaultCurrentDirectoryInExePath=1
rem PerfLog-Long: removes the task that takes PoolMon snapshots, and its programs; the snapshots stay.
rem Written by perfverdict collect script.
schtasks.exe /delete /f /tn "PerfLog-Long PoolMon" && rmdir /s /q "%ProgramFiles%\PerfLog-Long PoolMon"
set RESULT=%ERRORLEVEL%
if "%RESULT%"=="0" exit /b 0
echo The task was not removed. Run this as administrator; it may not exist.
exit /b %RESULT%
