{{ config(materialized='table') }}
with rates as (

    select * from {{ ref('stg_operational__interest_rates') }}

),

-- A plan without interest has no rows; a plan with a rate of its own has that rate.
rated as (

    select
        debts.open_item_id,
        debts.customer_id,
        debts.document_id,
        debts.effective_due_date,
        debts.rate_kind,
        debts.year_days,
        cut.principal,
        greatest(cut.period_from, rates.valid_from) as period_from,
        least(cut.period_to, rates.valid_to) as period_to,
        coalesce(cut.contract_rate_pct, rates.rate_pct) as rate_pct
    from {{ ref('int_finance_debts_cut') }} as cut
    inner join {{ ref('int_finance_debts_overdue') }} as debts
        on cut.open_item_id = debts.open_item_id
    inner join rates
        on
            debts.rate_kind = rates.rate_kind
            and cut.period_from < rates.valid_to
            and cut.period_to > rates.valid_from
    where cut.interest_rule is distinct from 'none'

),

-- Exact until here: principal x percent x days; 100 x days of the year divides once, at the end.
counted as (

    select
        *,
        principal * rate_pct * (period_to - period_from) as weight,
        sum(principal * rate_pct * (period_to - period_from)) over (
            partition by open_item_id order by period_from
        ) as weight_so_far
    from rated

)

select
    open_item_id,
    period_from,
    period_to,
    customer_id,
    document_id,
    effective_due_date,
    rate_kind,
    principal,
    rate_pct::numeric(6, 3) as rate_pct,
    year_days,
    (period_to - period_from)::integer as days,
    (
        round(weight_so_far / (100 * year_days), 2)
        - round((weight_so_far - weight) / (100 * year_days), 2)
    )::numeric(18, 2) as amount,
    {{ interest_through() }} as through
from counted
