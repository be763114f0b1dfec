{# The price of a row of facts, or the one that a simulation supposes for it; needs `supposed_rates` beside it. #}
{% macro supposed(column) -%}
    {%- if is_simulated() -%} coalesce(supposed.supposed_price, {{ column }}) {%- else -%} {{ column }} {%- endif -%}
{%- endmacro %}

{# Joins what a simulation supposes to the rows called `facts` of a table; nothing in a computation that counts. #}
{% macro supposed_rates(fact) -%}
    {%- if is_simulated() -%}
    left join (
        select
            fact_id as supposed_id,
            price as supposed_price
        from {{ source('operational', 'simulation_rates') }}
        where simulation_id = {{ var('simulation') | int }} and fact = '{{ fact }}'
    ) as supposed on facts.id = supposed.supposed_id
    {%- endif -%}
{%- endmacro %}
