{# Share of a row of fct_delivered_energy (alias `delivered`) that falls on days [starts, ends), by days. #}
{% macro share_of_delivery(starts, ends) -%}
{{ even_share(
    'delivered.energy_kwh', '(delivered.period_to - delivered.period_from)', 'delivered.period_from',
    'greatest(delivered.period_from, ' ~ starts ~ ')', 'least(delivered.period_to, ' ~ ends ~ ')', 'delivered.digits') }}
{%- endmacro %}
