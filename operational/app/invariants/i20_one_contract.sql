-- I20 | one active contract per supply point and day
select p.code as record, format('contracts %s and %s overlap', a.contract_id, b.contract_id) as detail
from operational.contract_supply_points a
join operational.contract_supply_points b on b.supply_point_id = a.supply_point_id and b.id > a.id
 and daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to)
join operational.supply_points p on p.id = a.supply_point_id
where a.superseded_at is null and b.superseded_at is null
