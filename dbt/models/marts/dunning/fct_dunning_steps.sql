with actions as (

    select * from {{ ref('stg_operational__dunning_actions') }}

),

remaining as (

    select
        items.action_id,
        sum(least(items.open_amount, greatest(debts.open_amount, 0))) as still_open_amount
    from {{ ref('stg_operational__dunning_action_items') }} as items
    inner join {{ ref('fct_open_items') }} as debts on items.open_item_id = debts.open_item_id
    group by items.action_id

)

select
    actions.action_id,
    actions.case_id,
    actions.customer_id,
    customers.customer_kind,
    actions.fired_on,
    {{ month_of('actions.fired_on') }} as fired_month,
    steps.step_code,
    steps.step_kind,
    steps.step_position::integer as step_position,
    actions.channel,
    actions.total_amount::numeric(18, 2) as total_amount,
    coalesce(remaining.still_open_amount, 0)::numeric(18, 2) as still_open_amount,
    (actions.total_amount - coalesce(remaining.still_open_amount, 0))::numeric(18, 2)
        as collected_amount
from actions
inner join {{ ref('stg_operational__dunning_steps') }} as steps on actions.step_id = steps.step_id
inner join {{ ref('dim_customers') }} as customers on actions.customer_id = customers.customer_id
left join remaining on actions.action_id = remaining.action_id
