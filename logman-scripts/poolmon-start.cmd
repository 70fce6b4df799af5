@echo off
setlocal
rem PerfLog-Long: a scheduled task that takes a PoolMon snapshot every half hour.
rem Written by perfverdict collect script.
if not exist "%~dp0poolmon.exe" (
  echo poolmon.exe is not beside this script. It is in the Windows Driver Kit: copy it here.
  exit /b 2
)
if not exist "c:\perflogs" mkdir "c:\perflogs"
copy /y "%~dp0poolmon.exe" "c:\perflogs\poolmon.exe" >nul || exit /b 1
copy /y "%~dp0poolmon-snapshot.cmd" "c:\perflogs\poolmon-snapshot.cmd" >nul || exit /b 1
schtasks.exe /create /f /tn "PerfLog-Long PoolMon" /sc minute /mo 30 /ru SYSTEM /tr "\"c:\perflogs\poolmon-snapshot.cmd\""
set RESULT=%ERRORLEVEL%
if "%RESULT%"=="0" exit /b 0
echo The task was not created. Run this as administrator.
exit /b %RESULT%
