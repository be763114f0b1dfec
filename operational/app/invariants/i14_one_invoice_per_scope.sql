-- I14 | a billing scope stands on one invoice; everything else about it is a correction of that invoice
select s.scope_key as record, format('%s invoices', count(distinct d.id)) as detail
from operational.document_lines l join operational.documents d on d.id = l.document_id and d.kind = 'invoice'
join operational.billing_scopes s on s.id = l.scope_id
group by s.scope_key having count(distinct d.id) > 1
