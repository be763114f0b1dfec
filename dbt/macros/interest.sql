{# The last day (inclusive) for which interest is counted: var interest_through, else the business day. #}
{% macro interest_through() -%}
    {%- set given = modules.re.sub('[^0-9-]', '', var('interest_through', '') | string) -%}
    {%- if given -%} date '{{ given }}' {%- else -%} {{ business_day() }} {%- endif -%}
{%- endmacro %}
