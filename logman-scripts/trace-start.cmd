@echo off
setlocal
set NoDefaultCurrentDirectoryInExePath=1
rem PerfLog-Long: traces pool allocations with their stacks until trace-stop.cmd, for leaks of several MB a minute.
rem Written by perfverdict collect script.
rem The trace of wpr.exe grows by several GB an hour. 15 minutes are enough.
if not exist "c:\perflogs" mkdir "c:\perflogs" && (icacls.exe "c:\perflogs" /inheritance:r /grant:r "*S-1-5-32-544:(OI)(CI)F" "*S-1-5-18:(OI)(CI)F" >nul || (rmdir "c:\perflogs" & exit /b 1))
for %%p in (wpr.exe) do if not "%%~$PATH:p"=="" goto wpr
for %%p in (xperf.exe) do if not "%%~$PATH:p"=="" goto xperf
echo Neither wpr.exe nor xperf.exe is in the PATH. Windows 10, Server 2016 and later include wpr.exe. On older Windows, install the Windows Performance Toolkit.
exit /b 2
:wpr
wpr.exe -start Pool -filemode
goto done
:xperf
xperf.exe -on "PROC_THREAD+LOADER+POOL" -stackwalk "PoolAlloc+PoolFree" -BufferSize 1024 -MaxBuffers 1024 -MaxFile 4096 -FileMode Circular -f "c:\perflogs\pool-raw.etl"
:done
set RESULT=%ERRORLEVEL%
if "%RESULT%"=="0" exit /b 0
echo The trace was not started. Run this as administrator. To end a trace that is already running: trace-stop.cmd cancel
exit /b %RESULT%
