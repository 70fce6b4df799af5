@echo off
setlocal
set NoDefaultCurrentDirectoryInExePath=1
rem PerfLog-Long: removes the collector; its logs stay.
rem Written by perfverdict collect script.
Logman.exe delete PerfLog-Long
set RESULT=%ERRORLEVEL%
rem The task of at-boot.cmd, where there is one, goes with the collector, or where that is gone already.
if "%RESULT%"=="0" schtasks.exe /delete /f /tn "PerfLog-Long at boot" >nul 2>nul
if "%RESULT%"=="-2144337918" schtasks.exe /delete /f /tn "PerfLog-Long at boot" >nul 2>nul
if "%RESULT%"=="0" exit /b 0
echo The collector was not removed. Run this as administrator, and stop.cmd before it.
exit /b %RESULT%
