-- A meter exchanged in the segment may leave one day between the readings of the two meters.
with totals as (
    select
        segments.segment_id,
        segments.scope_key,
        segments.metering_mode,
        segments.capacity_mode,
        segments.contract_kind,
        segments.period_from,
        segments.period_to,
        segments.period_to - segments.period_from as days,
        points.code as point_code,
        points.supply_point_id
    from {{ ref('int_billing_scopes_cut') }} as segments
    inner join {{ ref('stg_operational__supply_points') }} as points
        on segments.supply_point_id = points.supply_point_id
),

installed as (
    select
        totals.segment_id,
        sum({{ days_shared('totals.period', 'installations.valid') }}) as days,
        count(*) as meter_count
    from totals
    inner join {{ ref('stg_operational__meter_installations') }} as installations
        on
            totals.supply_point_id = installations.supply_point_id
            and totals.period_from < installations.valid_to
            and totals.period_to > installations.valid_from
    group by totals.segment_id
),

volumes as (
    select
        segment_id,
        min(covered_days) filter (
            where zone_code <> 'capacity_hours' and not starts_with(zone_code, 'seller:')
        ) as energy_days,
        min(covered_days) filter (where zone_code = 'capacity_hours') as capacity_days
    from {{ ref('int_billing_coverage_measured') }}
    group by segment_id
),

found as (
    select
        totals.*,
        'no_meter' as code,
        null::text as zone_code
    from totals
    left join installed on totals.segment_id = installed.segment_id
    where
        totals.metering_mode = 'registers'
        and coalesce(installed.days, 0)
        < totals.days - case when installed.meter_count > 1 then 1 else 0 end
    union all
    select
        totals.*,
        'no_start_reading' as code,
        coverage.zone_code
    from totals
    inner join {{ ref('int_billing_coverage_measured') }} as coverage
        on totals.segment_id = coverage.segment_id
    where
        totals.metering_mode = 'registers'
        and coverage.covered_days
        < coverage.needed_days
        - case when coverage.is_new_meter or coverage.needed_days < totals.days then 1 else 0 end
    union all
    select
        totals.*,
        flags.code,
        coverage.zone_code
    from totals
    inner join {{ ref('int_billing_coverage_measured') }} as coverage
        on totals.segment_id = coverage.segment_id
    cross join
        lateral (
            values
            ('reading_below_last', coverage.is_negative),
            ('missing_conversion_factor', coverage.is_unconverted),
            ('estimated_twice', coverage.is_estimated_again)
        ) as flags (code, is_found)
    where flags.is_found
    union all
    select
        totals.*,
        case totals.metering_mode
            when 'volumes' then 'missing_volume'
            else 'incomplete_intervals'
        end as code,
        null as zone_code
    from totals
    left join volumes on totals.segment_id = volumes.segment_id
    where
        totals.metering_mode in ('volumes', 'intervals')
        and coalesce(volumes.energy_days, 0) < totals.days
    union all
    select
        totals.*,
        'missing_capacity_volume' as code,
        null as zone_code
    from totals
    left join volumes on totals.segment_id = volumes.segment_id
    where
        totals.capacity_mode = 'volumetric'
        and totals.contract_kind = 'comprehensive'
        and coalesce(volumes.capacity_days, 0) < totals.days
)

select
    scope_key,
    code,
    zone_code,
    point_code,
    supply_point_id,
    period_from,
    period_to
from found
