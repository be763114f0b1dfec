-- What is billed now, one row per scope; the first document of a scope is set once and never changes.
with saved as (
  insert into operational.billing_scopes as b (scope_key, contract_id, supply_point_id, customer_id, cycle_start,
    period_from, period_to, invoice_id, fingerprint, version_no, is_forecast)
  select m.scope_key, m.contract_id, m.supply_point_id, m.customer_id, m.cycle_start, m.period_from, m.period_to,
         coalesce(m.invoice_id, i.id), m.fingerprint, i.version_no, m.is_forecast
    from batch_members m
    join batch_ids i on i.position = m.position
      on conflict (scope_key) do update set period_from = excluded.period_from, period_to = excluded.period_to,
         invoice_id = excluded.invoice_id, fingerprint = excluded.fingerprint, version_no = excluded.version_no
   where b.invoice_id is null or b.invoice_id = excluded.invoice_id
  returning b.id, b.scope_key
)
insert into batch_scope_ids
select v.id, m.n, i.id
  from saved v
  join batch_members m on m.scope_key = v.scope_key
  join batch_ids i on i.position = m.position
