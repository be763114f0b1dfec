-- What each scope of the batch would change, by VAT rate: the only pass over all columns that later sums need.
create temp table batch_rates on commit drop as
select n, vat_rate, sum(net_after - net_before) as net, sum(energy_kwh_after - energy_kwh_before) as kwh,
       coalesce(sum(energy_kwh_after) filter (where is_estimated), 0) as estimated_kwh,
       bool_or(is_estimated) as is_estimated, bool_or(was_estimated and not is_estimated and net_after <> 0) as has_actual_reading,
       bool_or(has_new_readings) as has_new_readings, bool_or(has_new_price) as has_new_price
  from batch_lines
 group by n, vat_rate
