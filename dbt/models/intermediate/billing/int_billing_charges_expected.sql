-- zone_code '' stands for all zones together.
with profiles as (
    select distinct on (profile_id) *
    from {{ ref('int_billing_profiles_grouped') }}
    order by profile_id
)

select
    profiles.profile_id,
    profiles.dso_code,
    profiles.tariff_group,
    profiles.phases,
    profiles.cycle_months,
    profiles.price_list_id,
    profiles.customer_class,
    profiles.bracket_kwh,
    profiles.medium,
    charges.code as charge_code,
    charges.section,
    charges.quantity_basis,
    charges.rate_source,
    charges.is_required,
    charges.sort_order,
    zones.zone_code,
    case
        when
            charges.quantity_basis = 'zone_energy'
            and charges.section = 'sale'
            and profiles.seller_zone_codes <> '{}'
            then 'seller:'
        else ''
    end as zone_prefix,
    charges.quantity_basis in ('zone_energy', 'total_energy', 'capacity_energy') as is_energy,
    greatest(profiles.period_from, charges.applies_from) as period_from,
    least(profiles.period_to, charges.applies_to) as period_to
from profiles
inner join {{ ref('stg_operational__charges') }} as charges
    on
        profiles.medium = charges.medium
        and charges.capacity_mode in ('any', profiles.capacity_mode)
        and (charges.section = 'sale' or profiles.contract_kind = 'comprehensive')
cross join
    lateral unnest(
        case
            when charges.quantity_basis <> 'zone_energy' then '{""}'
            when charges.section = 'sale' and profiles.seller_zone_codes <> '{}'
                then profiles.seller_zone_codes
            else profiles.zone_codes
        end
    ) as zones (zone_code)
where
    greatest(profiles.period_from, charges.applies_from)
    < least(profiles.period_to, charges.applies_to)
    -- What the distributor settles besides kWh has a way of its own.
    and charges.quantity_basis <> 'network'
    -- Priced by an index or by the contract itself, not by a table of rates.
    and charges.rate_source not in ('formula', 'contract')
    and not (
        charges.code = 'energy_active'
        and profiles.price_list_id in (
            select formulas.price_list_id from {{ ref('stg_market__price_formulas') }} as formulas
        )
    )
