-- I36 | billing runs change their state only along allowed ways
select 'run ' || row_id as record, format('%s -> %s', before ->> 'status', after ->> 'status') as detail
from operational.audit_trail
where table_name = 'billing_runs' and before ? 'status'
  and (before ->> 'status', after ->> 'status') not in
      (('computed', 'approved'), ('computed', 'rejected'), ('approved', 'issuing'), ('approved', 'rejected'), ('issuing', 'issued'),
       ('approved', 'issued'), ('issued', 'issuing'))
