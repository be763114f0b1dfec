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

{# Hours of the civil days [first_day, end_day) in Warsaw: 23 and 25 on the days the clock is moved. #}
{% macro civil_hours(first_day, end_day) -%}
    (
        extract(epoch from (
            {{ end_day }}::timestamp at time zone 'Europe/Warsaw'
            - {{ first_day }}::timestamp at time zone 'Europe/Warsaw'
        ))::bigint / 3600
    )
{%- endmacro %}

{# Parts of months times money, rounded half-up to grosze; the scale keeps the quotient exact enough for every tie. #}
{% macro round_parts(product) -%}
    round(({{ product }})::numeric(60, 24) / 377580, 2)
{%- endmacro %}

{# [[days of the period in the month, days of the month], ...] as jsonb; only for the few rows of rates. #}
{% macro months_of(first_day, end_day) -%}
    (
        select jsonb_agg(jsonb_build_array(
            least({{ end_day }}, (months.first_instant + interval '1 month')::date)
            - greatest({{ first_day }}, months.first_instant::date),
            (months.first_instant + interval '1 month')::date - months.first_instant::date
        ) order by months.first_instant)
        from generate_series(
            date_trunc('month', {{ first_day }}::timestamp),
            ({{ end_day }} - 1)::timestamp,
            interval '1 month'
        ) as months (first_instant)
    )
{%- endmacro %}

{# Days that two overlapping periods share; each is named without its _from and _to, as in 'lines.period'. #}
{% macro days_shared(one, other) -%}
    (least({{ one }}_to, {{ other }}_to) - greatest({{ one }}_from, {{ other }}_from))
{%- endmacro %}
