with cycles as (
    select
        supplies.*,
        grids.cycle_months,
        (grids.cycle_anchor + make_interval(months => steps.number * grids.cycle_months))::date
            as cycle_start,
        greatest(
            supplies.valid_from,
            grids.effective_from,
            (grids.cycle_anchor + make_interval(months => steps.number * grids.cycle_months))::date
        ) as period_from,
        least(
            supplies.valid_to,
            grids.effective_to,
            (
                grids.cycle_anchor
                + make_interval(months => (steps.number + 1) * grids.cycle_months)
            )::date
        ) as period_to
    from {{ ref('int_crm_supplies_joined') }} as supplies
    inner join {{ ref('int_billing_cycles_gridded') }} as grids
        on supplies.contract_id = grids.contract_id
    cross join
        lateral (
            select
                {{ month_number('grids.cycle_anchor') }} as anchor_month,
                greatest(supplies.valid_from, supplies.dirty_from, grids.effective_from)
                    as first_day
        ) as bounds
    cross join lateral generate_series(
        floor(
            ({{ month_number('bounds.first_day') }} - bounds.anchor_month)::numeric
            / grids.cycle_months
        )::integer - 1,
        floor(
            ({{ month_number(billed_through()) }} - bounds.anchor_month)::numeric
            / grids.cycle_months
        )::integer
    ) as steps (number)
),

due as (
    select
        *,
        row_number() over (
            partition by contract_id, supply_point_id, cycle_start order by period_from
        ) as part
    from cycles
    where
        period_from < period_to
        and period_to - 1 <= {{ billed_through() }}
        and period_to > dirty_from
)

select
    contract_id || ':' || supply_point_id || ':'
    || to_char(case when part = 1 then cycle_start else period_from end, 'YYYY-MM-DD') as scope_key,
    contract_id,
    supply_point_id,
    customer_id,
    contract_kind,
    medium,
    dso_code,
    cycle_months,
    case when part = 1 then cycle_start else period_from end as cycle_start,
    period_from,
    period_to,
    false as is_forecast,
    null::date as block_from
from due
union all
-- Instalments of forecasts, priced like any other scope; what was issued says which are still due.
select distinct
    supplies.contract_id || ':' || supplies.supply_point_id || ':forecast:'
    || to_char(items.period_from, 'YYYY-MM-DD') as scope_key,
    supplies.contract_id,
    supplies.supply_point_id,
    supplies.customer_id,
    supplies.contract_kind,
    supplies.medium,
    supplies.dso_code,
    grids.cycle_months,
    items.period_from as cycle_start,
    items.period_from,
    least(items.period_to, supplies.valid_to) as period_to,
    true as is_forecast,
    items.block_from
from {{ ref('int_crm_supplies_joined') }} as supplies
inner join {{ ref('stg_operational__forecast_items') }} as items
    on
        supplies.contract_id = items.contract_id
        and supplies.supply_point_id = items.supply_point_id
        and supplies.valid_from <= items.period_from
        and supplies.valid_to > items.period_from
        and supplies.dirty_from < items.period_to
inner join {{ ref('int_billing_cycles_gridded') }} as grids
    on
        supplies.contract_id = grids.contract_id
        and items.period_from >= grids.effective_from
        and items.period_from < grids.effective_to
