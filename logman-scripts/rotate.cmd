@echo off
setlocal
set NoDefaultCurrentDirectoryInExePath=1
rem PerfLog-Long: ends the log and begins the next; the ended one can be copied and analysed.
rem Written by perfverdict collect script.
Logman.exe stop PerfLog-Long
set RESULT=%ERRORLEVEL%
if not "%RESULT%"=="0" goto done
Logman.exe start PerfLog-Long
set RESULT=%ERRORLEVEL%
if "%RESULT%"=="-2147024713" goto again
if "%RESULT%"=="-2147024816" goto again
goto done
:again
echo The name of a log tells the minute, and this minute has one: the next is waited for.
ping -n 61 127.0.0.1 >nul
Logman.exe start PerfLog-Long
set RESULT=%ERRORLEVEL%
:done
if "%RESULT%"=="0" exit /b 0
echo The log was not rotated. Run this as administrator; status.cmd says whether the collector runs, start.cmd starts it.
exit /b %RESULT%
