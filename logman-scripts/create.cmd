@echo off
setlocal
set NoDefaultCurrentDirectoryInExePath=1
rem PerfLog-Long: creates the collector; start it with start.cmd.
rem Written by perfverdict collect script.
if not exist "c:\perflogs" mkdir "c:\perflogs" && (icacls.exe "c:\perflogs" /inheritance:r /grant:r "*S-1-5-32-544:(OI)(CI)F" "*S-1-5-18:(OI)(CI)F" >nul || (rmdir "c:\perflogs" & exit /b 1))
Logman.exe create counter PerfLog-Long -o "c:\perflogs\%computername%_PerfLog-Long.blg" -f bincirc -v mmddhhmm -max 300 -c "\LogicalDisk(*)\*" "\Memory\*" "\Cache\*" "\Network Interface(*)\*" "\Paging File(*)\*" "\PhysicalDisk(*)\*" "\Processor(*)\*" "\Processor Information(*)\*" "\Process(*)\*" "\Redirector\*" "\Server\*" "\System\*" "\Server Work Queues(*)\*" "\Terminal Services\*" -si 00:05:00
set RESULT=%ERRORLEVEL%
if "%RESULT%"=="0" exit /b 0
echo The collector was not created. Run this as administrator. If it already exists, run delete.cmd first.
exit /b %RESULT%
