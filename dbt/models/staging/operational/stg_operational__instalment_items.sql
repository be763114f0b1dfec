select
    agreement_id as instalment_plan_id,
    open_item_id,
    amount
from {{ source('operational', 'instalment_items') }}
