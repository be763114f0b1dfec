-- What instalments cause: their rows, an open item each with its own due date, and income that is earned with the settlement.
-- The credit of a cancelled instalment settles that very instalment first.
with instalment as (
  select b.*, i.id as document_id, h.customer_id, s.id as scope_id
    from batch_instalments b
    join batch_ids i on i.position = b.position
    join batch_heads h on h.position = b.position
    join operational.billing_scopes s on s.scope_key = b.scope_key
),
kept as (
  insert into operational.forecast_instalments (document_id, instalment_no, scope_id, vat_rate, period_from, period_to, due_date,
    energy_kwh, net_amount, vat_amount, gross_amount)
  select document_id, instalment_no, scope_id, vat_rate, period_from, period_to, due_date, energy_kwh, net, vat, net + vat from instalment
),
item as (
  insert into operational.open_items (customer_id, document_id, instalment_no, amount, business_date, due_date)
  select customer_id, document_id, instalment_no, sum(net + vat), cast(:issue_date as date), min(due_date)
    from instalment group by customer_id, document_id, instalment_no having sum(net + vat) <> 0
   order by document_id, instalment_no
  returning id, customer_id, document_id, instalment_no, amount
),
own as (
  insert into operational.allocations (customer_id, debt_item_id, credit_item_id, amount, business_date, rule, idempotency_key)
  select t.customer_id, o.id, t.id, least(-t.amount, o.amount - coalesce(u.used, 0)), cast(:issue_date as date), 'own_invoice',
         concat_ws(':', 'alloc', o.id, t.id, 1)
    from item t
    join batch_ids i on i.id = t.document_id
    join batch_heads h on h.position = i.position
    join operational.open_items o on o.document_id = h.invoice_id and o.instalment_no = t.instalment_no
    left join lateral (select sum(a.amount) as used from operational.allocations a where a.debt_item_id = o.id) u on true
   where t.amount < 0 and o.amount > coalesce(u.used, 0)
),
earned as (
  select m.position, sum(d.net_after - d.net_before) as net
    from batch_deductions d join batch_members m on m.n = d.n group by m.position
)
insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date, customer_id, document_id, idempotency_key)
select case when e.net > 0 then 'forecast_income' else 'sales' end, case when e.net > 0 then 'sales' else 'forecast_income' end,
       abs(e.net), 'forecast_settled', cast(:issue_date as date), h.customer_id, i.id, 'forecast_settled:' || i.id
  from earned e
  join batch_heads h on h.position = e.position
  join batch_ids i on i.position = e.position
 where e.net <> 0
