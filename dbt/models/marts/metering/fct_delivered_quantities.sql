-- What distributors say was delivered, from the rows of their files and readings entered by staff:
-- independent of proposals.
with told as (
    select
        points.supply_point_id,
        registers.register_id,
        files.reading_date,
        files.value,
        files.version,
        files.kind
    from {{ ref('stg_dso__register_readings') }} as files
    inner join {{ ref('stg_operational__supply_points') }} as points
        on files.supply_point_code = points.code
    inner join {{ ref('stg_operational__meters') }} as meters on files.meter_serial = meters.serial
    inner join {{ ref('stg_operational__registers') }} as registers
        on meters.meter_id = registers.meter_id and files.zone_code = registers.zone_code
    where files.kind not in ('estimated', 'substitute') or files.reason <> 'periodic'
    union all
    select
        supply_point_id,
        register_id,
        reading_date,
        value,
        version,
        kind
    from {{ ref('stg_operational__entered_readings') }}
),

readings as (
    select distinct on (told.register_id, told.supply_point_id, told.reading_date) told.*
    from told
    left join {{ ref('stg_estimation__readings_set_aside') }} as set_aside
        on
            told.register_id = set_aside.register_id
            and told.reading_date = set_aside.reading_date
    where set_aside.version is null
    order by
        told.register_id asc, told.supply_point_id asc, told.reading_date asc, told.version desc
),

pairs as (
    select
        readings.supply_point_id,
        registers.zone_code,
        registers.unit,
        registers.multiplier,
        readings.kind in ('estimated', 'substitute') as is_estimated,
        lag(readings.reading_date) over by_time + 1 as starts,
        readings.reading_date + 1 as ends,
        {{ register_difference(
            'lag(readings.value) over by_time', 'readings.value', 'registers.digits') }} as difference
    from readings
    inner join {{ ref('stg_operational__registers') }} as registers
        on readings.register_id = registers.register_id
    window by_time as (
        partition by readings.register_id, readings.supply_point_id order by readings.reading_date
    )
)

select
    supply_point_id,
    zone_code,
    unit,
    starts as period_from,
    ends as period_to,
    is_estimated,
    0 as digits,
    round(
        difference * multiplier, case when unit = 'kwh' then 0 else 3 end
    )::numeric(18, 3) as quantity
from pairs
where starts is not null
union all
select
    points.supply_point_id,
    volumes.zone_code,
    volumes.unit,
    volumes.period_from,
    volumes.period_to,
    false as is_estimated,
    3 as digits,
    volumes.quantity::numeric(18, 3) as quantity
from {{ ref('stg_dso__billed_volumes') }} as volumes
inner join {{ ref('stg_operational__supply_points') }} as points
    on volumes.supply_point_code = points.code
where
    volumes.zone_code not in ('capacity_hours', 'capacity_other_hours')
    and volumes.unit in ('kwh', 'm3')
    and volumes.quality = 'actual'
union all
select
    days.supply_point_id,
    'all' as zone_code,
    'kwh' as unit,
    days.day as period_from,
    days.day + 1 as period_to,
    days.estimated_intervals > 0 as is_estimated,
    3 as digits,
    round(days.quantity, 3)::numeric(18, 3) as quantity
from {{ ref('stg_lake__interval_determinants') }} as days
inner join {{ ref('stg_operational__supply_point_terms') }} as terms
    on
        days.supply_point_id = terms.supply_point_id
        and days.day >= terms.valid_from
        and days.day < terms.valid_to
        and terms.metering_mode = 'intervals'
where days.determinant = 'energy' and days.zone_set = 'all'
