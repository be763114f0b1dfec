-- What changes: target against issued, by scope, line and VAT rate. A line that did not change is not repeated.
create temp table batch_lines on commit drop as
with issued as (
  select distinct on (l.scope_id, l.line_key, l.vat_rate) s.scope_key, l.*
    from batch_scopes s
    join operational.billing_scopes b on b.scope_key = s.scope_key
    join operational.document_lines l on l.scope_id = b.id
   where s.invoice_id is not null
   order by l.scope_id, l.line_key, l.vat_rate, l.document_id desc
),
target as (
  select s.scope_key, t.line_key, t.charge_code, t.section, t.zone_code, t.period_from, t.period_to, t.unit, t.quantity,
         t.price, t.net_amount, t.vat_rate, t.energy_kwh, t.is_estimated, t.sort_order, t.calculation
    from batch_scopes s
    join $target_lines t on t.scope_key = s.scope_key
   where not s.is_vanished
)
select coalesce(t.scope_key, i.scope_key) as scope_key, coalesce(t.line_key, i.line_key) as line_key,
       coalesce(t.charge_code, i.charge_code) as charge_code, coalesce(t.section, i.section) as section,
       coalesce(t.zone_code, i.zone_code) as zone_code,
       coalesce(t.period_from, i.period_from) as period_from, coalesce(t.period_to, i.period_to) as period_to,
       coalesce(t.unit, i.unit) as unit, coalesce(t.vat_rate, i.vat_rate) as vat_rate,
       coalesce(i.quantity_after, 0.000000) as quantity_before, coalesce(t.quantity, 0.000000) as quantity_after,
       coalesce(i.price_after, 0.00000000) as price_before, coalesce(t.price, 0.00000000) as price_after,
       coalesce(i.net_after, 0.00) as net_before, coalesce(t.net_amount, 0.00) as net_after,
       coalesce(i.energy_kwh_after, 0.000) as energy_kwh_before, coalesce(t.energy_kwh, 0.000) as energy_kwh_after,
       coalesce(t.is_estimated, false) as is_estimated, coalesce(i.is_estimated, false) as was_estimated,
       coalesce(t.sort_order, 1000) as sort_order,
       -- A line that is no more keeps the sheet of how it came about.
       coalesce(t.calculation, i.calculation || '{"vanished": true}') as calculation,
       i.price_after <> t.price as has_new_price,
       i.calculation -> 'readings' <> t.calculation -> 'readings' as has_new_readings
  from target t
  full join issued i on i.scope_key = t.scope_key and i.line_key = t.line_key and i.vat_rate = t.vat_rate
 where (t.quantity, t.price, t.net_amount, t.energy_kwh)
       is distinct from (i.quantity_after, i.price_after, i.net_after, i.energy_kwh_after)
   and (t.scope_key is not null or i.quantity_after <> 0 or i.price_after <> 0 or i.net_after <> 0 or i.energy_kwh_after <> 0)
