select
    id as contract_terms_id,
    contract_id,
    price_list_id,
    cycle_months,
    cycle_anchor,
    payment_term_days,
    invoicing_rule,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('operational', 'contract_terms')) }} as facts
