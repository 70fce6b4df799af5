@echo off
setlocal
set NoDefaultCurrentDirectoryInExePath=1
rem PerfLog-Long: deletes the task that takes PoolMon snapshots, and its programs; the snapshots are kept.
rem Written by perfverdict collect script.
schtasks.exe /delete /f /tn "PerfLog-Long PoolMon" && rmdir /s /q "%ProgramFiles%\PerfLog-Long PoolMon"
set RESULT=%ERRORLEVEL%
if "%RESULT%"=="0" exit /b 0
echo The task was not deleted. Run this as administrator. Maybe it does not exist.
exit /b %RESULT%
