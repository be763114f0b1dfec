-- What distributors say was delivered, from the rows of their files (and readings entered by staff): independent of proposals.
with told as (
    select
        points.supply_point_id,
        registers.register_id,
        files.reading_date,
        files.value,
        files.version,
        files.kind
    from {{ ref('stg_dso__register_readings') }} as files
    inner join {{ ref('stg_operational__supply_points') }} as points on files.supply_point_code = points.code
    inner join {{ ref('stg_operational__meters') }} as meters on files.meter_serial = meters.serial
    inner join {{ ref('stg_operational__registers') }} as registers
        on meters.meter_id = registers.meter_id and files.zone_code = registers.zone_code
    where files.kind not in ('estimated', 'substitute') or files.reason <> 'periodic'
    union all
    select supply_point_id, register_id, reading_date, value, version, kind
    from {{ ref('stg_operational__entered_readings') }}
),

readings as (
    select distinct on (register_id, supply_point_id, reading_date) *
    from told
    order by register_id asc, supply_point_id asc, reading_date asc, version desc
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
        {{ register_difference('lag(readings.value) over by_time', 'readings.value', 'registers.digits') }} as difference
    from readings
    inner join {{ ref('stg_operational__registers') }} as registers on readings.register_id = registers.register_id
    window by_time as (partition by readings.register_id, readings.supply_point_id order by readings.reading_date)
),

flows as (
    select supply_point_id, zone_code, unit, starts, ends, is_estimated, 0 as digits,
        round(difference * multiplier, case when unit = 'kwh' then 0 else 3 end) as quantity
    from pairs
    where starts is not null
    union all
    select points.supply_point_id, volumes.zone_code, volumes.unit, volumes.period_from, volumes.period_to, false, 3, volumes.quantity
    from {{ ref('stg_dso__billed_volumes') }} as volumes
    inner join {{ ref('stg_operational__supply_points') }} as points on volumes.supply_point_code = points.code
    where volumes.zone_code <> 'capacity_hours' and volumes.quality = 'actual'
),

pieces as (
    select
        flows.*,
        greatest(flows.starts, months.first_instant::date) as piece_starts,
        least(flows.ends, (months.first_instant + interval '1 month')::date) as piece_ends
    from flows
    cross join lateral generate_series(
        date_trunc('month', flows.starts::timestamp), (flows.ends - 1)::timestamp, interval '1 month'
    ) as months (first_instant)
    where flows.unit = 'm3'
),

-- Gas: cubic metres of each month with the factor of that month; the last piece takes the rest with its decimals.
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
                    then pieces.quantity - round(
                        pieces.quantity * (pieces.piece_starts - pieces.starts) / (pieces.ends - pieces.starts), pieces.digits
                    )
                else {{ even_share(
                    'pieces.quantity', '(pieces.ends - pieces.starts)', 'pieces.starts',
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
    digits::integer as digits,
    quantity::numeric(18, 3) as energy_kwh
from flows
where unit = 'kwh'
union all
select supply_point_id, zone_code, piece_starts, piece_ends, is_estimated, digits, energy_kwh
from converted
