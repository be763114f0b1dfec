-- Equality joins first; the few rows of terms per point and contract are then compared by date.
select
    row_number() over () as segment_id,
    scopes.scope_key,
    scopes.supply_point_id,
    scopes.customer_id,
    scopes.contract_kind,
    scopes.medium,
    scopes.dso_code,
    scopes.cycle_months,
    contract_terms.contract_terms_id,
    contract_terms.price_list_id,
    point_terms.supply_point_terms_id,
    point_terms.tariff_group,
    point_terms.phases,
    point_terms.contracted_power_kw,
    point_terms.annual_kwh,
    point_terms.customer_class,
    point_terms.capacity_mode,
    case when scopes.is_forecast then 'forecast' else point_terms.metering_mode end
        as metering_mode,
    coalesce(attributes.oze_base_factor, 1) as oze_base_factor,
    attributes.tg_phi_limit,
    attributes.network_attribute_id,
    greatest(
        scopes.period_from, contract_terms.valid_from, point_terms.valid_from, attributes.valid_from
    ) as period_from,
    least(
        scopes.period_to, contract_terms.valid_to, point_terms.valid_to, attributes.valid_to
    ) as period_to
from {{ ref('int_billing_scopes_due') }} as scopes
inner join {{ ref('stg_operational__contract_terms') }} as contract_terms
    on
        scopes.contract_id = contract_terms.contract_id
        and scopes.period_from < contract_terms.valid_to
        and scopes.period_to > contract_terms.valid_from
inner join {{ ref('stg_operational__supply_point_terms') }} as point_terms
    on
        scopes.supply_point_id = point_terms.supply_point_id
        and scopes.period_from < point_terms.valid_to
        and scopes.period_to > point_terms.valid_from
left join {{ ref('int_metering_attributes_filled') }} as attributes
    on
        scopes.supply_point_id = attributes.supply_point_id
        and scopes.period_from < attributes.valid_to
        and scopes.period_to > attributes.valid_from
where
    greatest(contract_terms.valid_from, point_terms.valid_from, attributes.valid_from)
    < least(contract_terms.valid_to, point_terms.valid_to, attributes.valid_to)
