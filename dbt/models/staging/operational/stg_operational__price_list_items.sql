select
    id as price_list_item_id,
    price_list_id,
    tariff_group,
    charge_code,
    zone_code,
    unit,
    {{ supposed('price') }}::numeric as price,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('operational', 'price_list_items')) }} as facts
{{ supposed_rates('price_list_items') }}
