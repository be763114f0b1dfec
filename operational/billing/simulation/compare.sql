-- Scopes that end in the month: as the proposals stand and as the simulation has them. A scope may be billable on one
-- side only; VAT is rounded once per rate of a scope. The purchase cost is that of the month in which the scope ends.
with scopes as (
  select scope_key, contract_id, supply_point_id, customer_id, period_from, period_to from $target_scopes
  where period_to > :month and period_to <= :next_month and not is_forecast
  union
  select scope_key, contract_id, supply_point_id, customer_id, period_from, period_to from $supposed_scopes
  where period_to > :month and period_to <= :next_month and not is_forecast
), rated as (
  select lines.side, lines.scope_key, lines.vat_rate, sum(lines.net_amount) as net,
    sum(lines.net_amount) filter (where lines.section = 'sale') as seller, sum(lines.energy_kwh) as energy_kwh
  from (
    select 'before' as side, scope_key, vat_rate, net_amount, section, energy_kwh from $target_lines
    union all
    select 'after', scope_key, vat_rate, net_amount, section, energy_kwh from $supposed_lines
  ) as lines
  where lines.scope_key in (select scope_key from scopes)
  group by 1, 2, 3
), summed as (
  select side, scope_key, sum(net) as net, coalesce(sum(seller), 0) as seller,
    sum(net + round(net * vat_rate, 2)) as gross, sum(energy_kwh) as energy_kwh
  from rated group by side, scope_key
), costs as (
  select groups.medium, groups.tariff_group, sum(costs.price_pln_per_mwh) as pln_per_mwh
  from (
    select distinct p.medium, t.tariff_group
    from operational.supply_point_terms t join operational.supply_points p on p.id = t.supply_point_id
    where t.superseded_at is null
  ) as groups
  cross join lateral (
    select distinct on (component) component, price_pln_per_mwh
    from operational.purchase_costs c
    where c.medium = groups.medium and c.superseded_at is null and c.index_code = ''
      and starts_with(groups.tariff_group, c.profile_code)
      and c.valid_from <= :month and (c.valid_to is null or c.valid_to > :month)
    order by component, length(c.profile_code) desc
  ) as costs
  group by groups.medium, groups.tariff_group
)
insert into operational.simulation_results (
  simulation_id, scope_key, contract_id, supply_point_id, customer_id, price_list_id, medium, tariff_group, energy_kwh,
  net_before, net_after, seller_before, seller_after, gross_before, gross_after, purchase_cost)
select :id, s.scope_key, s.contract_id, s.supply_point_id, s.customer_id, terms.price_list_id, points.medium,
  supplied.tariff_group, coalesce(a.energy_kwh, b.energy_kwh, 0),
  coalesce(b.net, 0), coalesce(a.net, 0), coalesce(b.seller, 0), coalesce(a.seller, 0),
  coalesce(b.gross, 0), coalesce(a.gross, 0),
  round(coalesce(a.energy_kwh, b.energy_kwh, 0) / 1000 * costs.pln_per_mwh, 2)
from scopes s
left join summed b on b.scope_key = s.scope_key and b.side = 'before'
left join summed a on a.scope_key = s.scope_key and a.side = 'after'
join operational.supply_points points on points.id = s.supply_point_id
join operational.contract_terms terms on terms.contract_id = s.contract_id and terms.superseded_at is null
  and terms.valid_from < s.period_to and coalesce(terms.valid_to, 'infinity') >= s.period_to
join operational.supply_point_terms supplied on supplied.supply_point_id = s.supply_point_id
  and supplied.superseded_at is null
  and supplied.valid_from < s.period_to and coalesce(supplied.valid_to, 'infinity') >= s.period_to
left join costs on costs.medium = points.medium and costs.tariff_group = supplied.tariff_group
where b.scope_key is not null or a.scope_key is not null
returning scope_key
