-- Forecast instalments that a settlement takes off: those that begin in its period and were not cancelled, by VAT rate, against what
-- earlier documents of the scope took off. The state after the step is what stands now, so a correction takes off the difference only.
create temp table batch_deductions on commit drop as
with settled as (
  select s.n, s.scope_key, s.contract_id, s.supply_point_id, s.period_from, s.period_to, s.invoice_id, s.is_vanished
    from batch_scopes s
   where not s.is_forecast and exists (select from batch_sums m where m.n = s.n)
     and exists (select from operational.billing_scopes f
                  where f.contract_id = s.contract_id and f.supply_point_id = s.supply_point_id and f.is_forecast
                    and f.invoice_id is not null)
),
wanted as (
  select s.n, f.scope_key, i.vat_rate, min(i.instalment_no) as instalment_no, min(i.period_from) as period_from,
         min(i.period_to) as period_to, min(i.document_id) as document_id, sum(i.energy_kwh) as energy_kwh,
         sum(i.net_amount) as net, sum(i.vat_amount) as vat
    from settled s
    join operational.billing_scopes f on f.contract_id = s.contract_id and f.supply_point_id = s.supply_point_id and f.is_forecast
     and f.cycle_start >= s.period_from and f.cycle_start < s.period_to
    join operational.forecast_instalments i on i.scope_id = f.id
   where not s.is_vanished and not exists (select from batch_scopes v where v.scope_key = f.scope_key and v.is_vanished)
   group by s.n, f.scope_key, i.vat_rate
  having sum(i.net_amount) <> 0 or sum(i.vat_amount) <> 0
),
taken as (
  select distinct on (l.scope_id, l.line_key, l.vat_rate) s.n, l.calculation -> 'forecast' ->> 'scope' as scope_key, l.vat_rate, l.line_key,
         l.period_from, l.period_to, -l.net_after as net, (l.calculation -> 'forecast' ->> 'vat')::numeric as vat, l.calculation
    from settled s
    join operational.billing_scopes b on b.scope_key = s.scope_key
    join operational.document_lines l on l.scope_id = b.id and l.charge_code = 'forecast_deduction'
   where s.invoice_id is not null
   order by l.scope_id, l.line_key, l.vat_rate, l.document_id desc
)
select coalesce(w.n, t.n) as n, coalesce(w.vat_rate, t.vat_rate) as vat_rate, coalesce(w.period_from, t.period_from) as period_from,
       coalesce(w.period_to, t.period_to) as period_to, coalesce(t.net, 0.00) as net_before, coalesce(w.net, 0.00) as net_after,
       coalesce(t.vat, 0.00) as vat_before, coalesce(w.vat, 0.00) as vat_after,
       coalesce(t.line_key, 'forecast_deduction||' || to_char(w.period_from, 'YYYY-MM-DD')) as line_key,
       case when w.n is null then jsonb_set(jsonb_set(t.calculation, '{forecast, vat}', '0.00'), '{forecast, vat_before}', to_jsonb(t.vat))
            else jsonb_build_object('formula', 'quantity * price', 'forecast', jsonb_build_object('scope', w.scope_key,
                   'number', d.number, 'issue_date', d.issue_date, 'instalment', w.instalment_no, 'kwh', w.energy_kwh,
                   'vat', w.vat, 'vat_before', coalesce(t.vat, 0.00))) end as calculation
  from wanted w
  full join taken t on t.n = w.n and t.scope_key = w.scope_key and t.vat_rate = w.vat_rate
  left join operational.documents d on d.id = w.document_id
 where (coalesce(w.net, 0), coalesce(w.vat, 0)) is distinct from (coalesce(t.net, 0), coalesce(t.vat, 0))
