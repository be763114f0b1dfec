-- The rule of the distributor goes before the general one, the longer tariff prefix before the
-- shorter.
with gaps as (
    select
        gaps.reading_id,
        gaps.reading_date,
        points.dso_code,
        points.medium,
        terms.tariff_group,
        terms.annual_kwh
    from {{ ref('int_metering_gaps_found') }} as gaps
    inner join {{ ref('stg_operational__supply_points') }} as points
        on gaps.supply_point_id = points.supply_point_id
    left join lateral (
        select
            point_terms.tariff_group,
            point_terms.annual_kwh
        from {{ ref('stg_operational__supply_point_terms') }} as point_terms
        where
            point_terms.supply_point_id = gaps.supply_point_id
            and point_terms.valid_to > gaps.reading_date + 1
        order by point_terms.valid_from
        limit 1
    ) as terms on true
),

fitting as (
    select distinct on (gaps.reading_id, methods.method)
        gaps.reading_id,
        gaps.dso_code,
        gaps.medium,
        gaps.tariff_group,
        gaps.annual_kwh,
        methods.method,
        methods.rank,
        methods.is_active,
        methods.minimum_days,
        methods.is_seasonal
    from gaps
    inner join {{ ref('stg_estimation__methods') }} as methods
        on
            gaps.medium = methods.medium
            and methods.dso_code in ('', gaps.dso_code)
            and starts_with(coalesce(gaps.tariff_group, ''), methods.tariff_prefix)
            and gaps.reading_date + 1 >= methods.valid_from
            and gaps.reading_date + 1 < methods.valid_to
    order by
        gaps.reading_id asc, methods.method asc, methods.dso_code desc,
        length(methods.tariff_prefix) desc
)

select
    reading_id,
    dso_code,
    medium,
    tariff_group,
    annual_kwh,
    method,
    rank,
    minimum_days,
    is_seasonal
from fitting
where is_active
