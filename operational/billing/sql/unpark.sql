-- What a guard parked earlier and finds right now is settled by itself.
update operational.billing_exceptions e
   set resolved_at = :as_of, resolved_by = operational.actor(), resolution = 'fixed', row_version = row_version + 1
 where e.resolved_at is null and e.code = any (cast(:guards as text[]))
   and e.scope_key in (select scope_key from batch_scopes)
   and not exists (select from batch_parked p where p.scope_key = e.scope_key and p.code = e.code)
