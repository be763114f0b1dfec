-- Days around what is special about a point are ordinary ones.
with special as (
    select
        *,
        lag(valid_to, 1, {{ dawn() }}) over by_time as previous_to,
        lead(valid_from) over by_time as next_from
    from {{ ref('stg_network__attributes') }}
    window by_time as (partition by supply_point_id order by valid_from)
)

select
    supply_point_id,
    network_attribute_id,
    oze_base_factor,
    tg_phi_limit,
    valid_from,
    valid_to
from special
union all
select
    supply_point_id,
    null as network_attribute_id,
    1 as oze_base_factor,
    null as tg_phi_limit,
    previous_to as valid_from,
    valid_from as valid_to
from special
where previous_to < valid_from
union all
select
    supply_point_id,
    null as network_attribute_id,
    1 as oze_base_factor,
    null as tg_phi_limit,
    valid_to as valid_from,
    {{ forever() }} as valid_to
from special
where next_from is null and valid_to < {{ forever() }}
