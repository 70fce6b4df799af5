@echo off
setlocal
rem PerfLog-Long: takes one PoolMon snapshot into a numbered file, and removes old ones.
rem Written by perfverdict collect script.
cd /d "c:\perflogs" || exit /b 1
set NUMBER=0
if exist poolmonlog.num for /f "usebackq" %%n in ("poolmonlog.num") do set NUMBER=%%n
set /a NUMBER=NUMBER+1
>poolmonlog.num echo %NUMBER%
"%~dp0poolmon.exe" /b /n poolmonlog%NUMBER%.txt
set RESULT=%ERRORLEVEL%
>>poolmonlog%NUMBER%.txt echo Taken %DATE% %TIME%
forfiles /p . /m poolmonlog*.txt /d -14 /c "cmd /c del @path" >nul 2>nul
exit /b %RESULT%
