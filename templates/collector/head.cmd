@echo off
setlocal
{# Without this, a program of the same name in the current folder would run, with administrator rights. -#}
set NoDefaultCurrentDirectoryInExePath=1
rem {{ log.name() }}: {{ purpose }}.
rem {{ WRITTEN_BY }}.
