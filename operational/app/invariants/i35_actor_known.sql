-- I35 | every act and every change has an actor
select 'document ' || number as record, 'no actor' as detail from operational.documents where coalesce(recorded_by, '') = ''
union all
select 'ledger ' || id, 'no actor' from operational.ledger_transfers where coalesce(recorded_by, '') = ''
union all
select 'audit ' || id, 'no actor' from operational.audit_trail where coalesce(actor, '') = ''
