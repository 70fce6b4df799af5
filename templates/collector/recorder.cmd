{# XP has no `where`. -#}
for %%p in (wpr.exe) do if not "%%~$PATH:p"=="" goto wpr
for %%p in (xperf.exe) do if not "%%~$PATH:p"=="" goto xperf
echo Neither wpr.exe nor xperf.exe is on the PATH. Windows 10 and Server 2016 and later have wpr.exe; for older ones install the Windows Performance Toolkit.
exit /b 2
:wpr
