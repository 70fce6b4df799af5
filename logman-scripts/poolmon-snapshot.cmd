@echo off
setlocal
set NoDefaultCurrentDirectoryInExePath=1
rem PerfLog-Long: takes a PoolMon snapshot into a numbered file and deletes snapshots older than 18 days.
rem Written by perfverdict collect script.
set NUMBER=0
if exist "%~dp0number.txt" for /f "usebackq" %%n in ("%~dp0number.txt") do set NUMBER=%%n
:next
set /a NUMBER=NUMBER+1
if exist "c:\perflogs\PerfLog-Long_poolmonlog%NUMBER%.txt" goto next
>"%~dp0number.txt" echo %NUMBER%
"%~dp0poolmon.exe" /b /n "c:\perflogs\PerfLog-Long_poolmonlog%NUMBER%.txt"
set RESULT=%ERRORLEVEL%
>>"c:\perflogs\PerfLog-Long_poolmonlog%NUMBER%.txt" echo Taken %DATE% %TIME%
"%SystemRoot%\System32\forfiles.exe" /p "c:\perflogs" /m "PerfLog-Long_poolmonlog*.txt" /d -18 /c "%SystemRoot%\System32\cmd.exe /c del @path" >nul 2>nul
exit /b %RESULT%
