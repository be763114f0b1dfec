-- One invoice for the new scopes of a group, one correction for the changed scopes of an invoice; in the order of numbering.
create temp table batch_members on commit drop as
select s.n, dense_rank() over (order by s.invoice_id is not null, s.customer_id, s.invoice_id, s.group_key)::int as position,
       s.scope_key, s.contract_id, s.supply_point_id, s.customer_id, s.cycle_start, s.period_from, s.period_to,
       s.payment_term_days, s.fingerprint, s.invoice_id, s.is_vanished, s.is_forecast
  from batch_scopes s
 where exists (select from batch_sums m where m.n = s.n)
