-- I51 | a booked write-off stands in the ledger once, settles exactly its debts, and a large one was booked by two people
select 'write-off ' || w.id as record, format('amount %s, ledger %s, settled %s', w.amount, t.amount, u.amount) as detail
from operational.write_offs w
left join (select write_off_id, sum(amount) as amount from operational.ledger_transfers where write_off_id is not null group by 1) t
  on t.write_off_id = w.id
left join operational.open_items i on i.write_off_id = w.id
left join lateral (select sum(a.amount) as amount from operational.allocations a where i.id in (a.debt_item_id, a.credit_item_id)) u on true
where (w.status = 'booked' and (w.amount is distinct from t.amount or w.amount is distinct from u.amount
                                or w.needs_second and w.requested_by = w.decided_by))
   or (w.status <> 'booked' and t.amount is not null)
