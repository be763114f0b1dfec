-- I49 | a refund was approved by a second person and used up a credit of its amount; nothing left twice
select 'refund ' || r.id as record, format('amount %s, credit used %s, by %s and %s', r.amount, coalesce(u.amount, 0), r.requested_by, r.decided_by) as detail
from operational.refunds r
left join operational.open_items i on i.refund_id = r.id
left join lateral (select sum(a.amount) as amount from operational.allocations a where a.debt_item_id = i.id) u on true
where r.status in ('approved', 'exported')
  and (r.amount is distinct from u.amount or r.requested_by = r.decided_by
       or (r.status = 'exported') is distinct from exists (select from operational.transfer_batch_lines b where b.refund_id = r.id))
