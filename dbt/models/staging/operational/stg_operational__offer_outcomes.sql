with outcomes as (

    select * from {{ source('operational', 'offer_outcomes') }}

),

drafts as (

    select * from {{ source('operational', 'contract_drafts') }}
    where status = 'signed'

)

select
    outcomes.offer_id,
    outcomes.lead_id,
    outcomes.campaign_id,
    outcomes.campaign_side,
    outcomes.status as offer_status,
    outcomes.margin_net as margin_amount,
    outcomes.annual_kwh,
    drafts.contract_id
from outcomes
left join drafts on outcomes.draft_public_id = drafts.public_id
