-- Plans and their items; one row per plan is counted.
with plan as (
  insert into operational.forecast_plans (contract_id, supply_point_id, terms_id, method, basis, period_from, period_to, recorded_at)
  select p.contract_id, p.supply_point_id, p.terms_id, min(i.method), jsonb_build_object('method', min(i.method),
           'asked', p.method, 'covered_days', min(i.covered_days), 'year_kwh', min(i.year_kwh), 'annual_kwh', min(i.annual_kwh)),
         p.period_from, p.period_to, cast(:as_of as timestamptz)
    from plan_pairs p
    join plan_items i on i.contract_id = p.contract_id and i.supply_point_id = p.supply_point_id
   group by p.contract_id, p.supply_point_id, p.terms_id, p.method, p.period_from, p.period_to
  returning id, contract_id, supply_point_id
),
item as (
  insert into operational.forecast_plan_items (plan_id, zone_code, period_from, period_to, block_from, energy_kwh)
  select n.id, i.zone_code, i.period_from, i.period_to, least(i.block_from, i.period_from), i.energy_kwh
    from plan_items i join plan n on n.contract_id = i.contract_id and n.supply_point_id = i.supply_point_id
)
select id from plan
