select
    id as note_id,
    kind as note_kind,
    number as note_number,
    customer_id,
    issue_date,
    due_date,
    through,
    amount,
    origin
from {{ source('operational', 'interest_notes') }}
