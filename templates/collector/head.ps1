# {{ log.name() }}: {{ purpose }}.
# {{ WRITTEN_BY }}. Run it as administrator, for example: .\{{ usage }}
param(
    [Parameter(Mandatory = $true)]
    [ValidateSet({{ actions }})]
    [string] $Action
)

# All versions of PowerShell then treat quotation marks in arguments alike.
$PSNativeCommandArgumentPassing = 'Legacy'
$here = Split-Path -Parent $MyInvocation.MyCommand.Path

function Assert-Success {
    if ($LASTEXITCODE -ne 0) {
        Write-Host "$($args[0]) failed with exit code $LASTEXITCODE. See its message above. Run this script as administrator."
        exit $LASTEXITCODE
    }
}

function Invoke-Program {
    $program = $args[0]
    $rest = @($args | Select-Object -Skip 1)
    & $program @rest
    Assert-Success $program
}
