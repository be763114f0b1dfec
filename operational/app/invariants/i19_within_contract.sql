-- I19 | nothing is billed outside a contract
select s.scope_key as record, format('billed %s to %s', s.period_from, s.period_to) as detail
from operational.billing_scopes s
where s.invoice_id is not null and s.period_to > s.period_from and s.fingerprint is distinct from 'vanished'
  and not exists (select from operational.contract_supply_points k where k.contract_id = s.contract_id
                  and k.supply_point_id = s.supply_point_id and k.superseded_at is null
                  and daterange(k.valid_from, k.valid_to) @> daterange(s.period_from, s.period_to))
union all
select s.scope_key, format('taken back, but %s PLN still stand', sum(l.net_after - l.net_before))
from operational.billing_scopes s join operational.document_lines l on l.scope_id = s.id
where s.fingerprint = 'vanished'
group by s.scope_key having sum(l.net_after - l.net_before) <> 0
