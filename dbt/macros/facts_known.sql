{# Every fact that proposals depend on: kind, id, hash of what may change in place, whom it concerns, first day.
   Versioned rows never change in place, so their content is 0. #}
{% macro facts_known() -%}
    {%- set versioned = [
        ('reading', 'readings', 'reading_id', 'supply_point_id', 'null', 'reading_date'),
        ('volume', 'billed_volumes', 'billed_volume_id', 'supply_point_id', 'null', 'period_from'),
        ('point_terms', 'supply_point_terms', 'supply_point_terms_id', 'supply_point_id', 'null', 'valid_from'),
        ('installation', 'meter_installations', 'meter_installation_id', 'supply_point_id', 'null', 'valid_from'),
        ('supply', 'contract_supply_points', 'contract_supply_point_id', 'supply_point_id', 'null', 'valid_from'),
        ('contract_terms', 'contract_terms', 'contract_terms_id', 'contract_id', 'null', 'valid_from'),
        ('price', 'price_list_items', 'price_list_item_id', 'price_list_id', 'null', 'valid_from'),
        ('dso_rate', 'dso_rates', 'dso_rate_id', 'null', 'dso_code', 'valid_from'),
        ('statutory_rate', 'statutory_rates', 'statutory_rate_id', 'null', 'null', 'valid_from'),
        ('vat_rate', 'vat_rates', 'vat_rate_id', 'null', 'null', 'valid_from'),
        ('excise_rate', 'excise_rates', 'excise_rate_id', 'null', 'null', 'valid_from'),
        ('gas_factor', 'gas_conversion_factors', 'gas_conversion_factor_id', 'null', 'area_code', 'valid_from'),
    ] -%}
    {%- set plain = [
        ('contract', 'contracts', 'contract_id', 'contract_id', 'hashtext(customer_id || kind)'),
        ('point', 'supply_points', 'supply_point_id', 'supply_point_id', 'hashtext(dso_code || medium)'),
        ('register', 'registers', 'register_id', 'meter_id',
            "hashtext(concat_ws('|', zone_code, unit, digits, multiplier))"),
    ] -%}
    {%- for fact, relation, id, owner, code, day in versioned %}
    select
        '{{ fact }}'::text as fact,
        {{ id }}::bigint as fact_id,
        0 as content,
        {{ owner }}::bigint as owner_id,
        {{ code }}::text as owner_code,
        {{ day }}::date as first_day
    from {{ ref('stg_operational__' ~ relation) }}
    union all
    {%- endfor %}
    {%- for fact, relation, id, owner, content in plain %}
    select
        '{{ fact }}' as fact,
        {{ id }} as fact_id,
        {{ content }} as content,
        {{ owner }} as owner_id,
        null as owner_code,
        {{ dawn() }} as first_day
    from {{ ref('stg_operational__' ~ relation) }}
    union all
    {%- endfor %}
    select
        'charge' as fact,
        hashtext(code) as fact_id,
        hashtext(charges::text) as content,
        null as owner_id,
        null as owner_code,
        {{ dawn() }} as first_day
    from {{ ref('stg_operational__charges') }} as charges
{%- endmacro %}
