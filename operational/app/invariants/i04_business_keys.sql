-- I04 | every movement, payment and allocation has its own business key
select 'ledger:' || idempotency_key as record, count(*) || ' movements share the key' as detail
from operational.ledger_transfers group by idempotency_key having count(*) > 1
union all
select 'payment:' || idempotency_key, count(*) || ' payments share the key'
from operational.payments group by idempotency_key having count(*) > 1
union all
select 'allocation:' || idempotency_key, count(*) || ' allocations share the key'
from operational.allocations group by idempotency_key having count(*) > 1
