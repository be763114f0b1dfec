-- needed_days: days a register stands at the point; covered_days: days with a quantity, measured
-- or estimated.
with needed as (
    select
        segments.segment_id,
        registers.zone_code,
        sum(
            least(segments.period_to, installations.valid_to)
            - greatest(segments.period_from, installations.valid_from)
        ) as needed_days,
        bool_or(installations.valid_from >= segments.period_from) as is_new_meter
    from {{ ref('int_billing_scopes_cut') }} as segments
    inner join {{ ref('stg_operational__meter_installations') }} as installations
        on
            segments.supply_point_id = installations.supply_point_id
            and segments.period_from < installations.valid_to
            and segments.period_to > installations.valid_from
    inner join {{ ref('stg_operational__registers') }} as registers
        on installations.meter_id = registers.meter_id
    where segments.metering_mode = 'registers'
    group by segments.segment_id, registers.zone_code
),

covered as (
    select
        segments.segment_id,
        chunks.zone_code,
        sum(
            least(segments.period_to, chunks.ends) - greatest(segments.period_from, chunks.starts)
        ) as covered_days,
        bool_or(chunks.is_negative) as is_negative,
        bool_or(chunks.quantity is null) as is_unconverted,
        bool_or(chunks.is_estimated and (
            chunks.follows_estimate or chunks.estimated_since < segments.period_from
        )) as is_estimated_again
    from {{ ref('int_billing_scopes_cut') }} as segments
    inner join {{ ref('int_metering_consumption_united') }} as chunks
        on
            segments.supply_point_id = chunks.supply_point_id
            and segments.period_from < chunks.ends
            and segments.period_to > chunks.starts
            and (
                segments.metering_mode = chunks.metering_mode
                or (
                    chunks.zone_code = 'capacity_hours'
                    and chunks.metering_mode = 'volumes'
                    and segments.metering_mode <> 'intervals'
                    and segments.capacity_mode = 'volumetric'
                )
            )
    group by segments.segment_id, chunks.zone_code
)

select
    coalesce(needed.segment_id, covered.segment_id) as segment_id,
    coalesce(needed.zone_code, covered.zone_code) as zone_code,
    coalesce(needed.needed_days, 0) as needed_days,
    coalesce(needed.is_new_meter, false) as is_new_meter,
    coalesce(covered.covered_days, 0) as covered_days,
    coalesce(covered.is_negative, false) as is_negative,
    coalesce(covered.is_unconverted, false) as is_unconverted,
    coalesce(covered.is_estimated_again, false) as is_estimated_again
from needed
full outer join covered
    on needed.segment_id = covered.segment_id and needed.zone_code = covered.zone_code
