select
    id as cap_declaration_id,
    supply_point_id,
    category,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('market', 'cap_declarations')) }} as facts
