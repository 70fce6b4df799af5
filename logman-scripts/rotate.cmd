@echo off
setlocal
set NoDefaultCurrentDirectoryInExePath=1
rem PerfLog-Long: ends the log and starts the next one; the ended log can be copied and analyzed.
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
echo A log of this minute already exists. Waiting one minute.
ping -n 61 127.0.0.1 >nul
Logman.exe start PerfLog-Long
set RESULT=%ERRORLEVEL%
:done
if "%RESULT%"=="0" exit /b 0
echo The log was not rotated. Run this as administrator. status.cmd shows whether the collector is running; start.cmd starts it.
exit /b %RESULT%
