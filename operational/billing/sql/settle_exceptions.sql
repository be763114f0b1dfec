-- What the warehouse can compute now is settled by itself; guards and holds are not its business.
update operational.billing_exceptions e
   set resolved_at = :as_of, resolved_by = operational.actor(), resolution = 'fixed', row_version = row_version + 1
 where e.resolved_at is null and e.run_id is not null and e.code <> all (cast(:kept as text[]))
   and not exists (select from $target_exceptions t
                    where t.code = e.code and coalesce(t.scope_key, '') = coalesce(e.scope_key, '')
                      and coalesce(t.supply_point_id, 0) = coalesce(e.supply_point_id, 0))
