-- The same by scope, for the guards.
create temp table batch_sums on commit drop as
select s.scope_key, s.n, sum(b.net) as net, sum(b.net + round(b.net * b.vat_rate, 2)) as gross, sum(b.kwh) as kwh,
       sum(b.estimated_kwh) as estimated_kwh
  from batch_rates b
  join batch_scopes s on s.n = b.n
 group by s.scope_key, s.n
