-- Energy that distributors say was delivered: kWh as they are, cubic metres by month and factor.
with flows as (
    select
        supply_point_id,
        zone_code,
        unit,
        period_from as starts,
        period_to as ends,
        is_estimated,
        digits,
        quantity
    from {{ ref('fct_delivered_quantities') }}
),

pieces as (
    select
        flows.*,
        flows.ends - flows.starts as of_days,
        greatest(flows.starts, months.first_instant::date) as piece_starts,
        least(flows.ends, (months.first_instant + interval '1 month')::date) as piece_ends
    from flows
    cross join
        lateral generate_series(
            date_trunc('month', flows.starts::timestamp),
            (flows.ends - 1)::timestamp,
            interval '1 month'
        ) as months (first_instant)
    where flows.unit = 'm3'
),

-- Gas: cubic metres of each month with the factor of that month; the last piece takes the rest.
converted as (
    select
        pieces.supply_point_id,
        pieces.zone_code,
        pieces.piece_starts,
        pieces.piece_ends,
        pieces.is_estimated,
        pieces.digits,
        round(
            factors.factor_kwh_per_m3 * case
                when pieces.piece_ends = pieces.ends
                    then
                        pieces.quantity - round(
                            pieces.quantity * (pieces.piece_starts - pieces.starts)
                            / pieces.of_days, pieces.digits
                        )
                else {{ even_share(
                    'pieces.quantity', 'pieces.of_days', 'pieces.starts',
                    'pieces.piece_starts', 'pieces.piece_ends', 'pieces.digits') }}
            end,
            pieces.digits
        ) as energy_kwh
    from pieces
    inner join {{ ref('stg_operational__supply_point_terms') }} as terms
        on
            pieces.supply_point_id = terms.supply_point_id
            and pieces.piece_starts >= terms.valid_from
            and pieces.piece_starts < terms.valid_to
    inner join {{ ref('stg_operational__gas_conversion_factors') }} as factors
        on
            terms.gas_area_code = factors.area_code
            and pieces.piece_starts >= factors.valid_from
            and pieces.piece_starts < factors.valid_to
)

select
    supply_point_id,
    zone_code,
    starts as period_from,
    ends as period_to,
    is_estimated,
    digits,
    quantity::numeric(18, 3) as energy_kwh
from flows
where unit = 'kwh'
union all
select
    supply_point_id,
    zone_code,
    piece_starts,
    piece_ends,
    is_estimated,
    digits,
    energy_kwh
from converted
