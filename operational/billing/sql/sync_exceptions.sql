-- What the warehouse could not compute joins the queue of exceptions, once per scope and code.
insert into operational.billing_exceptions (run_id, scope_key, supply_point_id, customer_id, code, severity, message, cure, opened_at)
select distinct on (t.scope_key, t.code, t.supply_point_id)
       cast(:run_id as bigint), t.scope_key, t.supply_point_id, t.customer_id, t.code, t.severity, t.message, t.cure,
       cast(:as_of as timestamptz)
  from $target_exceptions t
 where not exists (select from operational.billing_exceptions e
                    where e.resolved_at is null and e.code = t.code and coalesce(e.scope_key, '') = coalesce(t.scope_key, '')
                      and coalesce(e.supply_point_id, 0) = coalesce(t.supply_point_id, 0))
   -- What a person has looked at and dismissed does not come back.
   and not exists (select from operational.billing_exceptions e
                    where e.resolution = 'dismissed' and e.code = t.code and coalesce(e.scope_key, '') = coalesce(t.scope_key, '')
                      and coalesce(e.supply_point_id, 0) = coalesce(t.supply_point_id, 0) and e.message = t.message
                      and t.severity = 'review')
   -- A reading that the validation holds already is one matter, not two.
   and not (t.code = 'reading_below_last' and exists (
     select from operational.billing_exceptions e
      where e.resolved_at is null and e.rule_code in ('V3', 'V9') and e.severity = 'blocking'
        and e.supply_point_id = t.supply_point_id))
    on conflict do nothing
