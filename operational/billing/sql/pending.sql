-- Scopes whose target differs from what was issued: one row per scope, of all customers.
-- Left out: what the warehouse could not compute (not billable) and what a person or a guard of this run holds.
with held as (
  select e.scope_key, e.supply_point_id, e.customer_id, e.area_code,
         coalesce(e.period_from, '-infinity') as held_from, coalesce(e.period_to, 'infinity') as held_to
    from operational.billing_exceptions e
   where e.resolved_at is null and e.severity = 'blocking'
     -- What a guard parked in an earlier run is looked at again; what it parked in this run waits for a person.
     and (e.code <> all (cast(:guards as text[])) or e.run_id = cast(:run_id as bigint))
),
changed as (
  select t.scope_key, t.contract_id, t.supply_point_id, t.customer_id, t.cycle_start, t.period_from, t.period_to,
         t.group_key, t.payment_term_days, t.fingerprint, t.energy_kwh, t.net_amount, t.line_count,
         b.invoice_id, false as is_vanished
    from $target_scopes t
    left join operational.billing_scopes b on b.scope_key = t.scope_key
   where t.is_billable and b.fingerprint is distinct from t.fingerprint
     and (cast(:customers as bigint[]) is null or t.customer_id = any (cast(:customers as bigint[])))
  union all
  select b.scope_key, b.contract_id, b.supply_point_id, b.customer_id, b.cycle_start, b.period_from, b.period_to,
         'gone:' || b.scope_key, 14, 'vanished', 0, 0, 0,
         b.invoice_id, true
    from operational.billing_scopes b
   where b.invoice_id is not null and b.fingerprint is distinct from 'vanished'
     and not exists (select from $target_scopes t where t.scope_key = b.scope_key)
     -- A computation that reaches less far than what was issued says nothing about the later periods.
     and b.period_to <= (select c.billed_through + 1 from $target_computation c)
     and (cast(:customers as bigint[]) is null or b.customer_id = any (cast(:customers as bigint[])))
)
select row_number() over ()::int as n, c.*
  from changed c
 where not exists (select from held h where h.scope_key = c.scope_key)
   -- A finding of the validation holds the scopes of its days only; a person's hold has no days.
   and not exists (select from held h where h.scope_key is null and h.supply_point_id = c.supply_point_id
                                        and h.held_from < c.period_to and h.held_to > c.period_from)
   and not exists (select from held h where h.scope_key is null and h.supply_point_id is null
                                        and h.customer_id = c.customer_id)
   and not exists (select from held h
                     join operational.supply_point_terms t on t.gas_area_code = h.area_code and t.superseded_at is null
                    where t.supply_point_id = c.supply_point_id and h.held_from < c.period_to and h.held_to > c.period_from
                      and t.valid_from < h.held_to and (t.valid_to is null or t.valid_to > h.held_from))
