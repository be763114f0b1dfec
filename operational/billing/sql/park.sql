-- Keep what the guards found in the queue of exceptions; an open one gets the newest figures.
insert into operational.billing_exceptions
  (run_id, scope_key, supply_point_id, customer_id, code, severity, message, cure, amount_at_stake, opened_at)
select :run_id, scope_key, supply_point_id, customer_id, code, 'blocking', message, cure, amount, :as_of
  from batch_parked
    on conflict (scope_key, code) where resolved_at is null
    do update set run_id = excluded.run_id, message = excluded.message, amount_at_stake = excluded.amount_at_stake,
                  row_version = billing_exceptions.row_version + 1
