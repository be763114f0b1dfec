-- I32 | the ledger balance of a customer = the sum of open items
with ledger as (
  select customer_id, sum(case when debit_account = 'receivable' then amount else -amount end) as balance
  from operational.ledger_transfers where customer_id is not null and 'receivable' in (debit_account, credit_account) group by 1
), items as (select customer_id, sum(amount) as balance from operational.open_items group by 1)
select c.customer_number as record, format('ledger %s, open items %s', coalesce(l.balance, 0), coalesce(i.balance, 0)) as detail
from operational.customers c left join ledger l on l.customer_id = c.id left join items i on i.customer_id = c.id
where coalesce(l.balance, 0) <> coalesce(i.balance, 0)
