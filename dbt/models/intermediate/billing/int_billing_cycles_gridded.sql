-- A new rhythm starts with its own first cycle; until then the old cycle goes on, so cycles never
-- overlap.
with changes as (
    select
        contract_id,
        cycle_anchor,
        cycle_months,
        valid_from,
        lag(cycle_anchor) over by_time as previous_anchor,
        lag(cycle_months) over by_time as previous_months
    from {{ ref('stg_operational__contract_terms') }}
    window by_time as (partition by contract_id order by valid_from)
),

grids as (
    select
        contract_id,
        cycle_anchor,
        cycle_months,
        case
            when previous_anchor is null then {{ dawn() }}
            else (
                select min((changes.cycle_anchor + make_interval(months => steps.number))::date)
                from
                    generate_series(
                        {{ month_number('changes.valid_from') }}
                        - {{ month_number('changes.cycle_anchor') }} - 12,
                        {{ month_number('changes.valid_from') }}
                        - {{ month_number('changes.cycle_anchor') }} + 24
                    ) as steps (number)
                where
                    steps.number % changes.cycle_months = 0
                    and changes.cycle_anchor + make_interval(months => steps.number)
                    >= changes.valid_from
            )
        end as effective_from
    from changes
    where
        previous_anchor is null
        or (cycle_anchor, cycle_months) is distinct from (previous_anchor, previous_months)
)

select
    contract_id,
    cycle_anchor,
    cycle_months,
    effective_from,
    lead(effective_from, 1, {{ forever() }}) over (
        partition by contract_id order by effective_from
    ) as effective_to
from grids
