@echo off
setlocal
set NoDefaultCurrentDirectoryInExePath=1
rem PerfLog-Long: creates a scheduled task that takes a PoolMon snapshot every 30 minutes.
rem Written by perfverdict collect script.
if not exist "%~dp0poolmon.exe" (
  echo poolmon.exe is not next to this script. Copy it here from the Windows Driver Kit.
  exit /b 2
)
if not exist "c:\perflogs" mkdir "c:\perflogs" && (icacls.exe "c:\perflogs" /inheritance:r /grant:r "*S-1-5-32-544:(OI)(CI)F" "*S-1-5-18:(OI)(CI)F" >nul || (rmdir "c:\perflogs" & exit /b 1))
if not exist "%ProgramFiles%\PerfLog-Long PoolMon" mkdir "%ProgramFiles%\PerfLog-Long PoolMon"
copy /y "%~dp0poolmon.exe" "%ProgramFiles%\PerfLog-Long PoolMon\poolmon.exe" >nul || goto failed
copy /y "%~dp0poolmon-snapshot.cmd" "%ProgramFiles%\PerfLog-Long PoolMon\poolmon-snapshot.cmd" >nul || goto failed
schtasks.exe /create /f /tn "PerfLog-Long PoolMon" /sc minute /mo 30 /ru SYSTEM /tr "\"%ProgramFiles%\PerfLog-Long PoolMon\poolmon-snapshot.cmd\""
:failed
set RESULT=%ERRORLEVEL%
if "%RESULT%"=="0" exit /b 0
echo The task was not created. Run this as administrator.
exit /b %RESULT%
