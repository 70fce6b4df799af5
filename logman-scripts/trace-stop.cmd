@echo off
setlocal
rem PerfLog-Long: ends the trace; open it in Windows Performance Analyzer.
rem Written by perfverdict collect script.
rem With the word cancel the trace is thrown away.
if not exist "c:\perflogs" mkdir "c:\perflogs"
if /i "%~1"=="cancel" goto cancel
where /q wpr.exe && goto wpr
where /q xperf.exe && goto xperf
echo Neither wpr.exe nor xperf.exe is on the PATH. Windows 10 and Server 2016 and later have wpr.exe; for older ones install the Windows Performance Toolkit.
exit /b 2
:wpr
wpr.exe -stop "c:\perflogs\pool.etl"
goto done
:xperf
xperf.exe -d "c:\perflogs\pool.etl"
:done
goto result
:cancel
where /q wpr.exe && wpr.exe -cancel && exit /b 0
where /q xperf.exe && xperf.exe -stop && exit /b 0
:result
set RESULT=%ERRORLEVEL%
if "%RESULT%"=="0" exit /b 0
echo There was no trace to end, or it was not written. Run this as administrator.
exit /b %RESULT%
