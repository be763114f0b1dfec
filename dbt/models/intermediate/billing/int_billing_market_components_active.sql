-- Discounts and services on the segments they hold for. What belongs to the contract as a whole
-- stands at its first point.
with points as (
    select
        contract_id,
        min(supply_point_id) as first_supply_point_id
    from {{ ref('stg_operational__contract_supply_points') }}
    where
        contract_id in (
            select components.contract_id
            from {{ ref('stg_market__contract_components') }} as components
        )
    group by contract_id
)

select
    segments.segment_id,
    segments.scope_key,
    segments.supply_point_id,
    segments.supply_point_terms_id,
    segments.medium,
    components.contract_component_id,
    components.kind,
    components.code,
    components.name_pl,
    components.name_en,
    case when components.kind like 'discount%' then -components.value else components.value end
        as price,
    greatest(segments.period_from, components.valid_from) as period_from,
    least(segments.period_to, components.valid_to) as period_to,
    components.valid_from
from {{ ref('stg_market__contract_components') }} as components
inner join points on components.contract_id = points.contract_id
inner join {{ ref('stg_operational__contract_terms') }} as terms
    on components.contract_id = terms.contract_id
inner join {{ ref('int_billing_scopes_cut') }} as segments
    on
        terms.contract_terms_id = segments.contract_terms_id
        and segments.supply_point_id
        = coalesce(components.supply_point_id, points.first_supply_point_id)
        and segments.period_from < components.valid_to
        and segments.period_to > components.valid_from
