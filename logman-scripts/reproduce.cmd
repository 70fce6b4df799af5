@echo off
setlocal
set NoDefaultCurrentDirectoryInExePath=1
rem PerfLog-Reproduce: makes a leak with Sysinternals NotMyFault on a TEST machine and lets perfverdict find it.
rem Written by perfverdict collect script.
rem Usage: reproduce.cmd leak [minutes of the leak] [minutes before it]; see REPRODUCE.md
set RESULT=
set NUMBER=0
set FAULT=notmyfault64.exe
if not exist "%~dp0%FAULT%" set FAULT=notmyfault.exe
if /i "%~1"=="leak" goto agreed
echo This leaks nonpaged pool on %COMPUTERNAME% until a reboot. Use it on test machines only.
echo To start: reproduce.cmd leak
exit /b 2
:agreed
if exist "%~dp0%FAULT%" goto present
echo notmyfault64.exe is not next to this script. Copy it here from Sysinternals NotMyFault.
exit /b 2
:present
set MINUTES=45
if not "%~2"=="" set /a MINUTES=%~2
set BEFORE=10
if not "%~3"=="" set /a BEFORE=%~3
if exist "c:\perflogs\reproduce\*.blg" goto again
if exist "c:\perflogs\reproduce\poolmonlog*.txt" goto again
if not exist "c:\perflogs" mkdir "c:\perflogs" && (icacls.exe "c:\perflogs" /inheritance:r /grant:r "*S-1-5-32-544:(OI)(CI)F" "*S-1-5-18:(OI)(CI)F" >nul || (rmdir "c:\perflogs" & exit /b 1))
if not exist "c:\perflogs\reproduce" mkdir "c:\perflogs\reproduce" && (icacls.exe "c:\perflogs\reproduce" /inheritance:r /grant:r "*S-1-5-32-544:(OI)(CI)F" "*S-1-5-18:(OI)(CI)F" >nul || (rmdir "c:\perflogs\reproduce" & exit /b 1))
Logman.exe create counter PerfLog-Reproduce -o "c:\perflogs\reproduce\%computername%_PerfLog-Reproduce.blg" -f bincirc -v mmddhhmm -max 200 -c "\Memory\*" "\Paging File(*)\*" "\Process(*)\*" "\System\*" -si 00:00:15
if not "%ERRORLEVEL%"=="0" goto failed
Logman.exe start PerfLog-Reproduce
if not "%ERRORLEVEL%"=="0" goto unstarted
echo Logging %BEFORE% minutes without a leak.
call :wait %BEFORE%
start "NotMyFault" "%~dp0%FAULT%" /accepteula
echo In NotMyFault, on the Leak tab, set 250 KB per second and press Leak Nonpaged.
echo Logging %MINUTES% minutes of the leak. Leave both windows open.
call :wait %MINUTES%
Logman.exe stop PerfLog-Reproduce
set RESULT=%ERRORLEVEL%
Logman.exe delete PerfLog-Reproduce
echo Press Stop Leaking and close NotMyFault. Only a reboot frees the leaked memory.
if not "%RESULT%"=="0" goto failed
if not exist "%~dp0perfverdict.exe" goto elsewhere
"%~dp0perfverdict.exe" analyze "c:\perflogs\reproduce" --drivers "%SystemRoot%\System32\drivers" -o "c:\perflogs\reproduce\report.html"
exit /b %ERRORLEVEL%
:elsewhere
echo perfverdict.exe is not next to this script. Copy the logs to where it is and run: perfverdict analyze "c:\perflogs\reproduce" -o report.html
exit /b 0
:again
echo "c:\perflogs\reproduce" contains the logs of an earlier run. Move that folder away and run this again.
exit /b 2
:unstarted
set RESULT=%ERRORLEVEL%
Logman.exe delete PerfLog-Reproduce
echo The collector was not started. Run this as administrator.
exit /b %RESULT%
:failed
if "%RESULT%"=="" set RESULT=%ERRORLEVEL%
echo The collector failed. Run this as administrator. If it already exists, delete it first:
echo   logman.exe delete PerfLog-Reproduce
exit /b %RESULT%
:wait
rem Waits the given minutes. Takes a PoolMon snapshot every 5 minutes if poolmon.exe is next to this script.
set /a LEFT=%~1
:minute
if %LEFT% LEQ 0 exit /b 0
set /a SHOT=LEFT %% 5
if not "%SHOT%"=="0" goto sleep
if not exist "%~dp0poolmon.exe" goto sleep
set /a NUMBER=NUMBER+1
"%~dp0poolmon.exe" /b /n "c:\perflogs\reproduce\poolmonlog%NUMBER%.txt"
>>"c:\perflogs\reproduce\poolmonlog%NUMBER%.txt" echo Taken %DATE% %TIME%
:sleep
ping -n 61 127.0.0.1 >nul
set /a LEFT=LEFT-1
goto minute
