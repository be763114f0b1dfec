{{ config(materialized='view') }}
with debts as (

    select * from {{ ref('int_finance_debts_overdue') }}

),

-- Paid up to and on the effective due date: not late. Later payments count from the day after.
settled as (

    select
        debts.open_item_id,
        greatest(allocations.business_date, debts.effective_due_date) + 1 as cut_on,
        -sum(allocations.amount) as change
    from debts
    inner join {{ ref('stg_operational__allocations') }} as allocations
        on debts.open_item_id = allocations.debt_item_id
    group by debts.open_item_id, greatest(allocations.business_date, debts.effective_due_date)

),

planned as (

    select
        items.open_item_id,
        plans.agreed_on + 1 as starts_on,
        coalesce(plans.ended_on + 1, {{ forever() }}) as ends_on,
        plans.interest_rule,
        plans.contract_rate_pct
    from {{ ref('stg_operational__instalment_items') }} as items
    inner join {{ ref('stg_operational__instalment_plans') }} as plans
        on items.instalment_plan_id = plans.instalment_plan_id
    where plans.interest_rule <> 'statutory'

),

cuts as (

    select
        open_item_id,
        effective_due_date + 1 as cut_on,
        amount as change
    from debts

    union all

    select
        open_item_id,
        cut_on,
        change
    from settled

    union all

    select
        planned.open_item_id,
        greatest(days.cut_on, debts.effective_due_date + 1),
        0
    from planned
    inner join debts on planned.open_item_id = debts.open_item_id
    cross join lateral (values (planned.starts_on), (planned.ends_on)) as days (cut_on)

),

joined as (

    select
        open_item_id,
        cut_on as period_from,
        sum(change) as change
    from cuts
    where cut_on <= {{ interest_through() }}
    group by open_item_id, cut_on

),

running as (

    select
        open_item_id,
        period_from,
        sum(change) over (partition by open_item_id order by period_from) as principal,
        coalesce(
            lead(period_from) over (partition by open_item_id order by period_from),
            {{ interest_through() }} + 1
        ) as period_to
    from joined

)

select
    running.open_item_id,
    running.period_from,
    running.period_to,
    running.principal::numeric(18, 2) as principal,
    planned.interest_rule,
    planned.contract_rate_pct
from running
left join planned
    on
        running.open_item_id = planned.open_item_id
        and running.period_from >= planned.starts_on
        and running.period_from < planned.ends_on
where running.principal > 0
