-- What each lot is worth by the proposals, less what was credited before: a corrected price or energy moves the difference.
with target as (
  select t.customer_id, t.supply_point_id, t.feed_in_month, sum(t.fed_kwh) as fed_kwh, sum(t.fed_value) as fed_value,
         sum(t.credited) as credited, max(t.uplift) as uplift, max(t.price_pln_per_mwh) as price, max(t.market_month_price_id) as price_id
    from $target_deposit_lots t
   where t.assigned_on <= cast(:today as date)
   group by t.customer_id, t.supply_point_id, t.feed_in_month
  having bool_and(t.status = 'valued')
),
change as (
  select l.id as lot_id, l.customer_id, t.credited - b.credited as amount, t.fed_kwh - b.fed_kwh as fed_kwh, t.fed_value - b.fed_value as fed_value,
         t.uplift, b.credits, t.price, t.price_id
    from target t
    join operational.deposit_lots l on l.customer_id = t.customer_id and l.supply_point_id = t.supply_point_id and l.feed_in_month = t.feed_in_month
    cross join lateral (
      select coalesce(sum(e.amount), 0) as credited, coalesce(sum(e.fed_kwh), 0) as fed_kwh, coalesce(sum(e.fed_value), 0) as fed_value,
             count(*) as credits
        from operational.deposit_entries e where e.lot_id = l.id and e.kind = 'credit') b
   where t.credited <> b.credited
),
entry as (
  insert into operational.deposit_entries (lot_id, customer_id, kind, amount, fed_kwh, fed_value, uplift, business_date, calculation, idempotency_key)
  select c.lot_id, c.customer_id, 'credit', c.amount, c.fed_kwh, c.fed_value, c.uplift, cast(:today as date),
         jsonb_strip_nulls(jsonb_build_object('price_pln_per_mwh', c.price, 'price_id', c.price_id, 'uplift', c.uplift)),
         'credit' || c.lot_id || '.' || c.credits
    from change c
  returning lot_id, customer_id, amount, idempotency_key
),
ledger as (
  insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date, customer_id, idempotency_key)
  select case when e.amount > 0 then 'energy_purchased' else 'prosumer_deposit' end,
         case when e.amount > 0 then 'prosumer_deposit' else 'energy_purchased' end,
         abs(e.amount), 'deposit_credit', cast(:today as date), e.customer_id, 'deposit_' || e.idempotency_key
    from entry e
)
select count(*) from entry
