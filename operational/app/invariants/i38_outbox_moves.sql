-- I38 | no message waits in the outbox for more than an hour after its time, unless a person holds it
select key as record, format('waits since %s, %s attempts: %s', next_attempt_at, attempts, coalesce(last_error, 'not tried')) as detail
from operational.outbox where sent_at is null and failed_at is null and next_attempt_at < cast(:as_of as timestamptz) - interval '1 hour'
  and not exists (select from operational.messages m where m.outbox_id = outbox.id and m.status = 'held')
