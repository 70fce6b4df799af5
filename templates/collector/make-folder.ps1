{% for made in log.folders_to(made) -%}
if (-not (Test-Path -LiteralPath {{ made|literal }})) {
        New-Item -ItemType Directory -Path {{ made|literal }} | Out-Null
        {% if let Some(rights) = log.folder_rights(made) -%}
        {{ rights.clone()|call }} | Out-Null
        if ($LASTEXITCODE -ne 0) { Remove-Item -LiteralPath {{ made|literal }} }
        Assert-Success '{{ rights.program() }}'        {%- endif %}
    }{% if !loop.last %}
    {% endif %}
{%- endfor %}