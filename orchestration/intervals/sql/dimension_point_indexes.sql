-- By which index the use of a supply point is billed, by its contract's price list.
select distinct s.supply_point_id, f.determinant_index,
  greatest(s.valid_from, t.valid_from, f.valid_from) as index_from,
  least(coalesce(s.valid_to, date '9999-12-31'), coalesce(t.valid_to, date '9999-12-31'), coalesce(f.valid_to, date '9999-12-31')) as index_to
from operational.price_formulas f
join operational.contract_terms t on t.price_list_id = f.price_list_id and t.superseded_at is null
join operational.contract_supply_points s on s.contract_id = t.contract_id and s.superseded_at is null
join operational.supply_points p on p.id = s.supply_point_id and p.medium = :medium and p.dso_code = any(cast(:dso_codes as text[]))
where f.superseded_at is null
  and (cast(:points as integer[]) is null or s.supply_point_id = any(cast(:points as integer[])))
  and greatest(s.valid_from, t.valid_from, f.valid_from)
    < least(coalesce(s.valid_to, date '9999-12-31'), coalesce(t.valid_to, date '9999-12-31'), coalesce(f.valid_to, date '9999-12-31'))
