-- Who is concerned by an indexation on its day, why somebody is left out, and what a year costs more (net, energy).
insert into operational.indexation_items (indexation_id, contract_id, skip_reason, price_list_id, annual_kwh, average_before, average_after, yearly_effect)
with chosen as (
  select c.id as contract_id, t.price_list_id, t.valid_to, l.product_id, p.medium
    from operational.contracts c
    join operational.customers u on u.id = c.customer_id
    join operational.contract_terms t on t.contract_id = c.id and t.superseded_at is null
     and t.valid_from <= greatest(cast(:on as date), cast(:today as date)) and (t.valid_to is null or t.valid_to > :on)
    join operational.price_lists l on l.id = t.price_list_id
    join operational.products p on p.id = l.product_id
   where t.valid_from <= :on and (:kind = '' or u.kind = :kind)
     and (cast(:product as bigint) is null or l.product_id = :product)
     and (cast(:source as bigint) is null or l.id = :source)
     and exists (select from operational.contract_supply_points k where k.contract_id = c.id and k.superseded_at is null
                 and (k.valid_to is null or k.valid_to > :today))
),
points as (
  select h.contract_id, h.price_list_id, a.tariff_group, a.annual_kwh
    from chosen h
    join operational.contract_supply_points k on k.contract_id = h.contract_id and k.superseded_at is null
     and k.valid_from <= :on and (k.valid_to is null or k.valid_to > :on)
    join lateral (select tariff_group, annual_kwh from operational.supply_point_terms a where a.supply_point_id = k.supply_point_id
                  and a.superseded_at is null and a.valid_from <= :on order by a.valid_from desc limit 1) a on true
),
-- Mean price of the energy of a list for a group: the group's own prices, else those of every group.
wanted as (
  select distinct price_list_id, tariff_group from points
  union select distinct cast(:target as bigint), tariff_group from points where cast(:target as bigint) is not null
),
prices as (
  select w.price_list_id, w.tariff_group,
         coalesce(avg(i.price) filter (where i.tariff_group = w.tariff_group), avg(i.price)) as price
    from wanted w
    join operational.price_list_items i on i.price_list_id = w.price_list_id and i.superseded_at is null
     and i.tariff_group in ('', w.tariff_group) and i.unit = 'kwh' and i.charge_code in ('energy_active', 'gas_fuel')
     and i.valid_from <= :on and (i.valid_to is null or i.valid_to > :on)
   group by 1, 2
),
sums as (
  select p.contract_id, sum(p.annual_kwh) as kwh, sum(p.annual_kwh * b.price) as before,
         sum(p.annual_kwh * case :rule when 'percent' then round(b.price * (100 + coalesce(:percent, 0)) / 100, :digits) else a.price end) as after,
         bool_or(b.price is null or (:rule = 'price_list' and a.price is null)) as is_unpriced
    from points p
    left join prices b on b.price_list_id = p.price_list_id and b.tariff_group = p.tariff_group
    left join prices a on a.price_list_id = :target and a.tariff_group = p.tariff_group
   group by 1
)
select :id, h.contract_id,
       case
         when s.contract_id is null then 'ends_before'
         when exists (select from operational.terminations t where t.contract_id = h.contract_id and t.state <> 'withdrawn') then 'terminated'
         when h.valid_to is not null then 'later_terms'
         when h.price_list_id = :target then 'same_prices'
         when :rule = 'price_list' and h.medium <> (select p.medium from operational.price_lists l
                join operational.products p on p.id = l.product_id where l.id = :target) then 'other_medium'
         when not :includes_fixed and exists (select from operational.contract_conditions k where k.contract_id = h.contract_id
                and k.superseded_at is null and k.valid_from <= :on and (k.valid_to is null or k.valid_to > :on) and k.ends_on >= :on) then 'fixed_term'
         when exists (select from operational.indexation_items i join operational.indexations x on x.id = i.indexation_id
                where i.contract_id = h.contract_id and i.skip_reason = '' and x.id <> :id
                  and (x.state = 'prepared' or (x.state = 'applied' and x.effective_on >= :today))) then 'in_another'
         when s.is_unpriced then 'unpriced'
         else ''
       end,
       h.price_list_id, coalesce(s.kwh, 0), s.before / nullif(s.kwh, 0), s.after / nullif(s.kwh, 0), coalesce(round(s.after - s.before, 2), 0)
  from chosen h left join sums s on s.contract_id = h.contract_id
