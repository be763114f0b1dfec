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
         b.invoice_id, false as is_vanished, t.is_forecast
    from $target_scopes t
    left join operational.billing_scopes b on b.scope_key = t.scope_key
   where t.is_billable and b.fingerprint is distinct from t.fingerprint
     -- A forecast is made at the start of its months and not for a cycle that is over; a later price comes with the settlement,
     -- or corrects the instalments still to come when the terms of the contract say so.
     and (not t.is_forecast or exists (
       select from $target_computation c
         join operational.forecast_plans p on p.contract_id = t.contract_id and p.supply_point_id = t.supply_point_id
          and p.superseded_at is null and p.period_from <= t.period_from and p.period_to > t.period_from
         join operational.forecast_plan_items i on i.plan_id = p.id and i.period_from = t.period_from
         join operational.forecast_terms x on x.id = p.terms_id
        where p.period_to > c.billed_through + 1 and i.block_from <= c.billed_through + 1
          and (b.invoice_id is null or b.fingerprint = 'vanished' or (x.price_change = 'correct_later' and t.period_from > c.billed_through + 1))))
     and (cast(:customers as bigint[]) is null or t.customer_id = any (cast(:customers as bigint[])))
  union all
  select b.scope_key, b.contract_id, b.supply_point_id, b.customer_id, b.cycle_start, b.period_from, b.period_to,
         'gone:' || b.scope_key, 14, 'vanished', 0, 0, 0,
         b.invoice_id, true, b.is_forecast
    from operational.billing_scopes b
   where b.invoice_id is not null and b.fingerprint is distinct from 'vanished'
     and not exists (select from $target_scopes t where t.scope_key = b.scope_key)
     -- A computation that reaches less far than what was issued says nothing about the later periods.
     and (b.is_forecast or b.period_to <= (select c.billed_through + 1 from $target_computation c))
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
