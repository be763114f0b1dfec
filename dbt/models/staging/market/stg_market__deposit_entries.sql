select
    id as deposit_entry_id,
    lot_id,
    customer_id,
    document_id,
    kind,
    amount,
    fed_kwh,
    fed_value,
    business_date
from {{ source('market', 'deposit_entries') }}
