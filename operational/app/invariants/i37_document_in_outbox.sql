-- I37 | every document has its message in the outbox; a collective correction has one with one of its parts
select d.number as record, 'no message' as detail
from operational.documents d
where not exists (select from operational.outbox o where o.key = 'document.issued:' || d.id)
  and not exists (select from operational.documents p
                  join operational.outbox o on o.key = 'document.issued:' || p.id where p.collective_id = d.collective_id)
