-- Segments that meet the same charges and rates share one profile, so rates are looked up for a
-- few hundred rows.
with zones as (
    select
        segments.segment_id,
        array_agg(distinct chunks.zone_code order by chunks.zone_code)
        filter (where not starts_with(chunks.zone_code, 'seller:')) as zone_codes,
        array_agg(distinct substr(chunks.zone_code, 8) order by substr(chunks.zone_code, 8))
        filter (where starts_with(chunks.zone_code, 'seller:')) as seller_zone_codes
    from {{ ref('int_billing_scopes_cut') }} as segments
    inner join {{ ref('int_metering_consumption_united') }} as chunks
        on
            segments.supply_point_id = chunks.supply_point_id
            and segments.metering_mode = chunks.metering_mode
            and segments.period_from < chunks.ends
            and segments.period_to > chunks.starts
    where chunks.zone_code <> 'capacity_hours'
    group by segments.segment_id
),

ranges as (
    select distinct annual_kwh_range
    from {{ ref('stg_operational__statutory_rates') }}
),

brackets as (
    select
        uses.annual_kwh,
        min(uses.annual_kwh) over (partition by string_agg(
            ranges.annual_kwh_range::text, ',' order by ranges.annual_kwh_range
        )) as bracket_kwh
    from (
        select distinct annual_kwh from {{ ref('int_billing_scopes_cut') }}
    ) as uses
    left join ranges on uses.annual_kwh <@ ranges.annual_kwh_range
    group by uses.annual_kwh
),

described as (
    select
        segments.segment_id,
        segments.medium,
        segments.contract_kind,
        segments.dso_code,
        segments.tariff_group,
        segments.phases,
        segments.cycle_months,
        segments.price_list_id,
        segments.customer_class,
        segments.capacity_mode,
        brackets.bracket_kwh,
        coalesce(zones.zone_codes, '{}') as zone_codes,
        coalesce(zones.seller_zone_codes, '{}') as seller_zone_codes,
        segments.period_from,
        segments.period_to
    from {{ ref('int_billing_scopes_cut') }} as segments
    inner join brackets on segments.annual_kwh = brackets.annual_kwh
    left join zones on segments.segment_id = zones.segment_id
)

select
    described.*,
    dense_rank() over (
        order by
            period_from, period_to, price_list_id, dso_code, tariff_group, zone_codes,
            seller_zone_codes, phases,
            bracket_kwh, cycle_months, medium, contract_kind, customer_class, capacity_mode
    ) as profile_id
from described
