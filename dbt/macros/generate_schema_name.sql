{# Schemas are called what the project calls them; a prefix keeps as-known computations apart from live ones. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ var('schema_prefix', '') }}{{ custom_schema_name or target.schema }}
{%- endmacro %}
