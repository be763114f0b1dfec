-- Hours of a working day inside and outside the hours of the capacity fee; the mask without a
-- distributor is the one of the act.
select
    id as zone_mask_id,
    zone_code = 'capacity_hours' as is_capacity_hour,
    hour_to - hour_from as hours,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('network', 'zone_masks')) }} as facts
where dso_code = '' and tariff_group = '' and day_type = 'workday'
