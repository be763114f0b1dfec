-- What each scope of the batch would change, by VAT rate: the only pass over all columns that later sums need.
create temp table batch_rates on commit drop as
with change as (
  select n, vat_rate, net_after - net_before as net, energy_kwh_after - energy_kwh_before as kwh, energy_kwh_after as kwh_after,
         is_estimated, was_estimated and not is_estimated and net_after <> 0 as has_actual_reading, has_new_readings, has_new_price
    from batch_lines
  union all
  -- A preview of a large run does without the lines of new scopes: their sums are enough.
  select s.n, t.vat_rate, t.net_amount, t.energy_kwh, t.energy_kwh, t.is_estimated, false, false, false
    from batch_scopes s
    join $target_lines t on t.scope_key = s.scope_key
   where s.invoice_id is null and not cast(:with_new_lines as boolean)
)
select n, vat_rate, sum(net) as net, sum(kwh) as kwh, sum(kwh_after) as kwh_after,
       coalesce(sum(kwh_after) filter (where is_estimated), 0) as estimated_kwh, bool_or(is_estimated) as is_estimated,
       bool_or(has_actual_reading) as has_actual_reading, bool_or(has_new_readings) as has_new_readings,
       bool_or(has_new_price) as has_new_price
  from change
 group by n, vat_rate
