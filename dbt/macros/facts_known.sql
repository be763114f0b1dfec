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
        ('forecast_plan', 'forecast_plans', 'forecast_plan_id', 'supply_point_id', 'null', 'period_from'),
        ('gas_factor', 'gas_conversion_factors', 'gas_conversion_factor_id', 'null', 'area_code', 'valid_from'),
    ] -%}
    {%- set market = [
        ('price_formula', 'price_formulas', 'price_formula_id', 'price_list_id'),
        ('prosumer_terms', 'prosumer_terms', 'prosumer_terms_id', 'supply_point_id'),
        ('month_price', 'month_prices', 'market_month_price_id', 'null'),
        ('market_parameter', 'parameters', 'market_parameter_id', 'null'),
        ('price_cap', 'price_caps', 'price_cap_id', 'null'),
        ('cap_declaration', 'cap_declarations', 'cap_declaration_id', 'supply_point_id'),
        ('component', 'contract_components', 'contract_component_id', 'contract_id'),
    ] -%}
    {%- set network = [
        ('network_rule', 'rules', 'network_rule_id', 'null'),
        ('capacity_class', 'capacity_classes', 'capacity_class_id', 'null'),
        ('capacity_hours', 'capacity_hours', 'zone_mask_id', 'null'),
        ('attributes', 'attributes', 'network_attribute_id', 'supply_point_id'),
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
    {%- set estimation = [
        ('estimation_method', 'methods', 'estimation_method_id'),
        ('load_profile', 'load_profiles', 'load_profile_id'),
    ] -%}
    {%- for fact, relation, id in estimation %}
    select
        '{{ fact }}' as fact,
        {{ id }} as fact_id,
        0 as content,
        null as owner_id,
        nullif(dso_code, '') as owner_code,
        valid_from as first_day
    from {{ ref('stg_estimation__' ~ relation) }}
    union all
    {%- endfor %}
    {%- for fact, relation, id, owner in market %}
    select
        '{{ fact }}' as fact,
        {{ id }} as fact_id,
        0 as content,
        {{ owner }} as owner_id,
        null as owner_code,
        valid_from as first_day
    from {{ ref('stg_market__' ~ relation) }}
    union all
    {%- endfor %}
    {%- for fact, relation, id, owner in network %}
    select
        '{{ fact }}' as fact,
        {{ id }} as fact_id,
        0 as content,
        {{ owner }} as owner_id,
        null as owner_code,
        valid_from as first_day
    from {{ ref('stg_network__' ~ relation) }}
    union all
    {%- endfor %}
    {#- Days of interval data by point and month: versions never change, so their ids tell of any change. #}
    select
        'determinants' as fact,
        supply_point_id * 100000 + {{ month_number('day') }} as fact_id,
        hashtext(concat_ws('|', count(*), sum(interval_determinant_id))) as content,
        supply_point_id as owner_id,
        null as owner_code,
        min(day) as first_day
    from {{ ref('stg_lake__interval_determinants') }}
    group by supply_point_id, {{ month_number('day') }}
    union all
    select
        'holiday' as fact,
        holiday - {{ dawn() }} as fact_id,
        0 as content,
        null as owner_id,
        null as owner_code,
        holiday as first_day
    from {{ ref('stg_operational__holidays') }}
    union all
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

{# Facts whose owner is a supply point and that change its days from their own first one; a reading does not: it
   changes days from the reading before it. #}
{% macro facts_of_points() -%}
    'volume', 'point_terms', 'installation', 'supply', 'point', 'prosumer_terms', 'cap_declaration', 'attributes',
    'determinants', 'forecast_plan'
{%- endmacro %}
