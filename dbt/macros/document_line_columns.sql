{# The columns of a proposed document line in the order and with the types of the contract of prop_document_lines. #}
{% macro document_line_columns() -%}
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
{%- endmacro %}
