with billed as (

    -- What the contracts of accepted offers were billed in their first twelve months.
    select
        lines.contract_id,
        sum(lines.energy_kwh) as billed_kwh
    from {{ ref('fct_document_lines') }} as lines
    inner join (
        select
            contract_id,
            min(period_from) as first_day
        from {{ ref('fct_document_lines') }}
        group by contract_id
    ) as starts on lines.contract_id = starts.contract_id
    where lines.period_from < starts.first_day + interval '12 months'
    group by lines.contract_id

),

outcomes as (

    select
        offers.campaign_id,
        offers.campaign_side,
        count(*) as offers,
        count(*) filter (where offers.offer_status = 'accepted') as accepted,
        count(offers.contract_id) as contracts,
        sum(offers.margin_amount) as expected_margin_amount,
        -- The accepted margin per kWh on the energy that was really billed.
        sum(round(offers.margin_amount * billed.billed_kwh / offers.annual_kwh, 2))
            as earned_margin_amount
    from {{ ref('stg_operational__offer_outcomes') }} as offers
    left join billed on offers.contract_id = billed.contract_id
    where offers.campaign_id is not null
    group by offers.campaign_id, offers.campaign_side

)

select
    sides.campaign_id,
    sides.campaign_code,
    sides.campaign_name,
    sides.channel,
    sides.campaign_status,
    sides.starts_on,
    sides.ends_on,
    sides.budget_amount::numeric(18, 2) as budget_amount,
    sides.side,
    sides.members::bigint as members,
    sides.allowed::bigint as allowed,
    sides.contacted::bigint as contacted,
    sides.interested::bigint as interested,
    sides.leads::bigint as leads,
    coalesce(outcomes.offers, 0)::bigint as offers,
    coalesce(outcomes.accepted, 0)::bigint as accepted,
    coalesce(outcomes.contracts, 0)::bigint as contracts,
    sides.cost_amount::numeric(18, 2) as cost_amount,
    coalesce(outcomes.expected_margin_amount, 0)::numeric(18, 2) as expected_margin_amount,
    coalesce(outcomes.earned_margin_amount, 0)::numeric(18, 2) as earned_margin_amount,
    round(sides.cost_amount / nullif(outcomes.accepted, 0), 2)::numeric(18, 2) as cac_amount
from {{ ref('stg_operational__campaign_sides') }} as sides
left join outcomes
    on
        sides.campaign_id = outcomes.campaign_id
        and sides.side = outcomes.campaign_side
