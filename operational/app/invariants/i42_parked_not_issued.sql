-- I42 | nothing is issued for a parked scope
select e.scope_key as record, format('issued although parked for %s', e.code) as detail
from operational.billing_exceptions e
join operational.billing_scopes s on s.scope_key = e.scope_key
join operational.document_lines l on l.scope_id = s.id
join operational.documents d on d.id = l.document_id
where e.severity = 'blocking' and d.recorded_at > e.opened_at and (e.resolved_at is null or d.recorded_at < e.resolved_at)
group by e.scope_key, e.code
