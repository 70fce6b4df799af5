if (-not (Test-Path -LiteralPath {{ made|literal }})) {
        New-Item -ItemType Directory -Path {{ made|literal }} | Out-Null
        {% if let Some(rights) = log.folder_rights(made) -%}
        {{ rights.clone()|call }} | Out-Null
        Assert-Success '{{ rights.program() }}'        {%- endif %}
    }
