-- What net-metering prosumers at work took and fed in, per month and zone; `has_zones` tells if the
-- lake knows the zones of the distributor in that month.
with months as (
    select
        scopes.supply_point_id,
        scopes.customer_id,
        date_trunc('month', determinants.day)::date as feed_month,
        determinants.zone_set <> 'all' as is_zoned,
        determinants.zone_code,
        min(scopes.dso_code) as dso_code,
        min(terms.tariff_group) as tariff_group,
        min(prosumers.installed_kw) as installed_kw,
        coalesce(sum(determinants.quantity) filter (
            where determinants.determinant = 'balanced_import'
        ), 0) as imported_kwh,
        coalesce(sum(determinants.quantity) filter (
            where determinants.determinant = 'balanced_export'
        ), 0) as exported_kwh
    from (
        select distinct
            due.supply_point_id,
            due.customer_id,
            due.dso_code
        from {{ ref('int_billing_scopes_due') }} as due
    ) as scopes
    inner join {{ ref('stg_market__prosumer_terms') }} as prosumers
        on
            scopes.supply_point_id = prosumers.supply_point_id
            and prosumers.scheme = 'net_metering'
    inner join {{ ref('stg_operational__contract_supply_points') }} as supplies
        on scopes.supply_point_id = supplies.supply_point_id
    inner join {{ ref('stg_operational__contracts') }} as contracts
        on
            supplies.contract_id = contracts.contract_id
            and scopes.customer_id = contracts.customer_id
    inner join {{ ref('stg_operational__supply_point_terms') }} as terms
        on scopes.supply_point_id = terms.supply_point_id and terms.metering_mode = 'balanced'
    inner join {{ ref('stg_lake__interval_determinants') }} as determinants
        on
            scopes.supply_point_id = determinants.supply_point_id
            and determinants.determinant in ('balanced_import', 'balanced_export')
            and determinants.zone_set
            in ('all', 'dso:' || scopes.dso_code || ':' || terms.tariff_group)
            and determinants.day >= greatest(
                supplies.valid_from, terms.valid_from, prosumers.valid_from
            )
            and determinants.day < least(supplies.valid_to, terms.valid_to, prosumers.valid_to)
            and determinants.day <= {{ billed_through() }}
    group by
        scopes.supply_point_id, scopes.customer_id, feed_month, is_zoned, determinants.zone_code
)

select
    months.*,
    bool_or(is_zoned) over (partition by supply_point_id, customer_id, feed_month) as has_zones
from months
