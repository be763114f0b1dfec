-- I37 | every document has its message in the outbox
select d.number as record, 'no message' as detail
from operational.documents d
where not exists (select from operational.outbox o where o.key = 'document.issued:' || d.id)
