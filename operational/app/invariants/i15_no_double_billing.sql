-- I15 | no day of a supply point is billed twice
select a.scope_key as record, format('overlaps %s on %s to %s', b.scope_key, greatest(a.period_from, b.period_from),
       least(a.period_to, b.period_to)) as detail
from operational.billing_scopes a
join operational.billing_scopes b on b.supply_point_id = a.supply_point_id and b.id > a.id
 and a.period_from < b.period_to and b.period_from < a.period_to
where a.invoice_id is not null and b.invoice_id is not null
  and a.fingerprint is distinct from 'vanished' and b.fingerprint is distinct from 'vanished'
