select
    id as interest_waiver_id,
    open_item_id,
    through,
    amount,
    (recorded_at at time zone 'Europe/Warsaw')::date as waived_on
from {{ source('operational', 'interest_waivers') }}
