-- I70 | deposits of prosumers stand in the ledger, and no month pays more than it holds or outside its days
with entries as (
  select customer_id, sum(amount) as balance from operational.deposit_entries group by 1
), ledger as (
  select customer_id, sum(case when credit_account = 'prosumer_deposit' then amount else -amount end) as balance
  from operational.ledger_transfers where 'prosumer_deposit' in (debit_account, credit_account) group by 1
)
select 'customer ' || coalesce(e.customer_id, l.customer_id) as record,
       format('deposit %s, ledger %s', coalesce(e.balance, 0), coalesce(l.balance, 0)) as detail
from entries e full join ledger l on l.customer_id = e.customer_id
where coalesce(e.balance, 0) <> coalesce(l.balance, 0)
union all
select 'lot ' || t.id, format('document %s took %s on %s', e.document_id, -e.amount, e.business_date)
from operational.deposit_entries e join operational.deposit_lots t on t.id = e.lot_id
where e.kind = 'use' and (e.business_date < t.assigned_on or e.business_date >= t.expires_on)
union all
select 'lot ' || e.lot_id, format('used %s of %s', -sum(e.amount) filter (where e.kind <> 'credit'), sum(e.amount) filter (where e.kind = 'credit'))
from operational.deposit_entries e group by e.lot_id
having sum(e.amount) filter (where e.kind <> 'credit') > 0
