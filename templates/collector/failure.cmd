if "%RESULT%"=="0" exit /b 0
echo {{ failure }}
exit /b %RESULT%
