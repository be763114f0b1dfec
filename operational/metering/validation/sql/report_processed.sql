-- What became of each report.
update operational.customer_readings c set processed_at = :as_of, row_version = c.row_version + 1,
  verdict = case when p.id = c.id then p.verdict else 'superseded' end, expected_value = greatest(p.expected, 0),
  reading_id = (select r.id from operational.readings r where p.id = c.id and r.register_id = c.register_id
    and r.reading_date = c.reading_date and r.superseded_at is null and r.kind = 'customer' and r.recorded_at = :as_of)
from pg_temp.reports p
where c.processed_at is null and p.register_id = c.register_id and p.reading_date = c.reading_date
