# {{ log.name() }}: {{ purpose }}.
# {{ WRITTEN_BY }}. Run it as administrator, such as: .\{{ usage }}
param(
    [Parameter(Mandatory = $true)]
    [ValidateSet({{ actions }})]
    [string] $Action
)

# Quotation marks within arguments are escaped for all versions alike.
$PSNativeCommandArgumentPassing = 'Legacy'
$here = Split-Path -Parent $MyInvocation.MyCommand.Path

function Assert-Success {
    if ($LASTEXITCODE -ne 0) {
        Write-Host "$($args[0]) failed with exit code $LASTEXITCODE; what it said stands above. It needs a prompt that runs as administrator."
        exit $LASTEXITCODE
    }
}

function Invoke-Program {
    $program = $args[0]
    $rest = @($args | Select-Object -Skip 1)
    & $program @rest
    Assert-Success $program
}
