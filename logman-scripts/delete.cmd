@echo off
setlocal
set NoDefaultCurrentDirectoryInExePath=1
rem PerfLog-Long: deletes the collector and keeps its logs.
rem Written by perfverdict collect script.
Logman.exe delete PerfLog-Long
set RESULT=%ERRORLEVEL%
rem Delete the task of at-boot.cmd too, if the collector is deleted or did not exist.
if "%RESULT%"=="0" schtasks.exe /delete /f /tn "PerfLog-Long at boot" >nul 2>nul
if "%RESULT%"=="-2144337918" schtasks.exe /delete /f /tn "PerfLog-Long at boot" >nul 2>nul
if "%RESULT%"=="0" exit /b 0
echo The collector was not deleted. Run this as administrator, after stop.cmd.
exit /b %RESULT%
