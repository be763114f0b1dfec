{# What readings, estimates of gaps and billed volumes say was used in a unit (kwh or m3): one select per source, to
   stand in a CTE. Cubic metres are cut by months afterwards: the last piece of a flow that ends on an exact day takes
   what is left; an estimated gap runs on to the end of its month, and has no such day. #}
{% macro metered_flows(unit) -%}
    select
        supply_point_id,
        zone_code,
        'registers' as metering_mode,
        starts,
        ends,
        {%- if unit == 'm3' %}
        ends as last_exact_day,
        {%- endif %}
        quantity,
        ends - starts as of_days,
        0 as digits,
        is_estimated,
        follows_estimate,
        starts as estimated_since,
        is_negative,
        start_reading_id,
        end_reading_id,
        null::bigint as billed_volume_id,
        case when is_estimated then 'distributor_reading' end as method
    from {{ ref('int_metering_intervals_paired') }}
    where unit = '{{ unit }}'
    union all
    select
        supply_point_id,
        zone_code,
        'registers' as metering_mode,
        starts,
        {%- if unit == 'm3' %}
        (date_trunc('month', (ends - 1)::timestamp) + interval '1 month')::date as ends,
        null as last_exact_day,
        {%- else %}
        ends,
        {%- endif %}
        quantity,
        of_days,
        0 as digits,
        true as is_estimated,
        follows_estimate,
        estimated_since,
        false as is_negative,
        start_reading_id,
        null as end_reading_id,
        null as billed_volume_id,
        method
    from {{ ref('int_metering_gaps_estimated') }}
    where quantity_unit = '{{ unit }}'
    union all
    select
        volumes.supply_point_id,
        volumes.zone_code,
        'volumes' as metering_mode,
        volumes.period_from as starts,
        volumes.period_to as ends,
        {%- if unit == 'm3' %}
        volumes.period_to as last_exact_day,
        {%- endif %}
        volumes.quantity,
        volumes.period_to - volumes.period_from as of_days,
        3 as digits,
        volumes.quality = 'estimated' as is_estimated,
        false as follows_estimate,
        volumes.period_from as estimated_since,
        false as is_negative,
        null as start_reading_id,
        null as end_reading_id,
        volumes.billed_volume_id,
        case when volumes.quality = 'estimated' then 'distributor_volume' end as method
    from {{ ref('stg_operational__billed_volumes') }} as volumes
    inner join {{ ref('int_metering_needs_bounded') }} as needs
        on volumes.supply_point_id = needs.supply_point_id
    where
        volumes.unit = '{{ unit }}'
        {%- if unit == 'kwh' %}
        and volumes.zone_code <> 'capacity_other_hours'
        {%- endif %}
        and volumes.period_to > needs.load_from
        and volumes.period_from < needs.needed_to
{%- endmacro %}
