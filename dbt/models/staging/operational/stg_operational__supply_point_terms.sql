select
    id as supply_point_terms_id,
    supply_point_id,
    tariff_group,
    phases,
    contracted_power_kw::numeric as contracted_power_kw,
    annual_kwh::numeric as annual_kwh,
    capacity_mode,
    customer_class,
    metering_mode,
    gas_area_code,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('operational', 'supply_point_terms')) }} as facts
