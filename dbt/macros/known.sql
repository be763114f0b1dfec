{# The moment whose knowledge counts, as a literal. #}
{% macro known_at() -%}
    {%- set given = var('known_at', '') or run_started_at.isoformat() -%}
    '{{ modules.re.sub('[^0-9T:+. Z-]', '', given | string) }}'::timestamptz
{%- endmacro %}

{# The last day (inclusive) up to which finished cycles are due. #}
{% macro billed_through() -%}
    {%- set given = var('billed_through', '') | string -%}
    {%- if given -%}
        '{{ modules.re.sub('[^0-9-]', '', given) }}'::date
    {%- else -%}
        (date_trunc('month', {{ known_at() }} at time zone 'Europe/Warsaw')::date - 1)
    {%- endif -%}
{%- endmacro %}

{# Rows of a bitemporal relation as they were known: recorded by then and not yet superseded. #}
{% macro known(relation) -%}
    (
        select *
        from {{ relation }}
        where
            recorded_at <= {{ known_at() }}
            and (superseded_at is null or superseded_at > {{ known_at() }})
    )
{%- endmacro %}

{# Rows of a relation without versions that existed by then. #}
{% macro known_since_creation(relation) -%}
    (
        select *
        from {{ relation }}
        where created_at <= {{ known_at() }}
    )
{%- endmacro %}
