-- I40 | rows of a file = accepted + rejected + duplicate, and each of them is kept
select f.name as record, format('read %s; kept: %s rows, %s rejected', f.rows_read, kept.rows, kept.rejected) as detail
from raw.files f
cross join lateral (
  select (select count(*) from raw.register_readings r where r.file_id = f.id)
       + (select count(*) from raw.billed_volumes v where v.file_id = f.id) as rows,
         (select count(*) from raw.rejected_rows j where j.file_id = f.id) as rejected,
         -- Accepted at a second try: kept as a row, and in quarantine as its history.
         (select count(*) from raw.rejected_rows j where j.file_id = f.id and j.resolution in ('accepted', 'duplicate'))
           as tried_again
) kept
where f.kind in ('register_readings', 'billed_volumes')
  and (f.rows_read <> kept.rows + kept.rejected - kept.tried_again or f.rows_rejected <> kept.rejected)
