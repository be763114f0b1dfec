-- I46 | every event of a payment channel moves the channel's clearing account once, at its amount
with told as (
  select 'channel:' || e.channel || ':' || e.event_id as key, c.clearing_account as account,
         case when e.kind = 'paid' then e.amount else -e.amount end as amount
  from operational.channel_events e join operational.payment_channels c on c.code = e.channel
), moved as (
  -- A returned payment that was split moves part by part, under keys that begin alike.
  select concat_ws(':', 'channel', c.code, split_part(t.idempotency_key, ':', 3)) as key,
         sum(case when t.credit_account = c.clearing_account then -t.amount else t.amount end) as amount
  from operational.ledger_transfers t
  join operational.payment_channels c on t.idempotency_key like 'channel:' || c.code || ':%'
   and c.clearing_account in (t.debit_account, t.credit_account)
  group by 1
)
select coalesce(told.key, moved.key) as record, format('event %s, ledger %s', told.amount, moved.amount) as detail
from told full join moved using (key) where told.amount is distinct from moved.amount::numeric
