-- Close what the new computation of the same points and days does not say again.
update raw.interval_determinants d set superseded_at = greatest(:as_of, d.recorded_at)
from (select distinct i.supply_point_id, p.code, i.day from incoming i join operational.supply_points p on p.id = i.supply_point_id) t
where d.supply_point_code = t.code and d.day = t.day and d.superseded_at is null
  and not exists (
    select from incoming i
    where i.supply_point_id = t.supply_point_id and i.day = d.day and i.determinant = d.determinant and i.zone_set = d.zone_set
      and i.zone_code = d.zone_code and i.index_code = d.index_code and i.rank = d.rank and i.unit = d.unit
      and i.intervals = d.intervals and i.expected_intervals = d.expected_intervals
      and i.estimated_intervals = d.estimated_intervals
      and case i.unit when 'pln' then round(i.amount * 1e-13, 6) else i.amount * 1e-6 end = d.quantity)
