-- What each scope of the batch would change, and how much of it rests on estimates. Used by the guards.
create temp table batch_sums on commit drop as
select s.scope_key, s.n, sum(b.net) as net, sum(b.net + round(b.net * b.vat_rate, 2)) as gross, sum(b.kwh) as kwh,
       sum(b.estimated_kwh) as estimated_kwh
  from (select n, vat_rate, sum(net_after - net_before) as net, sum(energy_kwh_after - energy_kwh_before) as kwh,
               coalesce(sum(energy_kwh_after) filter (where is_estimated), 0) as estimated_kwh
          from batch_lines group by n, vat_rate) b
  join batch_scopes s on s.n = b.n
 group by s.scope_key, s.n
