-- depends_on: {{ ref('int_billing_scopes_due') }}
-- depends_on: {{ ref('int_billing_work_selected') }}
-- Prices that a statute does not let the seller exceed: effective price = the lower of the
-- contract price and the cap plus excise. The limit of a cap counts the energy of the point on
-- the days of the cap, over all zones and bills, and is prorated when the supply covers only a
-- part of them. The stretch in which it is crossed is split, each zone in proportion to its
-- energy.
with stretches as (
    select * from {{ ref('int_billing_caps_stretched') }}
),

limits as (
    select
        stretches.supply_point_id,
        stretches.price_cap_id,
        round(min(stretches.annual_limit_kwh) * (
            select
                sum(
                    least(supplies.valid_to, min(stretches.cap_to))
                    - greatest(supplies.valid_from, min(stretches.cap_from))
                )
            from {{ ref('stg_operational__contract_supply_points') }} as supplies
            inner join {{ ref('stg_operational__contracts') }} as contracts
                on supplies.contract_id = contracts.contract_id
            where
                supplies.supply_point_id = stretches.supply_point_id
                and contracts.customer_id = min(stretches.customer_id)
                and supplies.valid_from < min(stretches.cap_to)
                and supplies.valid_to > min(stretches.cap_from)
        ) / (min(stretches.cap_to) - min(stretches.cap_from)), 0) as limit_kwh,
        {{ capped_energy_kept() }} as counted_before
    from stretches
    where stretches.annual_limit_kwh is not null
    group by stretches.supply_point_id, stretches.price_cap_id
),

counted as (
    select
        stretches.*,
        limits.limit_kwh,
        sum(stretches.energy_kwh) over (
            partition by stretches.supply_point_id, stretches.cap_from, stretches.period_from
        ) as stretch_kwh,
        limits.counted_before + sum(stretches.energy_kwh) over (
            partition by stretches.supply_point_id, stretches.cap_from
            order by stretches.period_from
        ) - sum(stretches.energy_kwh) over (
            partition by stretches.supply_point_id, stretches.cap_from, stretches.period_from
        ) as counted_kwh,
        sum(stretches.energy_kwh) over (
            partition by stretches.supply_point_id, stretches.cap_from, stretches.period_from
            order by stretches.zone_code rows unbounded preceding
        ) as zones_kwh,
        case when stretches.energy_kwh = trunc(stretches.energy_kwh) then 0 else 3 end as digits
    from stretches
    left join limits
        on
            stretches.supply_point_id = limits.supply_point_id
            and stretches.price_cap_id = limits.price_cap_id
),

within_limit as (
    select
        counted.*,
        case
            when limit_kwh is null then energy_kwh
            when stretch_kwh = 0 then 0
            else
                round(
                    greatest(0, least(stretch_kwh, limit_kwh - counted_kwh)) * zones_kwh
                    / stretch_kwh, digits
                )
                - round(
                    greatest(0, least(stretch_kwh, limit_kwh - counted_kwh))
                    * (zones_kwh - energy_kwh) / stretch_kwh, digits
                )
        end as within_kwh
    from counted
)

select
    within_limit.segment_id,
    within_limit.scope_key,
    within_limit.supply_point_id,
    within_limit.supply_point_terms_id,
    within_limit.charge_code,
    within_limit.section,
    within_limit.zone_code,
    within_limit.sort_order,
    within_limit.period_from,
    within_limit.period_to,
    within_limit.vat_rate_id,
    within_limit.vat_rate,
    within_limit.is_estimated,
    within_limit.price as contract_price,
    within_limit.excise,
    within_limit.limit_kwh,
    within_limit.counted_kwh,
    within_limit.calculation || within_limit.quantity_calculation as calculation,
    parts.tier,
    parts.price_cap_id,
    parts.cap_price,
    parts.energy_kwh,
    least(within_limit.price, parts.cap_price + within_limit.excise) as price
from within_limit
cross join
    lateral (
        values
        (1, within_limit.within_kwh, within_limit.price_cap_id, within_limit.cap_price),
        (
            2,
            within_limit.energy_kwh - within_limit.within_kwh,
            within_limit.above_cap_id,
            within_limit.above_cap_price
        )
    ) as parts (tier, energy_kwh, price_cap_id, cap_price)
where parts.energy_kwh <> 0 or (parts.tier = 1 and within_limit.energy_kwh = 0)
