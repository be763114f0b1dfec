{{ config(indexes=[{'columns': ['supply_point_id', 'day']}]) }}
select determinants.*
from {{ ref('stg_lake__interval_determinants') }} as determinants
inner join {{ ref('int_metering_needs_bounded') }} as needs
    on determinants.supply_point_id = needs.supply_point_id
where determinants.day > needs.load_from and determinants.day < needs.needed_to
