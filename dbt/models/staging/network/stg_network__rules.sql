select
    id as network_rule_id,
    dso_code,
    tariff_prefix,
    reactive_factor,
    reactive_price::numeric as reactive_price,
    tg_phi_limit,
    tg_phi_decimals,
    exceedance_rule,
    power_decimals,
    tolerance_pln::numeric as tolerance_pln,
    tolerance_share,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('network', 'network_rules')) }} as facts
