-- Instalments of the forecasts of the batch, by VAT rate: what each is after the step, less what it was before. VAT of an instalment is
-- the step in the rounded VAT of the running sum, so instalments add up to the VAT of the document.
create temp table batch_instalments on commit drop as
with chain as (
  -- Every instalment of a forecast that is corrected; the sums before and after must cover all of them.
  select distinct m.position, f.id as scope_id, f.scope_key
    from batch_members m
    join operational.billing_scopes f on f.invoice_id = m.invoice_id
   where m.is_forecast and m.invoice_id is not null
),
stood as (
  select c.position, c.scope_key, i.vat_rate, min(i.instalment_no) as instalment_no, min(i.period_from) as period_from,
         min(i.period_to) as period_to, min(i.due_date) as due_date, sum(i.energy_kwh) as kwh, sum(i.net_amount) as net,
         sum(i.vat_amount) as vat
    from chain c
    join operational.forecast_instalments i on i.scope_id = c.scope_id
   group by c.position, c.scope_key, i.vat_rate
),
planned as (
  select m.position, m.scope_key, m.period_from, m.period_to, m.is_vanished, max(x.due_days) as due_days, sum(i.energy_kwh) as kwh
    from batch_members m
    left join operational.forecast_plans p on p.contract_id = m.contract_id and p.supply_point_id = m.supply_point_id
     and p.superseded_at is null and p.period_from <= m.period_from and p.period_to > m.period_from
    left join operational.forecast_terms x on x.id = p.terms_id
    left join operational.forecast_plan_items i on i.plan_id = p.id and i.period_from = m.period_from
   where m.is_forecast
   group by m.position, m.scope_key, m.period_from, m.period_to, m.is_vanished
),
change as (
  select m.position, m.scope_key, b.vat_rate, sum(b.net) as net
    from batch_members m join batch_rates b on b.n = m.n
   where m.is_forecast
   group by m.position, m.scope_key, b.vat_rate
),
merged as (
  select coalesce(s.position, c.position) as position, coalesce(s.scope_key, c.scope_key) as scope_key,
         coalesce(s.vat_rate, c.vat_rate) as vat_rate, s.instalment_no, coalesce(s.net, 0) as net_before, coalesce(s.vat, 0) as vat_before,
         coalesce(s.kwh, 0) as kwh_before, coalesce(s.net, 0) + coalesce(c.net, 0) as net_after,
         coalesce(s.period_from, p.period_from) as period_from, coalesce(s.period_to, p.period_to) as period_to,
         coalesce(s.due_date, greatest(h.due_date, p.period_from + coalesce(p.due_days, 0))) as due_date,
         case when p.scope_key is null then s.kwh when p.is_vanished then 0 else coalesce(p.kwh, 0) end as kwh_after
    from stood s
    full join change c on c.position = s.position and c.scope_key = s.scope_key and c.vat_rate = s.vat_rate
    left join planned p on p.position = coalesce(s.position, c.position) and p.scope_key = coalesce(s.scope_key, c.scope_key)
    join batch_heads h on h.position = coalesce(s.position, c.position)
),
summed as (
  select m.*, sum(m.net_after) over (partition by m.position, m.vat_rate order by m.period_from) as net_until,
         dense_rank() over (partition by m.position order by m.period_from) as place
    from merged m
)
select position, scope_key, vat_rate, coalesce(instalment_no, place)::smallint as instalment_no, period_from, period_to, due_date,
       kwh_after - kwh_before as energy_kwh, net_after - net_before as net,
       round(net_until * vat_rate, 2) - round((net_until - net_after) * vat_rate, 2) - vat_before as vat
  from summed
 where (net_after, round(net_until * vat_rate, 2) - round((net_until - net_after) * vat_rate, 2)) is distinct from (net_before, vat_before)
