-- I05 | a reversal mirrors the movement it undoes, once
select 'ledger:' || r.id as record, 'does not mirror movement ' || o.id as detail
from operational.ledger_transfers r join operational.ledger_transfers o on o.id = r.reverses_id
where r.debit_account <> o.credit_account or r.credit_account <> o.debit_account or r.amount <> o.amount
   or r.customer_id is distinct from o.customer_id
