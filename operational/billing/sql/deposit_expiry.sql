-- What nobody used in time: a share of the value fed in during the month is paid back at most, the rest is lost.
with closing as (
  select l.id as lot_id, l.customer_id, b.balance, least(b.balance, round(l.refund_share * b.fed_value, 2)) as refund, b.entries
    from operational.deposit_lots l
    cross join lateral (
      select sum(e.amount) as balance, sum(e.fed_value) as fed_value, count(*) as entries
        from operational.deposit_entries e where e.lot_id = l.id) b
   where l.expires_on <= cast(:today as date) and b.balance > 0
),
part as (
  select c.lot_id, c.customer_id, c.entries, v.kind, v.amount, v.account
    from closing c
    cross join lateral (values ('refund', c.refund, 'deposit_refunds'), ('forfeit', c.balance - c.refund, 'energy_purchased'))
      as v (kind, amount, account)
   where v.amount > 0
),
entry as (
  insert into operational.deposit_entries (lot_id, customer_id, kind, amount, business_date, idempotency_key)
  select p.lot_id, p.customer_id, p.kind, -p.amount, cast(:today as date), p.kind || p.lot_id || '.' || p.entries from part p
),
ledger as (
  insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date, customer_id, idempotency_key)
  select 'prosumer_deposit', p.account, p.amount, 'deposit_' || p.kind, cast(:today as date), p.customer_id,
         'deposit_' || p.kind || p.lot_id || '.' || p.entries
    from part p
)
select count(*) from closing
