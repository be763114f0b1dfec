-- Reports that pass become readings of the customer.
insert into operational.readings (register_id, supply_point_id, reading_date, value, kind, reason, version, recorded_at)
select p.register_id, p.supply_point_id, p.reading_date, p.value, 'customer', 'periodic',
  (select coalesce(max(r.version), 0) + 1 from operational.readings r where r.register_id = p.register_id
    and r.reading_date = p.reading_date), :as_of
from pg_temp.reports p where p.verdict = 'plausible' or (p.verdict = 'above_forecast' and p.is_confirmed)
