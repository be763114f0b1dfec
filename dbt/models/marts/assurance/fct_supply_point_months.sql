with computation as (
    select billed_through from {{ ref('prop_computation') }}
),

supplied as (
    select
        supplied_points.supply_point_id,
        supplied_points.contract_id,
        contracts.customer_id,
        month_start::date as delivery_month,
        greatest(supplied_points.valid_from, month_start::date) as active_from,
        least(supplied_points.valid_to, (month_start + interval '1 month')::date) as active_to
    from {{ ref('stg_operational__contract_supply_points') }} as supplied_points
    inner join {{ ref('stg_operational__contracts') }} as contracts
        on supplied_points.contract_id = contracts.contract_id
    cross join computation
    cross join lateral generate_series(
        {{ month_of('supplied_points.valid_from') }},
        {{ month_of('least(supplied_points.valid_to - 1, computation.billed_through)') }},
        interval '1 month'
    ) as month_start
),

billed as (
    select
        scope_key,
        delivery_month,
        sum(net_amount) as net_amount,
        sum(energy_kwh) as energy_kwh
    from {{ ref('fct_document_lines') }}
    group by scope_key, delivery_month
),

targets as (
    select * from {{ ref('prop_document_scopes') }}
    where not is_forecast
),

issued as (
    select scope_key from {{ ref('stg_operational__billing_scopes') }}
    where invoice_id is not null
),

-- One cause per scope: what blocks the computation before what parked it at issue.
causes as (
    select distinct on (scope_key)
        scope_key,
        code,
        amount_at_stake
    from (
        select
            scope_key,
            code,
            null::numeric as amount_at_stake,
            1 as priority
        from {{ ref('prop_billing_exceptions') }}
        where severity = 'blocking'
        union all
        select
            scope_key,
            code,
            amount_at_stake,
            2
        from {{ ref('stg_operational__billing_exceptions') }}
        where resolved_at is null and severity = 'blocking'
    ) as found
    order by scope_key, priority, code
),

stated as (
    select
        supplied.supply_point_id,
        supplied.contract_id,
        supplied.customer_id,
        supplied.delivery_month,
        supplied.active_from,
        supplied.active_to - supplied.active_from as active_days,
        targets.scope_key,
        case
            when issued.scope_key is not null and targets.is_estimated then 'estimated'
            when issued.scope_key is not null then 'billed'
            when causes.scope_key is not null then 'blocked'
            when targets.scope_key is null then 'not_due'
            else 'not_issued'
        end as billing_status,
        case when issued.scope_key is null then causes.code end as cause,
        case
            when issued.scope_key is null then coalesce(causes.amount_at_stake, targets.net_amount)
        end as amount_at_stake
    from supplied
    left join targets
        on
            supplied.supply_point_id = targets.supply_point_id
            and supplied.contract_id = targets.contract_id
            and targets.period_from < supplied.active_to
            and targets.period_to > supplied.active_from
    left join issued on targets.scope_key = issued.scope_key
    left join causes on targets.scope_key = causes.scope_key
)

select
    stated.supply_point_id,
    stated.contract_id,
    stated.customer_id,
    points.medium,
    stated.delivery_month,
    stated.active_from,
    stated.active_days,
    stated.scope_key,
    stated.billing_status,
    stated.cause,
    coalesce(billed.net_amount, 0)::numeric(18, 2) as net_amount,
    coalesce(billed.energy_kwh, 0)::numeric(18, 3) as energy_kwh,
    coalesce(stated.amount_at_stake, 0)::numeric(18, 2) as amount_at_stake
from stated
inner join {{ ref('dim_supply_points') }} as points
    on stated.supply_point_id = points.supply_point_id
left join
    billed
    on stated.scope_key = billed.scope_key and stated.delivery_month = billed.delivery_month
