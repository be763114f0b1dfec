-- Cubic metres per calendar month, each with the conversion factor of its month, rounded to whole
-- kWh.
with flows as (
    {{ metered_flows('m3') }}
),

pieces as (
    select
        flows.*,
        greatest(flows.starts, months.first_instant::date) as piece_starts,
        least(flows.ends, (months.first_instant + interval '1 month')::date) as piece_ends
    from flows
    cross join lateral generate_series(
        date_trunc('month', flows.starts::timestamp),
        (flows.ends - 1)::timestamp,
        interval '1 month'
    ) as months (first_instant)
),

volumes_by_month as (
    select
        pieces.*,
        case
            when pieces.piece_ends = pieces.last_exact_day
                then
                    pieces.quantity - round(
                        pieces.quantity * (pieces.piece_starts - pieces.starts) / pieces.of_days,
                        pieces.digits
                    )
            else {{ even_share(
                'pieces.quantity', 'pieces.of_days', 'pieces.starts',
                'pieces.piece_starts', 'pieces.piece_ends', 'pieces.digits') }}
        end as volume_m3
    from pieces
)

select
    volumes_by_month.*,
    factors.gas_conversion_factor_id,
    factors.factor_kwh_per_m3,
    round(
        volumes_by_month.volume_m3 * factors.factor_kwh_per_m3, volumes_by_month.digits
    ) as energy_kwh
from volumes_by_month
left join {{ ref('stg_operational__supply_point_terms') }} as terms
    on
        volumes_by_month.supply_point_id = terms.supply_point_id
        and volumes_by_month.piece_starts >= terms.valid_from
        and volumes_by_month.piece_starts < terms.valid_to
left join {{ ref('stg_operational__gas_conversion_factors') }} as factors
    on
        terms.gas_area_code = factors.area_code
        and volumes_by_month.piece_starts >= factors.valid_from
        and volumes_by_month.piece_starts < factors.valid_to
