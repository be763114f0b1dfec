-- I49 | a refund was approved by a second person and used up a credit of its amount; nothing left twice; what is under way stands in the ledger
select 'refund ' || r.id as record, format('amount %s, credit used %s, by %s and %s', r.amount, coalesce(u.amount, 0), r.requested_by, r.decided_by) as detail
from operational.refunds r
left join operational.open_items i on i.refund_id = r.id
left join lateral (select sum(a.amount) as amount from operational.allocations a where a.debt_item_id = i.id) u on true
where r.status in ('approved', 'exported', 'paid')
  and (r.amount is distinct from u.amount or r.requested_by = r.decided_by
       or (r.status <> 'approved') is distinct from exists (select from operational.transfer_batch_lines b where b.refund_id = r.id))
union all
select 'refund ' || r.id, format('paid %s by bank line %s of %s', r.amount, r.bank_line_id, -l.amount)
from operational.refunds r left join raw.bank_lines l on l.id = r.bank_line_id
where r.status = 'paid' and r.amount is distinct from -l.amount
union all
select 'ledger account refunds_payable', format('balance %s, refunds under way %s', ledger.balance, under_way.amount)
from (select coalesce(sum(case when credit_account = 'refunds_payable' then amount else -amount end), 0) as balance
      from operational.ledger_transfers where 'refunds_payable' in (debit_account, credit_account)) ledger,
     (select coalesce(sum(amount), 0) as amount from operational.refunds where status in ('approved', 'exported')) under_way
where ledger.balance <> under_way.amount
