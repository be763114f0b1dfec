-- Scopes that must not be billed unseen, with the figures, the cure and the amount at stake.
-- Not parked again: what a person released for this very amount.
create temp table batch_parked on commit drop as
with checked as (
  select s.scope_key, s.customer_id, s.supply_point_id, s.period_from, s.period_to, s.invoice_id, s.energy_kwh, s.is_vanished, s.is_forecast,
         m.net, m.gross, m.kwh, m.estimated_kwh, s.energy_kwh / (s.period_to - s.period_from) as daily_kwh,
         c.kind as customer_kind,
         case c.kind when 'household' then cast(:gross_cap_household as numeric) else cast(:gross_cap_business as numeric) end as cap
    from batch_scopes s
    join batch_sums m on m.scope_key = s.scope_key
    join operational.customers c on c.id = s.customer_id
),
largest as (
  select d.customer_id, max(d.gross_amount) as gross
    from operational.documents d
   where d.customer_id in (select customer_id from batch_scopes)
     and d.issue_date > cast(:issue_date as date) - interval '12 months'
   group by d.customer_id
),
power as (
  select c.scope_key, max(coalesce(t.contracted_power_kw, cast(:power_kw_without_contract as numeric))) as kw
    from checked c
    join operational.supply_point_terms t on t.supply_point_id = c.supply_point_id and t.superseded_at is null
     and t.valid_from < c.period_to and (t.valid_to is null or t.valid_to > c.period_from)
   group by c.scope_key
),
overlap as (
  select c.scope_key, o.scope_key as other_key, greatest(o.period_from, c.period_from) as day
    from checked c
    join operational.billing_scopes o on o.supply_point_id = c.supply_point_id and o.scope_key <> c.scope_key
     and o.invoice_id is not null and o.fingerprint is distinct from 'vanished' and o.is_forecast = c.is_forecast
     and o.period_from < c.period_to and o.period_to > c.period_from
    left join $target_scopes t on t.scope_key = o.scope_key
   -- No double billing when the other scope is about to be corrected to a period that does not touch this one.
   where not c.is_vanished
     and (case when t.scope_key is null then false when not t.is_billable then true
               else t.period_from < c.period_to and t.period_to > c.period_from end)
  union all
  select c.scope_key, o.scope_key, greatest(o.period_from, c.period_from)
    from batch_scopes c
    join batch_scopes o on o.supply_point_id = c.supply_point_id and o.scope_key <> c.scope_key and o.is_forecast = c.is_forecast
     and o.period_from < c.period_to and o.period_to > c.period_from
   where o.invoice_id is null and not c.is_vanished
),
twice as (select scope_key, min(other_key) as other_key, min(day) as day from overlap group by scope_key),
found as (
  select scope_key, 'gross_above_cap' as code,
         format('The gross amount is %s PLN, above the cap of %s PLN for a %s customer.', gross, cap, customer_kind) as message,
         'Check the readings and prices of the point. Release the exception when the amount is right.' as cure
    from checked where gross > cap
  union all
  select c.scope_key, 'outlier',
         format('The gross amount is %s PLN, more than %s times the highest document of the last 12 months (%s PLN).',
                c.gross, cast(:gross_history_factor as numeric), l.gross),
         'Check the last readings and the multiplier of the meter. Release the exception when the amount is right.'
    from checked c join largest l on l.customer_id = c.customer_id
   where c.gross > l.gross * cast(:gross_history_factor as numeric) and c.gross > cast(:gross_history_floor as numeric)
  union all
  select scope_key, 'negative_invoice', format('The first invoice of the period would be negative: %s PLN gross.', gross),
         'Check the readings: a first invoice gives nothing back. Correct the data and run the billing again.'
    from checked where invoice_id is null and gross < 0
  union all
  select scope_key, 'negative_energy', format('The energy of the period is negative: %s kWh.', energy_kwh),
         'Correct the readings of the point and run the billing again.'
    from checked where energy_kwh < 0
  union all
  select c.scope_key, 'energy_above_power',
         format('%s kWh a day is more than %s kW can take in 24 hours (%s kWh).', round(c.daily_kwh, 1), p.kw, p.kw * 24),
         'Check the readings, the multiplier of the meter and the contracted power of the point.'
    from checked c join power p on p.scope_key = c.scope_key where c.daily_kwh > p.kw * 24
  union all
  select scope_key, 'share_of_estimates',
         format('%s %% of the energy is estimated, above the limit of %s %%.', round(100 * estimated_kwh / kwh),
                round(100 * cast(:estimated_share as numeric))),
         'Obtain an actual reading, or release the exception to bill the estimate.'
    from checked where kwh > 0 and estimated_kwh > kwh * cast(:estimated_share as numeric)
  union all
  select c.scope_key, 'double_billing', format('Day %s of the point stands in scope %s too.', t.day, t.other_key),
         'Correct the dates of the contracts at the point, so that each day belongs to one of them.'
    from checked c join twice t on t.scope_key = c.scope_key
)
select f.scope_key, f.code, f.message, f.cure, c.gross as amount, c.customer_id, c.supply_point_id
  from found f
  join checked c on c.scope_key = f.scope_key
 where not exists (select from operational.billing_exceptions r
                    where r.scope_key = f.scope_key and r.code = f.code and r.resolution = 'released'
                      and r.amount_at_stake = c.gross)
