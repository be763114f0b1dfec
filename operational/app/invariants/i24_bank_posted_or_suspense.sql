-- I24 | bank lines = posted + suspense: every line of our accounts moves the ledger once, at its amount
with lines as (
  select l.business_key, l.amount from raw.bank_lines l join raw.bank_statements s on s.id = l.statement_id
  where s.account = any(:own_accounts) and l.currency = 'PLN' and l.amount <> 0 and l.business_key not like :preview
    and not exists (select from operational.statement_links k where k.statement_id = s.id and k.state = 'held')
), moved as (
  select substr(idempotency_key, 6) as business_key,
    case when debit_account in ('bank', 'collect_clearing') then amount else -amount end as amount
  from operational.ledger_transfers
  where idempotency_key like 'bank:%' or 'bank' in (debit_account, credit_account)
)
select coalesce(l.business_key, m.business_key) as record, format('bank line %s, ledger %s', l.amount, m.amount) as detail
from lines l full join moved m using (business_key) where l.amount is distinct from m.amount::numeric
union all
select 'ledger account suspense', format('balance %s, payments without a customer %s', ledger.balance, waiting.amount)
from (select coalesce(sum(case when credit_account = 'suspense' then amount else -amount end), 0) as balance
      from operational.ledger_transfers where 'suspense' in (debit_account, credit_account)) ledger,
     (select coalesce(sum(amount), 0) as amount from operational.payments where customer_id is null and reversed_on is null) waiting
where ledger.balance <> waiting.amount
