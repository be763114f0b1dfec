{# An end that is never reached, for open periods. #}
{% macro forever() -%} '9999-01-01'::date {%- endmacro %}

{# A day before every fact. #}
{% macro dawn() -%} '1900-01-01'::date {%- endmacro %}

{# Months since year 0, an integer. #}
{% macro month_number(day) -%}
    (extract(year from {{ day }})::integer * 12 + extract(month from {{ day }})::integer)
{%- endmacro %}

{# Position of a day on a scale where every calendar month is exactly 377580 = lcm(28, 29, 30, 31) long, so the
   difference of two positions is the sum of days / days in month without any rounding. #}
{% macro month_position(day) -%}
    (
        {{ month_number(day) }}::bigint * 377580
        + (extract(day from {{ day }})::bigint - 1) * 377580
        / extract(day from date_trunc('month', {{ day }}::timestamp) + interval '1 month' - interval '1 day')::bigint
    )
{%- endmacro %}

{# Share of an evenly used quantity on days [first_day, last_day) of [starts, starts + of_days), rounded cumulatively
   so that the shares of a partition always add up to the rounded whole. #}
{% macro even_share(quantity, of_days, starts, first_day, last_day, digits) -%}
    (
        round({{ quantity }} * ({{ last_day }} - {{ starts }}) / {{ of_days }}, {{ digits }})
        - round({{ quantity }} * ({{ first_day }} - {{ starts }}) / {{ of_days }}, {{ digits }})
    )
{%- endmacro %}

{# Parts of months times money, rounded half-up to grosze; the scale keeps the quotient exact enough for every tie. #}
{% macro round_parts(product) -%}
    round(({{ product }})::numeric(60, 24) / 377580, 2)
{%- endmacro %}
