select
    id as price_formula_id,
    price_list_id,
    index_code,
    determinant_index,
    margin::numeric as margin,
    multiplier,
    adds_excise,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('market', 'price_formulas')) }} as facts
