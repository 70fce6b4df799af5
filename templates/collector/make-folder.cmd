{% for made in log.folders_to(made) -%}
if not exist "{{ made|batch }}" mkdir "{{ made|batch }}"
{%- if let Some(rights) = log.folder_rights(made) %} && ({{ rights|batch }} >nul || (rmdir "{{ made|batch }}" & exit /b 1)){% endif %}{% if !loop.last %}
{% endif %}
{%- endfor %}