{# XP has no `where`. -#}
for %%p in (wpr.exe) do if not "%%~$PATH:p"=="" goto wpr
for %%p in (xperf.exe) do if not "%%~$PATH:p"=="" goto xperf
echo Neither wpr.exe nor xperf.exe is in the PATH. Windows 10, Server 2016 and later include wpr.exe. On older Windows, install the Windows Performance Toolkit.
exit /b 2
:wpr
