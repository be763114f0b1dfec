select
    supplies.contract_id,
    supplies.supply_point_id,
    contracts.customer_id,
    contracts.kind as contract_kind,
    points.medium,
    points.dso_code,
    work.dirty_from,
    supplies.valid_from,
    supplies.valid_to
from {{ ref('stg_operational__contract_supply_points') }} as supplies
inner join {{ ref('int_billing_work_selected') }} as work
    on supplies.supply_point_id = work.supply_point_id
inner join {{ ref('stg_operational__contracts') }} as contracts
    on supplies.contract_id = contracts.contract_id
inner join {{ ref('stg_operational__supply_points') }} as points
    on supplies.supply_point_id = points.supply_point_id
where supplies.valid_to > work.dirty_from
