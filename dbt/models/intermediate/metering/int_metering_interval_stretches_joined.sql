-- Consecutive complete days of a point with one set of zones; every zone of the set covers them,
-- also when nothing fell into it.
with days as (
    select
        supply_point_id,
        zone_key,
        day,
        bool_or(is_estimated) as is_estimated
    from {{ ref('int_metering_intervals_zoned') }}
    group by supply_point_id, zone_key, day
    having bool_and(is_complete)
),

numbered as (
    select
        days.*,
        day - (row_number() over (partition by supply_point_id, zone_key order by day))::integer
            as island
    from days
),

stretches as (
    select
        supply_point_id,
        zone_key,
        min(day) as starts,
        max(day) + 1 as ends,
        bool_or(is_estimated) as is_estimated
    from numbered
    group by supply_point_id, zone_key, island
),

zones as (
    select distinct
        supply_point_id,
        zone_key,
        zone_code
    from {{ ref('int_metering_intervals_zoned') }}
)

select
    stretches.supply_point_id,
    zones.zone_code,
    stretches.starts,
    stretches.ends,
    stretches.is_estimated
from stretches
inner join zones
    on stretches.supply_point_id = zones.supply_point_id and stretches.zone_key = zones.zone_key
