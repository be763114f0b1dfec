-- What changes: target against issued, by scope, line and VAT rate. A line that did not change is not repeated.
-- Narrow columns stand first, because the steps that follow read those only.
create temp table batch_lines on commit drop as
with issued as (
  select distinct on (l.scope_id, l.line_key, l.vat_rate) s.n, l.*
    from batch_scopes s
    join operational.billing_scopes b on b.scope_key = s.scope_key
    join operational.document_lines l on l.scope_id = b.id
   where s.invoice_id is not null and l.charge_code <> 'forecast_deduction'
   order by l.scope_id, l.line_key, l.vat_rate, l.document_id desc
),
corrected as (
  select s.n, t.*
    from batch_scopes s
    join $target_lines t on t.scope_key = s.scope_key
   where s.invoice_id is not null and not s.is_vanished
),
line as (
  -- A scope that was never billed has nothing to compare with.
  select s.n, t.sort_order, t.period_from, t.period_to, t.is_estimated, false as was_estimated, false as has_new_price,
         false as has_new_readings, 0.00 as net_before, t.net_amount as net_after, t.vat_rate,
         0.000 as energy_kwh_before, t.energy_kwh as energy_kwh_after,
         0.000000 as quantity_before, t.quantity as quantity_after, 0.00000000 as price_before, t.price as price_after,
         t.line_key, t.charge_code, t.section, t.zone_code, t.unit, t.calculation
    from batch_scopes s
    join $target_lines t on t.scope_key = s.scope_key
   where s.invoice_id is null and cast(:with_new_lines as boolean)
  union all
  select coalesce(t.n, i.n), coalesce(t.sort_order, 1000), coalesce(t.period_from, i.period_from),
         coalesce(t.period_to, i.period_to), coalesce(t.is_estimated, false), coalesce(i.is_estimated, false),
         i.price_after <> t.price, i.calculation -> 'readings' <> t.calculation -> 'readings',
         coalesce(i.net_after, 0.00), coalesce(t.net_amount, 0.00), coalesce(t.vat_rate, i.vat_rate),
         coalesce(i.energy_kwh_after, 0.000), coalesce(t.energy_kwh, 0.000),
         coalesce(i.quantity_after, 0.000000), coalesce(t.quantity, 0.000000),
         coalesce(i.price_after, 0.00000000), coalesce(t.price, 0.00000000),
         coalesce(t.line_key, i.line_key), coalesce(t.charge_code, i.charge_code), coalesce(t.section, i.section),
         coalesce(t.zone_code, i.zone_code), coalesce(t.unit, i.unit),
         -- A line that is no more keeps the sheet of how it came about.
         coalesce(t.calculation, i.calculation || '{"vanished": true}')
    from corrected t
    full join issued i on i.n = t.n and i.line_key = t.line_key and i.vat_rate = t.vat_rate
   where (t.quantity, t.price, t.net_amount, t.energy_kwh)
         is distinct from (i.quantity_after, i.price_after, i.net_after, i.energy_kwh_after)
     and (t.n is not null or i.quantity_after <> 0 or i.price_after <> 0 or i.net_after <> 0 or i.energy_kwh_after <> 0)
)
select row_number() over ()::int as line_id, line.* from line
