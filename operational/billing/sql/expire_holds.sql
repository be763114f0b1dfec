-- A hold with an end date is over on that day.
update operational.billing_exceptions e
   set resolved_at = :as_of, resolved_by = operational.actor(), resolution = 'released',
       resolution_reason = 'The hold ended on ' || e.hold_until, row_version = row_version + 1
 where e.resolved_at is null and e.code = 'hold' and e.hold_until <= cast(:today as date)
