-- Targets that differ in nothing that stands on a document: only remember that they were looked at.
insert into operational.billing_scopes as b (scope_key, contract_id, supply_point_id, customer_id, cycle_start,
  period_from, period_to, invoice_id, fingerprint, version_no, is_forecast)
select s.scope_key, s.contract_id, s.supply_point_id, s.customer_id, s.cycle_start, s.period_from, s.period_to, s.invoice_id,
       s.fingerprint, 0, s.is_forecast
  from batch_scopes s
 where not exists (select from batch_sums m where m.n = s.n)
    on conflict (scope_key) do update set fingerprint = excluded.fingerprint
