@echo off
setlocal
set NoDefaultCurrentDirectoryInExePath=1
rem PerfLog-Long: ends the trace; open it in Windows Performance Analyzer.
rem Written by perfverdict collect script.
rem With the argument cancel, it discards the trace.
if not exist "c:\perflogs" mkdir "c:\perflogs" && (icacls.exe "c:\perflogs" /inheritance:r /grant:r "*S-1-5-32-544:(OI)(CI)F" "*S-1-5-18:(OI)(CI)F" >nul || (rmdir "c:\perflogs" & exit /b 1))
set WPR=-stop "c:\perflogs\pool.etl"
set XPERF=-d "c:\perflogs\pool.etl"
if /i "%~1"=="cancel" set WPR=-cancel
if /i "%~1"=="cancel" set XPERF=-stop
for %%p in (wpr.exe) do if not "%%~$PATH:p"=="" goto wpr
for %%p in (xperf.exe) do if not "%%~$PATH:p"=="" goto xperf
echo Neither wpr.exe nor xperf.exe is in the PATH. Windows 10, Server 2016 and later include wpr.exe. On older Windows, install the Windows Performance Toolkit.
exit /b 2
:wpr
wpr.exe %WPR%
goto done
:xperf
xperf.exe %XPERF% && if exist "c:\perflogs\pool-raw.etl" del "c:\perflogs\pool-raw.etl"
:done
set RESULT=%ERRORLEVEL%
if "%RESULT%"=="0" exit /b 0
echo No trace was running, or it could not be written. Run this as administrator.
exit /b %RESULT%
