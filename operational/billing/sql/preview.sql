-- The figures of a run: what it would issue, what it leaves out, and what the safety bounds compare it with.
with open_scope as (
  select s.n, s.scope_key, s.customer_id, s.invoice_id, s.group_key, s.is_vanished
    from batch_scopes s
   where not exists (select from batch_parked p where p.scope_key = s.scope_key)
),
by_document as (
  select o.invoice_id, case when o.invoice_id is null then o.group_key end as group_key, o.customer_id, b.vat_rate,
         sum(b.net) as net, sum(b.kwh) as kwh, sum(b.estimated_kwh) as estimated_kwh, sum(b.kwh_after) as kwh_after
    from open_scope o join batch_rates b on b.n = o.n
   group by 1, 2, 3, 4
),
charged as (
  select d.root, v.vat_rate, sum(v.net_amount) as net, sum(v.vat_amount) as vat
    from (select id, coalesce(invoice_id, id) as root from operational.documents
           where coalesce(invoice_id, id) in (select invoice_id from by_document)) d
    join operational.document_vat v on v.document_id = d.id
   group by d.root, v.vat_rate
),
amounts as (
  select b.*, round((coalesce(c.net, 0) + b.net) * b.vat_rate, 2) - coalesce(c.vat, 0) as vat
    from by_document b left join charged c on c.root = b.invoice_id and c.vat_rate = b.vat_rate
),
totals as (
  select count(distinct (customer_id, group_key)) filter (where invoice_id is null) as invoices,
         count(distinct invoice_id) as corrections,
         coalesce(sum(net), 0) as net, coalesce(sum(vat), 0) as vat, coalesce(sum(kwh), 0) as energy_kwh,
         coalesce(sum(net + vat) filter (where invoice_id is null), 0) as invoices_gross,
         coalesce(sum(net + vat) filter (where invoice_id is not null), 0) as corrections_gross,
         coalesce(sum(estimated_kwh), 0) as estimated_kwh, coalesce(sum(kwh_after), 0) as kwh_after
    from amounts
),
target as (
  select count(*) as due, count(*) filter (where not is_billable) as not_billable,
         count(*) filter (where period_to > cast(:billing_month as date) and period_to <= cast(:next_month as date)) as due_this_month
    from $target_scopes
   where not is_forecast
),
-- Points whose billing cycle ends with the month, or whose contract ended in it.
expected as (
  select count(*) as scopes
    from operational.contract_supply_points k
    join operational.contract_terms t on t.contract_id = k.contract_id and t.superseded_at is null
     and t.valid_from < cast(:next_month as date) and (t.valid_to is null or t.valid_to >= cast(:next_month as date))
   where k.superseded_at is null and k.valid_from < cast(:next_month as date)
     and (k.valid_to is null or k.valid_to > cast(:billing_month as date))
     and (k.valid_to < cast(:next_month as date)
          or mod((extract(year from cast(:next_month as date)) - extract(year from t.cycle_anchor)) * 12
                 + extract(month from cast(:next_month as date)) - extract(month from t.cycle_anchor), t.cycle_months) = 0)
),
issued as (
  select coalesce(sum(d.gross_amount) filter (where r.billing_month = cast(:billing_month as date)), 0) as this_month_gross,
         coalesce(sum(d.gross_amount) filter (where r.billing_month < cast(:billing_month as date)), 0) as previous_gross
    from operational.documents d
    join operational.billing_runs r on r.id = d.run_id
   where d.kind = 'invoice' and r.billing_month in (cast(:billing_month as date), cast(:billing_month as date) - interval '1 month')
)
select target.due, target.not_billable, target.due_this_month, expected.scopes as expected_this_month,
       (select count(*) from open_scope where invoice_id is null) as to_invoice,
       (select count(*) from open_scope where invoice_id is not null) as to_correct,
       (select count(*) from open_scope where is_vanished) as vanished,
       (select count(distinct scope_key) from batch_parked) as parked,
       (select count(*) from batch_scopes) as pending, totals.*, issued.*
  from totals, target, expected, issued
