-- A reading changes days from the actual reading before it; other facts change days from their
-- first one.
with changed as (
    select *
    from {{ ref('int_billing_facts_changed') }}
    where not {{ is_full() | lower }}
),

dirty as (
    select
        supply_point_id,
        dirty_from
    from {{ ref('int_metering_readings_dirtied') }}
    union all
    select
        owner_id as supply_point_id,
        first_day as dirty_from
    from changed
    where fact in ({{ facts_of_points() }})
    union all
    select
        supplies.supply_point_id,
        changed.first_day as dirty_from
    from changed
    inner join {{ source('operational', 'contract_supply_points') }} as supplies
        on changed.owner_id = supplies.contract_id
    where changed.fact in ('contract_terms', 'contract', 'component')
    union all
    select
        installations.supply_point_id,
        changed.first_day as dirty_from
    from changed
    inner join {{ ref('stg_operational__meter_installations') }} as installations
        on changed.owner_id = installations.meter_id
    where changed.fact = 'register'
    union all
    select
        supplies.supply_point_id,
        changed.first_day as dirty_from
    from (
        select
            owner_id,
            min(first_day) as first_day
        from changed
        where fact in ('price', 'price_formula')
        group by owner_id
    ) as changed
    inner join {{ ref('stg_operational__contract_terms') }} as terms
        on
            changed.owner_id = terms.price_list_id
            and changed.first_day < terms.valid_to
    inner join {{ ref('stg_operational__contract_supply_points') }} as supplies
        on terms.contract_id = supplies.contract_id
    union all
    select
        points.supply_point_id,
        min(changed.first_day) as dirty_from
    from changed
    inner join {{ ref('stg_operational__supply_points') }} as points
        on changed.owner_code = points.dso_code
    where changed.fact in ('dso_rate', 'estimation_method', 'load_profile')
    group by points.supply_point_id
    union all
    select
        terms.supply_point_id,
        min(changed.first_day) as dirty_from
    from changed
    inner join {{ ref('stg_operational__supply_point_terms') }} as terms
        on changed.owner_code = terms.gas_area_code
    where changed.fact = 'gas_factor'
    group by terms.supply_point_id
    union all
    select
        points.supply_point_id,
        everywhere.dirty_from
    from (
        select min(first_day) as dirty_from
        from changed
        where
            (fact in ('estimation_method', 'load_profile') and owner_code is null)
            or fact in ('statutory_rate', 'vat_rate', 'excise_rate', 'charge', 'price_cap')
    ) as everywhere
    cross join {{ ref('stg_operational__supply_points') }} as points
    where everywhere.dirty_from is not null
    union all
    select
        terms.supply_point_id,
        min(changed.first_day) as dirty_from
    from changed
    inner join {{ ref('stg_operational__supply_point_terms') }} as terms
        on
            changed.first_day < terms.valid_to
            and (terms.capacity_mode = 'volumetric' or terms.contracted_power_kw is not null)
    where changed.fact in ('network_rule', 'capacity_class', 'capacity_hours', 'holiday')
    group by terms.supply_point_id
    union all
    select
        prosumers.supply_point_id,
        min(changed.first_day) as dirty_from
    from changed
    inner join {{ ref('stg_market__prosumer_terms') }} as prosumers
        on changed.first_day < prosumers.valid_to
    where
        changed.fact = 'market_parameter'
        or (changed.fact = 'month_price' and prosumers.scheme = 'net_billing_rcem')
    group by prosumers.supply_point_id
    union all
    select
        supply_point_id,
        {{ first_day_billed_anew() }} as dirty_from
    from {{ ref('stg_operational__contract_supply_points') }}
    {%- if not is_full() and not is_simulated() %}
        where '{{ previous_billed_through() }}'::date <> {{ billed_through() }}{% endif %}
)

select
    supply_point_id,
    min(dirty_from) as dirty_from
from dirty
group by supply_point_id
