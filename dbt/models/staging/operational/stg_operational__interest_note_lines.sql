select
    note_id,
    line_no,
    open_item_id,
    kind as line_kind,
    period_from,
    period_to,
    amount
from {{ source('operational', 'interest_note_lines') }}
