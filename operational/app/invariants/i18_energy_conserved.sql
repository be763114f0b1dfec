-- I17, I18 | billed + unbilled = delivered kWh for every supply point (documents, intervals, rows of files)
select p.code as record, format('delivered %s, billed %s, unbilled %s', b.delivered_kwh, b.billed_kwh, b.unbilled_kwh) as detail
from $energy_balance b join operational.supply_points p on p.id = b.supply_point_id
where b.difference_kwh <> 0
