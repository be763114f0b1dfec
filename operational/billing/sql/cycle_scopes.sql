-- Scopes that end in the month, each with its cycle and the steps it has passed.
create temp table cycle_scopes on commit drop as
select t.scope_key, t.supply_point_id, t.customer_id, t.period_from, t.period_to, t.is_billable, t.is_estimated, t.net_amount, c.cycle_code,
  pt.metering_mode <> 'registers' or exists (
    select from operational.readings r where r.supply_point_id = t.supply_point_id and r.superseded_at is null
      and r.reading_date >= t.period_to - 1 and (r.kind not in ('estimated', 'substitute') or r.reason <> 'periodic')) as has_reading,
  exists (select from operational.billing_exceptions e where e.resolved_at is null and e.severity = 'blocking' and e.rule_code is not null
    and e.supply_point_id = t.supply_point_id and e.period_from < t.period_to and e.period_to > t.period_from) as has_finding,
  exists (select from operational.billing_exceptions e where e.resolved_at is null and e.severity = 'blocking' and e.rule_code is null
    and (e.scope_key = t.scope_key or (e.scope_key is null and e.supply_point_id = t.supply_point_id)
      or (e.scope_key is null and e.supply_point_id is null and e.customer_id = t.customer_id))) as is_parked,
  b.invoice_id, b.fingerprint is not distinct from t.fingerprint as is_up_to_date
from $target_scopes t
join operational.supply_points p on p.id = t.supply_point_id
left join lateral (
  select x.cycle_months from operational.contract_terms x where x.contract_id = t.contract_id and x.superseded_at is null
    and x.valid_from < t.period_to order by x.valid_from desc limit 1) ct on true
left join lateral (
  select x.tariff_group, x.metering_mode from operational.supply_point_terms x where x.supply_point_id = t.supply_point_id
    and x.superseded_at is null and x.valid_from < t.period_to order by x.valid_from desc limit 1) pt on true
left join lateral (
  select x.code as cycle_code from operational.billing_cycles x where x.is_active and x.medium = p.medium
    and x.cycle_months in (0, ct.cycle_months) and starts_with(pt.tariff_group, x.tariff_prefix)
  order by length(x.tariff_prefix) desc, x.cycle_months desc limit 1) c on true
left join operational.billing_scopes b on b.scope_key = t.scope_key
where not t.is_forecast and t.period_to > cast(:month as date) and t.period_to <= cast(:next_month as date)
