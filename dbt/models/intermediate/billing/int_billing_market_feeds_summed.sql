-- kWh taken and fed in after the hourly balance, per point, billing scope, civil day and zone of
-- the distributor's hours (or the whole day where the lake has no zones). The balance is made
-- hour by hour in the lake: summing the month first and netting then would bill nothing to most
-- prosumers.
with days as (
    select
        scopes.scope_key,
        scopes.supply_point_id,
        scopes.customer_id,
        scopes.period_from,
        determinants.day,
        determinants.zone_code,
        determinants.zone_set,
        determinants.determinant,
        determinants.quantity,
        determinants.intervals >= determinants.expected_intervals as is_complete,
        determinants.estimated_intervals > 0 as is_estimated,
        terms.tariff_group,
        terms.tariff_group ~ '^(G|C1)' as is_whole,
        bool_or(determinants.zone_set <> 'all') over (
            partition by scopes.scope_key, determinants.day, determinants.determinant
        ) as has_zones
    from {{ ref('int_billing_scopes_due') }} as scopes
    inner join {{ ref('stg_operational__supply_point_terms') }} as terms
        on scopes.supply_point_id = terms.supply_point_id and terms.metering_mode = 'balanced'
    inner join {{ ref('stg_lake__interval_determinants') }} as determinants
        on
            scopes.supply_point_id = determinants.supply_point_id
            and determinants.determinant in ('balanced_import', 'balanced_export')
            and determinants.zone_set
            in ('all', 'dso:' || scopes.dso_code || ':' || terms.tariff_group)
            and determinants.day >= greatest(scopes.period_from, terms.valid_from)
            and determinants.day < least(scopes.period_to, terms.valid_to)
)

select
    scope_key,
    supply_point_id,
    customer_id,
    period_from,
    day,
    zone_code,
    is_whole,
    coalesce(sum(quantity) filter (where determinant = 'balanced_import'), 0) as imported_kwh,
    coalesce(sum(quantity) filter (where determinant = 'balanced_export'), 0) as exported_kwh,
    bool_and(is_complete) as is_complete,
    bool_or(is_estimated) as is_estimated
from days
where has_zones = (zone_set <> 'all')
group by scope_key, supply_point_id, customer_id, period_from, day, zone_code, is_whole
