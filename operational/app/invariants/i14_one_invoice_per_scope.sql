-- I14 | a billing scope stands on one invoice; everything else about it is a correction of that invoice
select s.scope_key as record, format('stands on %s and on %s', f.number, t.number) as detail
from (select l.scope_id, min(l.document_id) as first_id, max(l.document_id) as last_id
      from operational.document_lines l join operational.documents d on d.id = l.document_id
      where d.kind = 'invoice' group by l.scope_id having min(l.document_id) <> max(l.document_id)) twice
join operational.billing_scopes s on s.id = twice.scope_id
join operational.documents f on f.id = twice.first_id
join operational.documents t on t.id = twice.last_id
