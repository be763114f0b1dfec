-- A rate of zone '' holds for all zones together: one line over their sum instead of one per zone.
with modes as (
    select
        rates.*,
        quantity_basis = 'zone_energy' and every(coalesce(rate_zone_code = '', false)) over (
            partition by profile_id, charge_code
        ) as is_together,
        min(zone_code) over (partition by profile_id, charge_code) as first_zone_code,
        case
            when (medium = 'gas' and is_energy) or quantity_basis = 'capacity_energy'
                then date_trunc('month', piece_from::timestamp)
        end as separate_month
    from {{ ref('int_billing_rates_cut') }} as rates
    where rate_id is not null or is_required
),

neighbours as (
    select
        modes.*,
        lag(rate_id) over by_time as previous_rate_id,
        lag(vat_rate_id) over by_time as previous_vat_rate_id,
        lag(excise_rate_id) over by_time as previous_excise_rate_id,
        lag(separate_month) over by_time as previous_month,
        lag(cap_key) over by_time as previous_cap_key,
        lag(piece_to) over by_time as previous_to
    from modes
    where not is_together or zone_code = first_zone_code
    window by_time as (partition by expected_id order by piece_from)
),

islands as (
    select
        neighbours.*,
        count(*) filter (
            where
            piece_from is distinct from previous_to
            or rate_id is distinct from previous_rate_id
            or vat_rate_id is distinct from previous_vat_rate_id
            or excise_rate_id is distinct from previous_excise_rate_id
            or separate_month is distinct from previous_month
            or cap_key is distinct from previous_cap_key
        ) over (partition by expected_id order by piece_from) as island
    from neighbours
),

merged as (
    select
        profile_id,
        charge_code,
        section,
        quantity_basis,
        rate_source,
        is_required,
        sort_order,
        dso_code,
        tariff_group,
        price_list_id,
        medium,
        case when is_together then '' else zone_code end as zone_code,
        case
            when quantity_basis = 'capacity_energy' then 'capacity_hours'
            when is_together then ''
            else zone_prefix || zone_code
        end as quantity_zone_code,
        rate_table,
        rate_id,
        unit,
        price,
        factor,
        vat_rate_id,
        vat_rate,
        excise_rate_id,
        cap_key,
        factor <> 1 or quantity_basis = 'capacity_energy' as has_factor,
        min(piece_from) as period_from,
        max(piece_to) as period_to
    from islands
    group by
        expected_id, island, profile_id, charge_code, section, quantity_basis, rate_source,
        is_required, sort_order, dso_code, tariff_group, price_list_id, medium, is_together,
        zone_code, zone_prefix,
        rate_table, rate_id, unit, price, factor, vat_rate_id, vat_rate, excise_rate_id, cap_key
)

select
    merged.*,
    {{ month_position('period_to') }} - {{ month_position('period_from') }} as month_parts,
    {{ civil_hours('period_from', 'period_to') }} as hours,
    jsonb_strip_nulls(jsonb_build_object(
        'formula', case unit
            when 'kwh' then 'quantity * price'
            when 'month' then 'months * price'
            when 'kw_hour' then 'power_kw * hours * price'
            else 'power_kw * months * price'
        end || case when has_factor then ' * factor' else '' end,
        'factor', case when has_factor then factor end,
        'months', case
            when
                unit not in ('kwh', 'kw_hour')
                then {{ months_of('merged.period_from', 'merged.period_to') }}
        end,
        'hours', case
            when unit = 'kw_hour' then {{ civil_hours('merged.period_from', 'merged.period_to') }}
        end,
        'rate', jsonb_build_object('table', rate_table, 'id', rate_id),
        'vat_rate_id', vat_rate_id,
        'excise_rate_id', excise_rate_id
    )) as calculation
from merged
