select
    id as capacity_class_id,
    code,
    share_from,
    is_without_other_hours,
    factor,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('network', 'capacity_classes')) }} as facts
