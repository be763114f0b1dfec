-- What holds now and what was closed later than known_at, each by its own index, so that a few
-- points are read without the rest.
with determinants as (
    select *
    from {{ source('lake', 'interval_determinants') }}
    where superseded_at is null and recorded_at <= {{ known_at() }}
    union all
    select *
    from {{ source('lake', 'interval_determinants') }}
    where superseded_at > {{ known_at() }} and recorded_at <= {{ known_at() }}
)

select
    determinants.id as interval_determinant_id,
    points.supply_point_id,
    determinants.supply_point_code,
    determinants.day,
    determinants.determinant,
    determinants.zone_set,
    determinants.zone_code,
    determinants.index_code,
    determinants.rank,
    determinants.quantity,
    determinants.unit,
    determinants.intervals,
    determinants.expected_intervals,
    determinants.estimated_intervals
from determinants
inner join {{ ref('stg_operational__supply_points') }} as points
    on determinants.supply_point_code = points.code
