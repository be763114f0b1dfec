-- What each scope of the batch would change, and how much of it rests on estimates. Used by the guards.
create temp table batch_sums on commit drop as
select scope_key, sum(net) as net, sum(net + round(net * vat_rate, 2)) as gross, sum(kwh) as kwh, sum(estimated_kwh) as estimated_kwh
  from (select scope_key, vat_rate, sum(net_after - net_before) as net, sum(energy_kwh_after - energy_kwh_before) as kwh,
               coalesce(sum(energy_kwh_after) filter (where is_estimated), 0) as estimated_kwh
          from batch_lines group by scope_key, vat_rate) by_rate
 group by scope_key
