with sides as (

    select * from {{ source('operational', 'campaign_sides') }}

),

campaigns as (

    select * from {{ source('operational', 'campaigns') }}

)

select
    sides.campaign_id,
    campaigns.code as campaign_code,
    campaigns.name as campaign_name,
    campaigns.channel,
    campaigns.status as campaign_status,
    campaigns.starts_on,
    campaigns.ends_on,
    campaigns.budget as budget_amount,
    sides.side,
    sides.members,
    sides.allowed,
    sides.contacted,
    sides.interested,
    sides.leads,
    sides.cost as cost_amount
from sides
inner join campaigns on sides.campaign_id = campaigns.id
