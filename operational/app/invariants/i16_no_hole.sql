-- I16 | no hole between two billed periods inside one contract, unless an exception names it
with billed as (
  select contract_id, supply_point_id, period_to,
         lead(period_from) over (partition by contract_id, supply_point_id order by period_from) as next_from
  from operational.billing_scopes where invoice_id is not null and period_to > period_from
    and fingerprint is distinct from 'vanished'
)
select format('%s:%s', b.contract_id, b.supply_point_id) as record, format('not billed from %s to %s', b.period_to, b.next_from) as detail
from billed b
where b.next_from > b.period_to
  and exists (select from operational.contract_supply_points k where k.contract_id = b.contract_id
              and k.supply_point_id = b.supply_point_id and k.superseded_at is null
              and daterange(k.valid_from, k.valid_to) && daterange(b.period_to, b.next_from))
  and not exists (select from operational.billing_exceptions e where e.supply_point_id = b.supply_point_id and e.resolved_at is null)
