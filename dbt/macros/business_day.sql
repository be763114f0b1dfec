{# The civil day that reports stand on: var business_day (demo, reruns), else today in Warsaw. #}
{% macro business_day() -%}
{%- set given = modules.re.sub('[^0-9-]', '', var('business_day', '') | string) -%}
{%- if given -%}
date '{{ given }}'
{%- else -%}
(current_timestamp at time zone 'Europe/Warsaw')::date
{%- endif -%}
{%- endmacro %}

{# First day of the civil month of a date. #}
{% macro month_of(civil_date) -%}
date_trunc('month', {{ civil_date }})::date
{%- endmacro %}

{# Ageing bucket of a debt by days after its due date. #}
{% macro ageing_bucket(days_overdue) -%}
case
    when {{ days_overdue }} <= 0 then 'current'
    when {{ days_overdue }} <= 30 then '1-30'
    when {{ days_overdue }} <= 60 then '31-60'
    when {{ days_overdue }} <= 90 then '61-90'
    when {{ days_overdue }} <= 180 then '91-180'
    when {{ days_overdue }} <= 365 then '181-365'
    else '365+'
end
{%- endmacro %}
