select
    id as market_month_price_id,
    index_code,
    price_pln_per_mwh,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('market', 'market_month_prices')) }} as facts
