-- Lines that no table of rates prices: by the market, by the contract, by the distributor.
select
    scope_key,
    line_key,
    supply_point_id,
    charge_code,
    section,
    zone_code,
    period_from,
    period_to,
    unit,
    quantity::numeric(18, 6) as quantity,
    price::numeric(18, 8) as price,
    net_amount::numeric(18, 2) as net_amount,
    vat_rate::numeric(5, 4) as vat_rate,
    energy_kwh::numeric(18, 3) as energy_kwh,
    is_estimated,
    sort_order,
    calculation
from {{ ref('int_billing_market_lines') }}
union all
select
    scope_key,
    line_key,
    supply_point_id,
    charge_code,
    section,
    zone_code,
    period_from,
    period_to,
    unit,
    quantity::numeric(18, 6) as quantity,
    price::numeric(18, 8) as price,
    net_amount::numeric(18, 2) as net_amount,
    vat_rate::numeric(5, 4) as vat_rate,
    energy_kwh::numeric(18, 3) as energy_kwh,
    is_estimated,
    sort_order,
    calculation
from {{ ref('int_billing_network_lines_priced') }}
