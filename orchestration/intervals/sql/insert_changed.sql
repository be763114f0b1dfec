insert into raw.interval_determinants (supply_point_code, day, determinant, zone_set, zone_code, index_code, rank, quantity, unit,
  intervals, expected_intervals, estimated_intervals, recorded_at)
select p.code, i.day, i.determinant, i.zone_set, i.zone_code, i.index_code, i.rank,
  case i.unit when 'pln' then round(i.amount * 1e-13, 6) else i.amount * 1e-6 end, i.unit,
  i.intervals, i.expected_intervals, i.estimated_intervals, :as_of
from incoming i join operational.supply_points p on p.id = i.supply_point_id
where not exists (
  select from raw.interval_determinants d
  where d.supply_point_code = p.code and d.day = i.day and d.determinant = i.determinant and d.zone_set = i.zone_set
    and d.zone_code = i.zone_code and d.index_code = i.index_code and d.rank = i.rank and d.superseded_at is null)
